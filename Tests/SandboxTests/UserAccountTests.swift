// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import Sandbox

@Suite struct UserAccountTests {
  @Test func namesAndNumbersAreThoseOfTheHost() throws {
    let root = UserAccount(user: 0, group: 0)
    #expect(try UserAccount(named: "root") == root)
    #expect(try UserAccount(number: 0) == root)
    #expect(try UserAccount(named: "nobody-of-that-name") == nil)
  }

  @Test func numberWithoutAnAccountHasTheGroupOfTheSameNumber() throws {
    #expect(try UserAccount(number: 4_000_000) == UserAccount(user: 4_000_000, group: 4_000_000))
  }
}
