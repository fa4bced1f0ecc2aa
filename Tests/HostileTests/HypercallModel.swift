// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import HVTABI
import Tender

/// A hypercall with its arguments.
struct Call: Equatable, Sendable {
  var hypercall: Hypercall
  var words: [UInt64]

  /// The bytes of its argument block.
  var blockSize: UInt64 { UInt64(words.count) * 8 }
}

/// What hvt-abi/SPEC.md says of a hypercall, written down once more: from the text, not from the tender.
struct HypercallModel {
  /// The guest's devices, by handle, and what they are.
  static let net: UInt64 = 1
  static let disk: UInt64 = 2
  static let capacity: UInt64 = 8192
  private static let mtu: UInt64 = 1500

  enum Result: Equatable {
    /// The guest goes on, and sees this; nil of a call without a result.
    case returns(Int32?)
    case faults(GuestFault.Cause)
  }

  /// What the guest may read, and what it may write (4.3).
  private static let readable: [Range<UInt64>] =
    [0x8000..<0xf000, GuestProgram.codeStart..<GuestProgram.codeStart + 0x1000]
    + [GuestProgram.constantsStart..<GuestProgram.constantsStart + 0x1000] + writable
  private static let writable: [Range<UInt64>] = [
    GuestProgram.dataStart..<memorySize - 0x1_1000, memorySize - 0x1_0000..<memorySize,
  ]

  /// Whether all of `ranges`, of which some adjoin each other, hold the bytes.
  private static func hold(_ ranges: [Range<UInt64>], _ start: UInt64, _ count: UInt64) -> Bool {
    guard count > 0 else { return true }
    let (end, wraps) = start.addingReportingOverflow(count)
    guard !wraps else { return false }
    var next = start
    for range in ranges where range.contains(next) { next = range.upperBound }
    return next > start && next >= end
  }

  /// What becomes of `call`, with no frame waiting.
  static func result(of call: Call) -> Result {
    let words = call.words
    switch call.hypercall {
    case .puts: return buffer(call, words[0], words[1], isWritten: false, nil)
    case .blockWrite, .blockRead:
      let (handle, offset, count) = (words[0], words[1], words[3])
      let (end, wraps) = offset.addingReportingOverflow(count)
      guard handle == disk, offset % 512 == 0, count % 512 == 0, count > 0, !wraps, end <= capacity
      else { return .returns(2) }
      return buffer(call, words[2], count, isWritten: call.hypercall == .blockRead, 0)
    case .netWrite:
      guard words[0] == net, (14...mtu + 18).contains(words[2]) else { return .returns(2) }
      return buffer(call, words[1], words[2], isWritten: false, 0)
    case .netRead:
      guard words[0] == net, words[2] >= 1 else { return .returns(2) }
      return buffer(call, words[1], words[2], isWritten: true, 1)
    case .walltime, .poll, .halt: return .returns(nil)
    }
  }

  private static func buffer(
    _ call: Call, _ address: UInt64, _ count: UInt64, isWritten: Bool, _ result: Int32?
  ) -> Result {
    hold(isWritten ? writable : readable, address, count)
      ? .returns(result)
      : .faults(
        .buffer(call.hypercall, GuestAddress(address), count: count, isWritten: isWritten))
  }
}

/// The numbers at which something changes.
enum Boundary {
  static let addresses: [UInt64] = [
    0, 1, 0xfff, 0x1000, 0x7fff, 0x8000, 0xefff, 0xf000, 0xf_ffff, 0x10_0000, 0x10_0fff, 0x10_1000,
    0x10_1fff, 0x10_2000, 0x10_2fff, GuestProgram.dataStart, GuestProgram.dataStart + 1,
    GuestProgram.heapStart - 1, GuestProgram.heapStart, 0x20_0000, memorySize - 0x1_1001,
    memorySize - 0x1_1000, memorySize - 0x1_0001, memorySize - 0x1_0000, memorySize - 512,
    memorySize - 1, memorySize, memorySize + 1, 1 << 31, 0xfee0_0000, 0xffff_f000, (1 << 32) - 1,
    1 << 32, (1 << 32) + 0x20_0000, 1 << 47, (1 << 63) - 1, 1 << 63, .max - 8191, .max - 511,
    .max - 14, .max,
  ]

  static let lengths: [UInt64] = [
    0, 1, 13, 14, 511, 512, 513, 1024, 1518, 1519, 4096, 8191, 8192, 8193, 8704, memorySize,
    1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 512, (1 << 63) - 1, 1 << 63, .max - 511, .max,
  ]

  static let offsets: [UInt64] = [
    0, 1, 511, 512, 513, 4096, 7680, 8191, 8192, 8704, (1 << 32) - 512, 1 << 32, 1 << 63,
    .max - 8191, .max - 511, .max,
  ]

  static let handles: [UInt64] = [
    0, 1, 2, 3, 63, 64, 255, 256, 65_537, (1 << 32) - 1, 1 << 32 | 1, 1 << 32 | 2, 1 << 63 | 1,
    .max - 1, .max,
  ]
}
