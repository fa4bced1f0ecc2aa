// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import Tender
import Testing

/// Solo5 guests at CPL 3, instruction by instruction.
@Suite(.timeLimit(.minutes(1)))
struct DeprivilegedTests {
  @Test func guestWithoutTheNativeNoteRuns() async throws {
    var guest = GuestProgram()
    guest.isNative = false
    guest.emit(0xfa, 0xfb)  // cli, sti
    guest.say("survived")
    guest.halt(3)
    let run = try await guest.run()
    #expect(run.text == "survived")
    #expect(run.status == 3)
  }
}
