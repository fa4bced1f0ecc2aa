// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import Sandbox

/// The table of system calls as a document. That it holds is proved by HvtrunTests.
@Suite struct SystemCallTableTests {
  @Test func entriesHaveNamesOfTheirOwnAndAReason() {
    let permissions = SystemCallTable.permissions
    #expect(Set(permissions.map(\.name)).count == permissions.count)
    for permission in permissions {
      #expect(permission.reason.description.count > 8, "\(permission.name)")
      #expect(!permission.roles.isEmpty, "\(permission.name)")
    }
  }

  @Test func onlyTheMachinesThreadRunsTheGuestAndEndsTheProcess() {
    for name in ["ioctl", "exit_group"] {
      let permission = SystemCallTable.permissions.first { $0.name == name }
      #expect(permission?.roles == .machine)
    }
  }
}
