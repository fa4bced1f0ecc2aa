// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import HVTABI
internal import PCAPNG
internal import Sandbox
internal import SystemCalls

/// A net device whose frames are recorded. What the device refuses is not; what it drops is.
final class RecordedDevice: NetDevice {
  private let device: any NetDevice
  private let capture: PacketCapture
  private let interface: UInt32

  private static let headerSize = MemoryLayout<NetHeader>.size

  /// Records what crosses `device` in `capture`, as an interface called `name`.
  init(_ device: any NetDevice, in capture: PacketCapture, as name: String) {
    self.device = device
    self.capture = capture
    interface = capture.addInterface(name: name, device)
  }

  var macAddress: MACAddress { device.macAddress }
  var mtu: UInt16 { device.mtu }
  var readinessDescriptor: CInt { device.readinessDescriptor }
  var hasHeaders: Bool { device.hasHeaders }
  var descriptorAccess: DescriptorAccess {
    device.descriptorAccess.adding(capture.descriptorAccess)
  }

  func negotiate(
    _ accepted: QueueFeatures
  ) throws(SystemCallError) -> (transmit: QueueFeatures, receive: QueueFeatures) {
    try device.negotiate(accepted)
  }

  func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int? {
    guard let count = try device.receive(into: &buffer) else { return nil }
    let frame = buffer.bytes.extracting(first: count)
    capture.record(
      on: interface, .inbound, at: realtimeNanoseconds(), originalCount: count
    ) { $0.append(frame) }
    return count
  }

  func send(_ frame: RawSpan) throws(SystemCallError) {
    // An answer may be on its way when the call returns.
    let time = realtimeNanoseconds()
    try device.send(frame)
    capture.record(
      on: interface, .outbound, at: time, originalCount: frame.byteCount
    ) { $0.append(frame) }
  }

  func receive(into buffers: borrowing IOVectors) throws(SystemCallError) -> Int? {
    guard let count = try device.receive(into: buffers) else { return nil }
    record(buffers, count: count, .inbound, at: realtimeNanoseconds())
    return count
  }

  func send(_ buffers: borrowing IOVectors) throws(SystemCallError) -> Bool {
    let time = realtimeNanoseconds()
    guard try device.send(buffers) else { return false }
    record(buffers, count: buffers.byteCount, .outbound, at: time)
    return true
  }

  /// Records the frame in the first `count` bytes of `buffers`, behind its header if there is one.
  private func record(
    _ buffers: borrowing IOVectors, count: Int, _ direction: BlockEncoder.Direction, at time: UInt64
  ) {
    let start = hasHeaders ? Self.headerSize : 0
    guard count >= start else { return }
    capture.record(on: interface, direction, at: time, originalCount: count - start) {
      buffers.append(start..<count, to: &$0)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ bytes: RawSpan) {
    // SAFETY: any bytes are UInt8s, and the pointer is valid until the call is over.
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
