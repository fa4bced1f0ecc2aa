// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Virtqueues

/// A block device with a queue (hvt-abi/SPEC.md, "Block" of "Queues"). A request has a slot, and the
/// slot three descriptors in a row.
///
/// Sendable because nothing runs at the same time as its user.
@safe
final class BlockPort: Port, @unchecked Sendable {
  private static let descriptorsPerSlot: UInt16 = 3

  /// What the device can do beyond reading and writing: HVT_QUEUE_DISCARD, HVT_QUEUE_WRITE_ZEROES.
  let features: Int
  private var queue: Virtqueue
  private let pool: SlotPool
  private let slots: BlockSlots
  /// The tasks that wait for a completion, by slot.
  private let continuations: UnsafeMutablePointer<UnsafeContinuation<Int, Never>?>

  /// The state of a device, which exists once, or nil when it has no queue.
  static func port(handle: Int) -> BlockPort? {
    // SAFETY: the handle is a block device's, and the ports of those are made here alone.
    if let port = eventLoop.ports[handle] {
      return unsafe unsafeDowncast(port, to: BlockPort.self)
    }
    guard let queue = unsafe sl_queue(UInt64(handle), UInt16(HVT_QUEUE_REQUEST)) else { return nil }
    let port = unsafe BlockPort(queue: queue.pointee)
    eventLoop.addQueued(port, handle: handle)
    return port
  }

  private init(queue: hvt_queue) {
    features = Int(queue.features)
    // SAFETY: a port is made once for each device.
    self.queue = unsafe Virtqueue(queue)
    let count = Int(queue.size / Self.descriptorsPerSlot)
    pool = SlotPool(count: count)
    slots = BlockSlots(count: count)
    unsafe continuations = .allocate(capacity: count)
    unsafe continuations.initialize(repeating: nil, count: count)
  }

  /// Carries out a request. One that the tender has is waited for even when the task is cancelled,
  /// because its memory is the tender's until then.
  func perform(_ request: BlockRequest) async throws(BlockError) {
    let slot: UInt16
    do throws(CancellationError) {
      slot = try await pool.take()
    } catch {
      throw .cancelled
    }
    eventLoop.waiterCount += 1
    let status = await unsafe withUnsafeContinuation { continuation in
      unsafe continuations[Int(slot)] = continuation
      submit(request, slot)
    }
    switch status {
    case HVT_BLOCK_OK: return
    case HVT_BLOCK_UNSUPPORTED: throw .unsupported
    default: throw .failed
    }
  }

  private func submit(_ request: BlockRequest, _ slot: UInt16) {
    let head = slot * Self.descriptorsPerSlot
    var (header, data, status) = slots.fill(slot, with: request)
    header.flags |= UInt16(HVT_DESCRIPTOR_NEXT)
    header.next = head + 2
    if var data {
      header.next = head + 1
      data.flags |= UInt16(HVT_DESCRIPTOR_NEXT)
      data.next = head + 2
      unsafe queue.setDescriptor(head + 1, data)
    }
    // SAFETY: the slots are never freed, and the user keeps the data.
    unsafe queue.setDescriptor(head, header)
    unsafe queue.setDescriptor(head + 2, status)
    queue.makeAvailable(head)
    eventLoop.hasUnannounced = true
  }

  override func collect() -> Bool {
    var isAwaited = false
    while let element = queue.takeUsed() {
      isAwaited = true
      let slot = UInt16(element.head) / Self.descriptorsPerSlot
      // SAFETY: the continuation is cleared before it is resumed, so that it is resumed once.
      if let continuation = unsafe continuations[Int(slot)] {
        unsafe continuations[Int(slot)] = nil
        eventLoop.waiterCount -= 1
        unsafe continuation.resume(returning: slots.status(slot))
      }
      pool.put(slot)
    }
    return isAwaited
  }

  override func needsDoorbell() -> Bool { queue.needsDoorbell() }

  override func prepareToSleep() {
    queue.prepareToSleep(until: .anyUse)
  }

  override func hasNews() -> Bool { queue.hasNews() }
}
