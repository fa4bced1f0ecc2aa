// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Tries everything that a block device does and refuses. Prints what went wrong, or "ok".
@main
struct DiskGuest {
  static let disk = Devices.storage

  static func main() async {
    print("capacity \(disk.capacity) block \(disk.blockSize) read-only \(disk.isReadOnly)")
    let failures = await run()
    for failure in failures {
      print(failure)
    }
    print(failures.isEmpty ? "ok" : "failed")
    exit(failures.isEmpty ? 0 : 1)
  }

  static func run() async -> [String] {
    let block = disk.blockSize
    let last = disk.capacity - UInt64(block)
    var failures: [String] = []
    func expect(_ name: String, _ result: BlockError?, _ expected: BlockError?) {
      if result != expected {
        failures.append("\(name): \(describe(result)), not \(describe(expected))")
      }
    }
    let denied: BlockError? = disk.isReadOnly ? .readOnly : nil
    for (name, offset, count) in [
      ("one sector", 0, 1), ("the last sector", last, 1), ("eight sectors", UInt64(block), 8),
    ] {
      expect("write of \(name)", await write(at: offset, count: count * block), denied)
      expect("read of \(name)", await read(at: offset, count: count * block), nil)
      if !disk.isReadOnly, unsafe lastRead != pattern(at: offset, count: count * block) {
        failures.append("read of \(name): other bytes than were written")
      }
    }
    for (name, offset, count) in [
      ("an odd offset", 1, block), ("half a sector", 0, block / 2), ("no bytes", 0, 0),
      ("a sector and a byte", 0, block + 1), ("the end", disk.capacity, block),
      ("across the end", last, 2 * block), ("far behind", UInt64.max - UInt64(block) + 1, block),
      ("a wrapping range", UInt64.max - UInt64(block) + 1, 2 * block),
    ] {
      expect("read at \(name)", await read(at: offset, count: count), .outOfRange)
      expect(
        "write at \(name)", await write(at: offset, count: count),
        disk.isReadOnly ? .readOnly : .outOfRange)
    }
    return failures
  }

  nonisolated(unsafe) static var lastRead: [UInt8] = []

  static func pattern(at offset: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(truncatingIfNeeded: offset) >> 9) }
  }

  static func write(at offset: UInt64, count: Int) async -> BlockError? {
    let bytes = pattern(at: offset, count: count)
    do throws(BlockError) {
      try await disk.write(at: offset, from: bytes.span)
      return nil
    } catch {
      return error
    }
  }

  static func read(at offset: UInt64, count: Int) async -> BlockError? {
    var bytes = [UInt8](repeating: 0xee, count: count)
    do throws(BlockError) {
      var span = bytes.mutableSpan
      try await disk.read(at: offset, into: &span)
    } catch {
      return error
    }
    unsafe lastRead = bytes
    return nil
  }

  static func describe(_ error: BlockError?) -> String {
    switch error {
    case nil: "done"
    case .outOfRange: "out of range"
    case .readOnly: "read-only"
    case .failed: "failed"
    case .unsupported: "unsupported"
    case .cancelled: "cancelled"
    }
  }
}
