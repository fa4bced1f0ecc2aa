// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The state of a net device: who waits for its frames, and the frames that nobody waits for.
///
/// Sendable because nothing runs at the same time as its user.
final class NetPort: @unchecked Sendable {
  /// Frames that are kept while nobody reads, as a network card's ring would; later ones are lost.
  private static let backlogLimit = 64

  let handle: UInt64
  let properties: hvt_net_properties
  private var readers: [FrameWait] = []
  private var backlog: [[UInt8]] = []

  init(handle: Int) {
    self.handle = UInt64(handle)
    // SAFETY: the manifest stays where it is, and the entry's type says which properties it has.
    guard let entry = unsafe sl_manifest_entry(self.handle),
      unsafe entry.pointee.type == UInt32(HVT_DEVICE_NET)
    else {
      fatalError("no net device has this handle")
    }
    properties = unsafe entry.pointee.net
  }

  /// The largest frame: an Ethernet header with a VLAN tag, and the payload.
  var frameCapacity: Int { Int(properties.mtu) + 18 }

  var hasReaders: Bool { !readers.isEmpty }

  /// Reads the next frame and returns its size, or nil when there is none.
  func read(into buffer: inout MutableSpan<UInt8>) -> Int? {
    if backlog.isEmpty {
      return readFromDevice(into: &buffer)
    }
    let frame = backlog.removeFirst()
    let count = min(frame.count, buffer.count)
    for index in 0..<count {
      buffer[index] = frame[index]
    }
    return count
  }

  /// Takes the frame that the device has ready to a task that waits for one. When none waits, the
  /// frame must leave the device all the same: the machine could not sleep before it.
  func frameArrived() {
    if hasReaders {
      readers.removeFirst().resume(happened: true)
      return
    }
    var frame = [UInt8](repeating: 0, count: frameCapacity)
    var span = frame.mutableSpan
    guard let count = readFromDevice(into: &span) else { return }
    if backlog.count < Self.backlogLimit {
      frame.removeLast(frame.count - count)
      backlog.append(frame)
    }
  }

  fileprivate func add(_ reader: FrameWait) {
    readers.append(reader)
  }

  fileprivate func remove(_ reader: FrameWait) {
    readers.removeAll { $0 === reader }
  }

  private func readFromDevice(into buffer: inout MutableSpan<UInt8>) -> Int? {
    let handle = handle
    return unsafe buffer.withUnsafeMutableBytes { bytes -> Int? in
      var count = bytes.count
      // SAFETY: the buffer's own address and size.
      guard let start = bytes.baseAddress,
        unsafe sl_hypercall_net_read(handle, start, &count) == Int32(HVT_OK)
      else { return nil }
      return count
    }
  }
}

/// A task's wait for a frame.
@safe
final class FrameWait: Suspension, @unchecked Sendable {
  var continuation: UnsafeContinuation<Bool, Never>?
  private let port: NetPort

  init(port: NetPort) {
    self.port = port
  }

  func start() {
    port.add(self)
  }

  func withdraw() {
    port.remove(self)
  }
}
