// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Writes a pattern over the disk "storage", reads it back and compares. What was on the disk is
/// there again afterwards.
@main
struct Block {
  static func main() async {
    let disk = Devices.storage
    print("storage: \(disk.capacity) bytes in sectors of \(disk.blockSize)")
    do throws(BlockError) {
      var wrong = 0
      // A transfer may be of any number of sectors.
      let step = UInt64(disk.blockSize) * 64
      for offset in stride(from: 0, to: disk.capacity, by: Int(step)) {
        let size = Int(min(step, disk.capacity - offset))
        wrong += try await verify(disk, at: offset, size: size)
      }
      print(wrong == 0 ? "verified" : "\(wrong) bytes differ")
      exit(wrong == 0 ? 0 : 1)
    } catch {
      switch error {
      case .outOfRange: print("a transfer was refused")
      case .readOnly: print("the disk can only be read")
      case .failed: print("the host could not read or write")
      case .unsupported, .cancelled: print("a transfer did not take place")
      }
      exit(1)
    }
  }

  /// The number of bytes that are not read as they were written.
  static func verify(
    _ disk: BlockDevice, at offset: UInt64, size: Int
  ) async throws(BlockError) -> Int {
    var original = [UInt8](repeating: 0, count: size)
    var originalSpan = original.mutableSpan
    try await disk.read(at: offset, into: &originalSpan)

    let pattern = original.indices.map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(offset >> 9)) }
    try await disk.write(at: offset, from: pattern.span)
    var readBack = [UInt8](repeating: 0, count: size)
    var readBackSpan = readBack.mutableSpan
    try await disk.read(at: offset, into: &readBackSpan)

    try await disk.write(at: offset, from: original.span)
    return zip(pattern, readBack).count { $0 != $1 }
  }
}
