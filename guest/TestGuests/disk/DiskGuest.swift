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
    return failures + (await manyAtOnce()) + (await maintenance())
  }

  /// More reads at once than a queue has room for, every third of them by a task that is cancelled:
  /// what is not cancelled reads what is there, and nothing writes to a buffer that is gone.
  static func manyAtOnce() async -> [String] {
    guard await read(at: 0, count: disk.blockSize) == nil else { return ["first read failed"] }
    let expected = unsafe lastRead
    return await withTaskGroup(of: String?.self) { group in
      for number in 0..<200 {
        group.addTask {
          let reader = Task { () -> (BlockError?, [UInt8]) in
            var bytes = [UInt8](repeating: 0xee, count: disk.blockSize)
            do throws(BlockError) {
              var span = bytes.mutableSpan
              try await disk.read(at: 0, into: &span)
            } catch {
              return (error, [])
            }
            return (nil, bytes)
          }
          if number % 3 == 0 {
            await Task.yield()
            reader.cancel()
          }
          let (error, bytes) = await reader.value
          if error == .cancelled && number % 3 == 0 {
            return nil
          }
          return error == nil && bytes == expected ? nil : "read \(number): \(describe(error))"
        }
      }
      return await group.reduce(into: []) { failures, failure in
        if let failure { failures.append(failure) }
      }
    }
  }

  /// Requests that a device need not have.
  static func maintenance() async -> [String] {
    let size = UInt64(disk.blockSize)
    var failures: [String] = []
    func expect(_ name: String, _ request: () async throws(BlockError) -> Void) async -> Bool {
      do throws(BlockError) {
        try await request()
        return true
      } catch {
        let mayFail = error == .unsupported || (disk.isReadOnly && error == .readOnly)
        if !mayFail { failures.append("\(name): \(describe(error))") }
        return false
      }
    }
    _ = await expect("flush") { () async throws(BlockError) in try await disk.flush() }
    _ = await expect("discard") { () async throws(BlockError) in
      try await disk.discard(at: 0, count: size)
    }
    let isZero = await expect("write of zeros") { () async throws(BlockError) in
      try await disk.writeZeroes(at: size, count: 2 * size)
    }
    if isZero {
      let result = await read(at: size, count: 2 * disk.blockSize)
      if unsafe result != nil || lastRead.contains(where: { $0 != 0 }) {
        failures.append("zeros were not written")
      }
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
