// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestImage
public import SystemCalls

/// The host's end of a guest's network interface: where its frames go and come from.
///
/// Only the machine's own thread calls it, one call at a time.
public protocol NetDevice: Sendable {
  /// The address that the guest is told to use.
  var macAddress: MACAddress { get }
  /// The largest payload of an Ethernet frame, in bytes.
  var mtu: UInt16 { get }
  /// A descriptor that polls readable as long as `receive` would return a frame.
  var readinessDescriptor: CInt { get }

  /// Puts the next frame for the guest into `buffer`, cut to its size, and returns the frame's
  /// byte count; nil when there is none. Never waits. Throws when the device is gone for good.
  func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int?

  /// Takes a frame from the guest, whole with its Ethernet header. Never waits: a frame that cannot
  /// be taken now is dropped. Throws when the device is gone for good.
  func send(_ frame: RawSpan) throws(SystemCallError)
}
