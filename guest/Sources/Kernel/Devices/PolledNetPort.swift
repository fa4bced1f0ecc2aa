// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Virtqueues

/// A net device without queues: a hypercall for each frame.
final class PolledNetPort: NetPort, @unchecked Sendable {
  /// Frames that were read while no task waited. As in a network card's ring, there is room for a
  /// number of them, and later ones are lost.
  private struct Backlog {
    static let capacity = 64
    private var frames = InlineArray<64, (slot: UInt16, count: Int)>(repeating: (0, 0))
    private var first = 0
    private var count = 0

    /// There are no more buffers than the capacity.
    mutating func append(_ frame: (slot: UInt16, count: Int)) {
      frames[(first + count) % Self.capacity] = frame
      count += 1
    }

    mutating func removeFirst() -> (slot: UInt16, count: Int)? {
      guard count > 0 else { return nil }
      let frame = frames[first]
      first = (first + 1) % Self.capacity
      count -= 1
      return frame
    }
  }

  private let handle: UInt64
  private var freeSlots: FreeList
  private var backlog = Backlog()

  init(handle: Int, properties: hvt_net_properties) {
    self.handle = UInt64(handle)
    freeSlots = FreeList(count: 0)
    super.init(properties: properties, receiveCount: Backlog.capacity, transmitCount: 1)
    freeSlots = FreeList(count: receiveBuffers.count)
  }

  override func nextFrame() -> (slot: UInt16, count: Int)? {
    backlog.removeFirst() ?? readFromDevice()
  }

  override func release(_ slot: UInt16) {
    freeSlots.put(slot)
  }

  override func send(_ slot: UInt16, count: Int) {
    // SAFETY: the buffer has `count` bytes, and the size has been checked: nothing else can fail.
    unsafe sl_hypercall_net_write(handle, transmitBuffers.frame(slot), count)
    transmitSlots.put(slot)
  }

  /// Wakes a task that waits for a frame. When none waits, the frame must leave the device all the
  /// same: the machine could not sleep before it.
  override func becameReady() {
    if readers.wakeFirst() {
      return
    }
    if let frame = readFromDevice() {
      backlog.append(frame)
    } else if freeSlots.count == 0 {
      sl_net_discard(handle)
    }
  }

  private func readFromDevice() -> (slot: UInt16, count: Int)? {
    guard let slot = freeSlots.take() else { return nil }
    var count = receiveBuffers.capacity
    // SAFETY: the buffer has `capacity` bytes.
    if unsafe sl_hypercall_net_read(handle, receiveBuffers.frame(slot), &count) != Int32(HVT_OK) {
      freeSlots.put(slot)
      return nil
    }
    return (slot, count)
  }
}
