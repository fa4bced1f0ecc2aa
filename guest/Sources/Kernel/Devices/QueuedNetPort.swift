// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Virtqueues

/// A net device with queues (hvt-abi/SPEC.md, "Net" of "Queues"). The descriptor of a queue and the
/// buffer that it names have the same number.
///
/// Of the transmit queue that holds for a quarter of the descriptors. The others are for the parts of
/// frames that are sent from where they are: three for each buffer.
final class QueuedNetPort: NetPort, @unchecked Sendable {
  private static let descriptorsPerFrame = 4
  /// The largest frame before segmentation, and how many of them there is room for.
  private static let (segmentsCapacity, segmentsCount) = (65_550, 64)

  /// What the device does for frames to send, and has not done for those that it receives:
  /// HVT_QUEUE_CHECKSUM and so on.
  let transmitFeatures: UInt32
  let receiveFeatures: UInt32
  private var receiveQueue: Virtqueue
  var transmitQueue: Virtqueue
  /// The parts of the frames that are being sent; nil as long as none has had any.
  var sentParts: SentParts?

  /// Makes all receive buffers available. Fails when the device has no queues.
  init?(handle: Int, properties: hvt_net_properties) {
    guard let receive = unsafe sl_queue(UInt64(handle), UInt16(HVT_QUEUE_RECEIVE)),
      let transmit = unsafe sl_queue(UInt64(handle), UInt16(HVT_QUEUE_TRANSMIT))
    else { return nil }
    // SAFETY: a port is made once for each device.
    receiveQueue = unsafe Virtqueue(receive.pointee)
    transmitQueue = unsafe Virtqueue(transmit.pointee)
    transmitFeatures = unsafe transmit.pointee.features
    receiveFeatures = unsafe receive.pointee.features
    let isUnsegmented = receiveFeatures & UInt32(HVT_QUEUE_TSO4 | HVT_QUEUE_TSO6) != 0
    super.init(
      properties: properties,
      receiveCount: min(Int(receiveQueue.size), isUnsegmented ? Self.segmentsCount : .max),
      receiveCapacity: isUnsegmented ? Self.segmentsCapacity : nil,
      transmitCount: Int(transmitQueue.size) / Self.descriptorsPerFrame)
    for slot in 0..<UInt16(receiveBuffers.count) {
      // SAFETY: the buffers are never freed.
      unsafe receiveQueue.setDescriptor(
        slot,
        receiveBuffers.descriptor(
          slot, count: receiveBuffers.capacity, flags: HVT_DESCRIPTOR_WRITE))
      release(slot)
    }
    sl_serve_queues_at_exit()
  }

  override var queued: QueuedNetPort? { self }

  override func nextFrame() -> (slot: UInt16, count: Int)? {
    guard let element = receiveQueue.takeUsed() else { return nil }
    let count = Int(element.length) - FrameBuffers.headerSize
    return (UInt16(element.head), max(0, min(count, receiveBuffers.capacity)))
  }

  override func release(_ slot: UInt16) {
    receiveQueue.makeAvailable(slot)
    eventLoop.hasUnannounced = true
  }

  override func reclaim() -> Bool {
    var isAwaited = false
    while let element = transmitQueue.takeUsed() {
      sentParts?.remove(UInt16(element.head))
      if transmitSlots.put(UInt16(element.head)) {
        isAwaited = true
      }
    }
    return isAwaited
  }

  override func send(_ slot: UInt16, count: Int) {
    // SAFETY: the slot is the caller's, and the buffers are never freed.
    unsafe transmitBuffers.header(slot).initialize(to: hvt_net_header())
    unsafe transmitQueue.setDescriptor(
      slot, transmitBuffers.descriptor(slot, count: count, flags: 0))
    transmitQueue.makeAvailable(slot)
    eventLoop.hasUnannounced = true
  }

  override func collect() -> Bool {
    var isAwaited = reclaim()
    // As many tasks as there are frames, none of which may find that another took its frame.
    var count = receiveQueue.look()
    while count > 0 && readers.wakeFirst() {
      isAwaited = true
      count -= 1
    }
    return isAwaited
  }

  override func needsDoorbell() -> Bool {
    let isAsked = receiveQueue.needsDoorbell()
    return transmitQueue.needsDoorbell() || isAsked
  }

  override func prepareToSleep() {
    receiveQueue.prepareToSleep(until: .anyUse)
    transmitQueue.prepareToSleep(until: transmitSlots.isAwaited ? .anyUse : .unfinished)
  }

  override func hasNews() -> Bool {
    receiveQueue.hasNews() || (transmitSlots.isAwaited && transmitQueue.hasNews())
  }
}

/// The parts of the frames that are being sent. The subclass is only in programs that send some.
class SentParts {
  /// The frame in transmit buffer `slot` is sent.
  func remove(_ slot: UInt16) {}
}
