// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

@Suite struct PrivilegedInstructionTests {
  @Test func halt() {
    #expect(PrivilegedInstruction([0xf4])?.operation == .halt)
  }
}
