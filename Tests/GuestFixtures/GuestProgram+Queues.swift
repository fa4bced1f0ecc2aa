// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI

/// Queues (hvt-abi/SPEC.md, "Queues"), by the numbers of the specification.
extension GuestProgram {
  /// Descriptors of each kind of queue, and what the guest understands in frames.
  package struct QueueSizes: Sendable {
    package var (receive, transmit, request): (UInt16, UInt16, UInt16)
    package var accepts: UInt32 = 0

    package init(receive: UInt16 = 8, transmit: UInt16 = 8, request: UInt16 = 8) {
      (self.receive, self.transmit, self.request) = (receive, transmit, request)
    }
  }

  /// Where the rings of a queue are.
  package struct Queue: Sendable {
    package let start: UInt64
    package let size: UInt16

    /// The descriptor table.
    package var descriptors: UInt64 { start }
    /// The available ring: flags, index, entries, `used_event`.
    package var available: UInt64 { start + 16 * UInt64(size) }
    /// The used ring.
    package var used: UInt64 { Self.rounded(available + 6 + 2 * UInt64(size)) }
    /// Where the next queue begins.
    package var end: UInt64 { Self.rounded(used + 6 + 8 * UInt64(size)) }

    private static func rounded(_ address: UInt64) -> UInt64 { (address + 63) & ~63 }
  }

  /// The queues in `memorySize` bytes: of each net device two, of each disk one. They end at the page
  /// that the guard page follows.
  package func queues(memorySize: UInt64) -> [Queue] {
    guard let queueSizes else { return [] }
    let sizes = devices.flatMap {
      $0.kind == .net ? [queueSizes.receive, queueSizes.transmit] : [queueSizes.request]
    }
    func place(from start: UInt64) -> [Queue] {
      sizes.reduce(into: []) { $0.append(Queue(start: $0.last?.end ?? start, size: $1)) }
    }
    let count = place(from: 0).last?.end ?? 0
    return place(from: memorySize - stackSize - 4096 - (count + 4095) & ~4095)
  }

  /// The bytes of a descriptor.
  package static func descriptor(
    _ address: UInt64, _ length: UInt32, flags: UInt16 = 0, next: UInt16 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: address)
    bytes.append(littleEndian: length)
    bytes.append(littleEndian: flags)
    bytes.append(littleEndian: next)
    return bytes
  }

  /// Flags of a descriptor: another follows; the tender writes; a table of others.
  package static let (next, write, indirect): (UInt16, UInt16, UInt16) = (1, 2, 4)

  /// Copies `bytes` to `address` with `rep movsb`.
  package mutating func copy(_ bytes: [UInt8], to address: UInt64) {
    move(place(bytes), to: .rsi)
    move(address, to: .rdi)
    move(UInt64(bytes.count), to: .rcx)
    emit(0xf3, 0xa4)
  }

  /// Writes the descriptors `table` and the available ring with `heads`, whose index is `index`, or as
  /// many as there are heads.
  package mutating func post(
    _ table: [[UInt8]], heads: [UInt16], index: UInt16? = nil, on queue: Queue
  ) {
    copy(table.flatMap { $0 }, to: queue.descriptors)
    let words: [UInt16] = [0, index ?? UInt16(heads.count)] + heads
    var ring: [UInt8] = []
    for word in words { ring.append(littleEndian: word) }
    copy(ring, to: queue.available)
  }

  /// Rings the doorbell.
  package mutating func ringDoorbell() { out(port: 0x520, 0) }
}
