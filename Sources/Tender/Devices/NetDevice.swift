// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestImage
public import HVTABI
public import Sandbox
public import SystemCalls

/// The host's end of a guest's network interface: where its frames go and come from.
///
/// Only one thread of the machine calls it, one call at a time.
public protocol NetDevice: Sendable {
  /// The address that the guest is told to use.
  var macAddress: MACAddress { get }
  /// The largest payload of an Ethernet frame, in bytes.
  var mtu: UInt16 { get }
  /// A descriptor that polls readable as long as `receive` would return a frame.
  var readinessDescriptor: CInt { get }
  /// The descriptors that the calls below use, for a sandbox.
  var descriptorAccess: DescriptorAccess { get }

  /// Puts the next frame for the guest into `buffer`, cut to its size, and returns the frame's
  /// byte count; nil when there is none. Never waits. Throws when the device is gone for good.
  func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int?

  /// Takes a frame from the guest, whole with its Ethernet header. Never waits: a frame that cannot
  /// be taken now is dropped. Throws when the device is gone for good.
  func send(_ frame: RawSpan) throws(SystemCallError)

  // MARK: - Queues

  /// Whether a `hvt_net_header` precedes each frame in the buffers of the next two calls.
  var hasHeaders: Bool { get }

  /// What the device does for the guest's frames when they ask for it, and what it may leave undone of
  /// `accepted` in frames for the guest. Called once, before the other two.
  func negotiate(
    _ accepted: QueueFeatures
  ) throws(SystemCallError) -> (transmit: QueueFeatures, receive: QueueFeatures)

  /// As `receive(into:)`, into several buffers. The byte count includes the header, which a frame
  /// follows, cut or not: the buffers have room for more than a header.
  func receive(into buffers: borrowing IOVectors) throws(SystemCallError) -> Int?

  /// As `send`, from several buffers. False when the device refuses what the frame's header asks for.
  func send(_ buffers: borrowing IOVectors) throws(SystemCallError) -> Bool
}

/// What a device without offloads does.
extension NetDevice {
  /// The readiness descriptor, which is read and written.
  public var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.streams = [readinessDescriptor]
    return access
  }

  /// No.
  public var hasHeaders: Bool { false }

  /// Nothing.
  public func negotiate(
    _ accepted: QueueFeatures
  ) throws(SystemCallError) -> (transmit: QueueFeatures, receive: QueueFeatures) { ([], []) }

  /// Copies a frame that is received in one buffer.
  public func receive(into buffers: borrowing IOVectors) throws(SystemCallError) -> Int? {
    // The buffers are the guest's to choose, and may be larger than any frame.
    let largestFrame = 65_553
    var frame = [UInt8](repeating: 0, count: min(buffers.byteCount, largestFrame))
    var span = frame.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var bytes = unsafe span.mutableBytes
    guard let count = try receive(into: &bytes) else { return nil }
    frame.removeLast(frame.count - count)
    return buffers.scatter(frame)
  }

  /// Copies the frame into one buffer.
  public func send(_ buffers: borrowing IOVectors) throws(SystemCallError) -> Bool {
    let frame = buffers.gathered()
    // SAFETY: the array outlives the call.
    try send(unsafe frame.span.bytes)
    return true
  }
}
