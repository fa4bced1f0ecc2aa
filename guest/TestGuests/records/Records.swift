// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Writes numbered records to a disk, or looks which of them are there: what a power cut leaves.
///
/// `records write` writes from number 0 on, `batch` at a time, flushes after each batch, and then says
/// `flushed N`: the first N are on stable storage. With `noflush` it says so without a flush.
/// `records check` says `N whole`: so many are as they were written, from number 0 on.
@main
struct Records {
  static let disk = Devices.storage
  static let batch: UInt64 = 16
  static var limit: UInt64 { disk.capacity / UInt64(Record.size) }

  static func main() async {
    do throws(BlockError) {
      switch arguments.first {
      case "write": try await write(flushes: !arguments.contains("noflush"))
      case "check": try await check()
      default:
        print("usage: records write [noflush] | check")
        exit(2)
      }
    } catch {
      print("the disk failed")
      exit(1)
    }
  }

  private static func write(flushes: Bool) async throws(BlockError) {
    var start: UInt64 = 0
    while start + batch <= limit {
      let error = await withTaskGroup(of: BlockError?.self) { group in
        for number in start..<start + batch {
          group.addTask { await write(number) }
        }
        return await group.reduce(nil) { $0 ?? $1 }
      }
      if let error {
        throw error
      }
      if flushes {
        try await disk.flush()
      }
      start += batch
      print("flushed \(start)")
    }
  }

  private static func write(_ number: UInt64) async -> BlockError? {
    let record = Record(number)
    do throws(BlockError) {
      try await disk.write(at: number * UInt64(Record.size), from: record.bytes.span)
      return nil
    } catch {
      return error
    }
  }

  private static func check() async throws(BlockError) {
    var bytes = [UInt8](repeating: 0, count: Record.size)
    for number in 0..<limit {
      var span = bytes.mutableSpan
      try await disk.read(at: number * UInt64(Record.size), into: &span)
      guard Record(number).bytes == bytes else {
        print("\(number) whole")
        return
      }
    }
    print("\(limit) whole")
  }
}

/// A record: every byte of it depends on its number, so that no part of another is taken for it.
struct Record {
  static let size = 4096
  let bytes: [UInt8]

  init(_ number: UInt64) {
    var state = number &* 0x9e37_79b9_7f4a_7c15 | 1
    bytes = [UInt8](capacity: Self.size) { bytes in
      for _ in 0..<Self.size / 8 {
        // xorshift
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        for shift: UInt64 in 0..<8 {
          bytes.append(UInt8(truncatingIfNeeded: state >> (8 * shift)))
        }
      }
    }
  }
}
