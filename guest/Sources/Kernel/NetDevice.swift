// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// Why a frame was not sent or received.
public enum NetError: Error {
  /// The task was cancelled while it waited.
  case cancelled
  /// The device does not take frames of this size.
  case frameSize(Int)
}

/// A network device. It carries Ethernet frames, without their checksum.
public struct NetDevice: Sendable {
  private let port: NetPort

  /// The net device that the manifest declares at `handle`. The plugin Devices generates one for
  /// each net device, in the enumeration `Devices`.
  public init(handle: Int) {
    port = NetPort.port(handle: handle)
  }

  /// The six bytes of the device's hardware address.
  public var mac: InlineArray<6, UInt8> {
    let mac = port.properties.mac
    return [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5]
  }

  /// The largest payload of a frame, in bytes.
  public var mtu: Int { Int(port.properties.mtu) }

  /// The largest frame, in bytes: what a buffer for `receive` should hold.
  public var frameCapacity: Int { port.frameCapacity }

  /// Waits for a frame, writes it to the start of `buffer` and returns its size. Of several tasks
  /// that wait, each gets frames of its own. What does not fit into `buffer` is lost.
  public func receive(into buffer: inout MutableSpan<UInt8>) async throws(NetError) -> Int {
    while true {
      if let count = port.read(into: &buffer) {
        return count
      }
      do throws(CancellationError) {
        try await FrameWait(port: port).wait()
      } catch {
        throw .cancelled
      }
    }
  }

  /// Sends a frame. A frame that the network cannot take now is lost, as on any network.
  public func send(_ frame: Span<UInt8>) async throws(NetError) {
    let handle = port.handle
    let result = unsafe frame.withUnsafeBytes { bytes in
      // SAFETY: the span's own address and size. An empty frame has no address, and no size that
      // the device takes.
      guard let start = bytes.baseAddress else { return Int32(HVT_EINVAL) }
      return unsafe sl_hypercall_net_write(handle, start, bytes.count)
    }
    if result != Int32(HVT_OK) {
      throw .frameSize(frame.count)
    }
  }

  /// The frames that arrive, each as an array of its own. The sequence ends when the task that
  /// reads it is cancelled.
  public var frames: Frames { Frames(device: self) }

  /// The frames that arrive at a device.
  public struct Frames: AsyncSequence, AsyncIteratorProtocol {
    let device: NetDevice

    /// The sequence is its own iterator: it has no position but the device's.
    public func makeAsyncIterator() -> Frames { self }

    /// The next frame, or nil when the task is cancelled.
    public func next() async -> [UInt8]? {
      var frame = [UInt8](repeating: 0, count: device.frameCapacity)
      do throws(NetError) {
        var buffer = frame.mutableSpan
        let count = try await device.receive(into: &buffer)
        frame.removeLast(frame.count - count)
        return frame
      } catch {
        return nil
      }
    }
  }
}
