// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestMemory
import Synchronization

/// A thread of the host that writes to a guest's memory while its tender reads it, as a second processor
/// of the guest would, or a malicious device.
final class ConcurrentWriter: Sendable {
  /// Something to write: one of `values`, `size` bytes of it, at `address`.
  struct Field: Sendable {
    var address: UInt64
    var size = 8
    var values: [UInt64]
  }

  private let isOver = Atomic(false)
  private let hasEnded = DispatchSemaphore(value: 0)
  private let writes = Atomic(0)

  /// How often it has written.
  var count: Int { writes.load(ordering: .relaxed) }

  /// Writes `fields` of `memory`, which must outlive it, until `stop`; the order comes from `seed`.
  init(_ memory: borrowing GuestMemory, _ fields: [Field], seed: UInt64) {
    let (base, size) = (memory.hostAddress, memory.byteCount)
    precondition(fields.allSatisfy { $0.address + UInt64($0.size) <= size })
    Thread.detachNewThread { [self] in
      var state = seed | 1
      while !isOver.load(ordering: .acquiring) {
        for _ in 0..<64 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let field = fields[Int(state >> 33) % fields.count]
          let value = field.values[Int(state >> 16 & 0xffff) % field.values.count]
          // SAFETY: just checked to be inside the memory, which is there until `stop` has returned.
          let location = unsafe UnsafeMutableRawPointer(bitPattern: base + UInt(field.address))
          unsafe withUnsafeBytes(of: value) { bytes in
            unsafe location?.copyMemory(
              from: bytes.baseAddress.unsafelyUnwrapped, byteCount: field.size)
          }
        }
        writes.add(64, ordering: .relaxed)
      }
      hasEnded.signal()
    }
  }

  /// Returns when nothing is written any more.
  func stop() {
    isOver.store(true, ordering: .releasing)
    hasEnded.wait()
  }
}
