// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The state of a net device: who waits for its frames, and the frames that nobody waits for.
///
/// Sendable because nothing runs at the same time as its user.
final class NetPort: Port, @unchecked Sendable {
  /// Frames that are kept while nobody reads, as a network card's ring would; later ones are lost.
  private static let backlogLimit = 64

  let handle: UInt64
  let properties: hvt_net_properties
  private var readers: [FrameWait] = []
  private var backlog: [[UInt8]] = []

  /// The state of a device, which exists once.
  static func port(handle: Int) -> NetPort {
    // SAFETY: the ports of net devices are made here alone.
    if let port = eventLoop.ports[handle] {
      return unsafe unsafeDowncast(port, to: NetPort.self)
    }
    let port = NetPort(handle: handle)
    eventLoop.ports[handle] = port
    return port
  }

  private init(handle: Int) {
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

  /// Wakes a task that waits for a frame. When none waits, the frame must leave the device all the
  /// same: the machine could not sleep before it.
  override func becameReady() {
    if let reader = readers.first {
      remove(reader)
      reader.resume(happened: true)
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
    eventLoop.readerCount += 1
  }

  fileprivate func remove(_ reader: FrameWait) {
    readers.removeAll { $0 === reader }
    eventLoop.readerCount -= 1
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
