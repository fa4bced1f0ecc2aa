// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
public import Frames
import Virtqueues

extension QueuedNetPort {
  /// Sends the first `count` bytes of a transmit buffer, and `parts` behind them.
  func send(_ slot: UInt16, count: Int, _ parts: FrameParts, header: hvt_net_header) {
    // SAFETY: the slot is the caller's, and the buffers are never freed.
    unsafe transmitBuffers.header(slot).initialize(to: header)
    var descriptor = transmitBuffers.descriptor(slot, count: count, flags: 0)
    var number = slot
    for index in 0..<parts.count {
      guard let part = parts[index] else { break }
      let next = descriptorNumber(of: index, slot)
      descriptor.flags = UInt16(HVT_DESCRIPTOR_NEXT)
      descriptor.next = next
      unsafe transmitQueue.setDescriptor(number, descriptor)
      number = next
      descriptor = hvt_descriptor(
        address: part.memory.address(part.range), length: UInt32(part.range.count), flags: 0,
        next: 0)
    }
    // SAFETY: `keep` holds the memory until the frame is sent.
    unsafe transmitQueue.setDescriptor(number, descriptor)
    if parts.count > 0 {
      keep(parts, slot)
    }
    transmitQueue.makeAvailable(slot)
    eventLoop.hasUnannounced = true
  }

  private func keep(_ parts: FrameParts, _ slot: UInt16) {
    if sentParts == nil {
      sentParts = KeptParts(count: transmitBuffers.count)
    }
    if let sentParts {
      // SAFETY: nothing else is ever stored there.
      unsafe unsafeDowncast(sentParts, to: KeptParts.self).insert(parts, slot)
    }
  }

  /// The descriptor of part `index` of what is sent from a slot.
  private func descriptorNumber(of index: Int, _ slot: UInt16) -> UInt16 {
    transmitQueue.size / 4 + slot * UInt16(FrameParts.capacity) + UInt16(index)
  }
}

/// Parts of frames, by the slots of these.
@safe
private final class KeptParts: SentParts {
  private let count: Int
  private let parts: UnsafeMutablePointer<FrameParts?>

  init(count: Int) {
    self.count = count
    unsafe parts = .allocate(capacity: count)
    unsafe parts.initialize(repeating: nil, count: count)
  }

  func insert(_ parts: FrameParts, _ slot: UInt16) {
    precondition(Int(slot) < count)
    parts.use()
    // SAFETY: the slot has been checked.
    unsafe self.parts[Int(slot)] = parts
  }

  override func remove(_ slot: UInt16) {
    precondition(Int(slot) < count)
    // SAFETY: the slot has been checked.
    if let parts = unsafe self.parts[Int(slot)] {
      parts.endUse()
      unsafe self.parts[Int(slot)] = nil
    }
  }
}
