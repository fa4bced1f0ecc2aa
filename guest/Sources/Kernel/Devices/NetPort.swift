// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The state of a net device. Its frames are in buffers, which slots name. How they get there and
/// away is what the subclasses know.
///
/// Sendable because nothing runs at the same time as its user.
class NetPort: Port, @unchecked Sendable {
  let properties: hvt_net_properties
  /// Tasks that wait for a frame.
  let readers = WaitQueue()
  let receiveBuffers: FrameBuffers
  let transmitBuffers: FrameBuffers
  /// The transmit buffers that are the program's.
  let transmitSlots: SlotPool

  /// The state of a device, which exists once.
  static func port(handle: Int) -> NetPort {
    // SAFETY: the manifest stays where it is, and the entry's type says which properties it has.
    guard let entry = unsafe sl_manifest_entry(UInt64(handle)),
      unsafe entry.pointee.type == UInt32(HVT_DEVICE_NET)
    else {
      fatalError("no net device has this handle")
    }
    // SAFETY: the ports of net devices are made here alone.
    if let port = eventLoop.ports[handle] {
      return unsafe unsafeDowncast(port, to: NetPort.self)
    }
    let properties = unsafe entry.pointee.net
    if let port = QueuedNetPort(handle: handle, properties: properties) {
      eventLoop.addQueued(port, handle: handle)
      return port
    }
    let port = PolledNetPort(handle: handle, properties: properties)
    eventLoop.addPolled(port, handle: handle)
    return port
  }

  /// Makes the buffers. Those for frames to receive hold what those to send do, or
  /// `receiveCapacity` bytes.
  init(
    properties: hvt_net_properties, receiveCount: Int, receiveCapacity: Int? = nil,
    transmitCount: Int
  ) {
    self.properties = properties
    // An Ethernet header with a VLAN tag, and the payload.
    let capacity = Int(properties.mtu) + 18
    receiveBuffers = FrameBuffers(count: receiveCount, capacity: receiveCapacity ?? capacity)
    transmitBuffers = FrameBuffers(count: transmitCount, capacity: capacity)
    transmitSlots = SlotPool(count: transmitBuffers.count)
  }

  /// This port, if it has queues.
  var queued: QueuedNetPort? { nil }

  /// The next frame that the device has received: its receive buffer and its size. The buffer is the
  /// caller's until `release`.
  func nextFrame() -> (slot: UInt16, count: Int)? { nil }

  /// Gives back a receive buffer.
  func release(_ slot: UInt16) {}

  /// Takes back the transmit buffers that are sent; true when a task had waited for one.
  @discardableResult
  func reclaim() -> Bool { false }

  /// Sends the first `count` bytes of a transmit buffer.
  func send(_ slot: UInt16, count: Int) {}
}
