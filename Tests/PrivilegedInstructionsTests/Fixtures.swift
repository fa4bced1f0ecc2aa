// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions

extension PrivilegedInstruction {
  /// Decodes the instruction that `bytes` begin with.
  init?(_ bytes: [UInt8]) {
    // SAFETY: bytes have no padding.
    unsafe self.init(decoding: bytes.span.bytes)
  }
}
