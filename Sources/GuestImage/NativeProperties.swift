// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import HVTABI

/// What a native image asks for (SPEC.md, "The native note").
public struct NativeProperties: Hashable, Sendable {
  /// The size of the stack; a multiple of 4096, from 4096 to 1 GiB.
  public let stackSize: UInt64

  /// The stack sizes that a native image can ask for.
  public static let stackSizes: ClosedRange<UInt64> = 4096...(1 << 30)

  init(parsing descriptor: Span<UInt8>) throws(NoteError) {
    try NoteError.checkSize(descriptor.count, is: MemoryLayout<NativeNote>.size, of: .native)
    let version: UInt32 = descriptor.littleEndian(at: 0)
    guard version == HVT_NATIVE_VERSION else { throw .version(.native, version) }
    let features: UInt32 = descriptor.littleEndian(at: 4)
    guard features == 0 else { throw .unknownFeatures(features) }
    let stackSize: UInt64 = descriptor.littleEndian(at: 8)
    guard Self.stackSizes.contains(stackSize), stackSize % GuestImage.pageSize == 0 else {
      throw .stackSize(stackSize)
    }
    self.stackSize = stackSize
  }
}
