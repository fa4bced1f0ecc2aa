// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A network device. It carries Ethernet frames, without their checksum.
public struct NetDevice: Sendable {
  let port: NetPort

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

  /// The largest frame, in bytes: an Ethernet header with a VLAN tag, and the payload. What a buffer
  /// for `receive(into:)` should hold, unless the program takes frames before segmentation.
  public var frameCapacity: Int { port.transmitBuffers.capacity }

  /// Waits for a frame and returns it, without copying it. Of several tasks that wait, each gets
  /// frames of its own.
  public func receive() async throws(NetError) -> ReceivedFrame {
    if eventLoop.countFrame() {
      await yield()
    }
    while true {
      if let frame = ReceivedFrame(port: port) {
        return frame
      }
      do throws(CancellationError) {
        _ = try await port.readers.wait()
      } catch {
        throw .cancelled
      }
    }
  }

  /// Sends the frame that `fill` appends to an empty span of `frameCapacity` bytes, the memory that it
  /// is sent from; when it appends nothing, nothing is sent. While the device has as many frames to
  /// send as it can keep, this waits until it has sent some. A frame that the network cannot take is
  /// lost, as on any network.
  public func send(_ fill: (inout OutputSpan<UInt8>) -> Void) async throws(NetError) {
    let slot = try await takeSlot()
    // SAFETY: the slot's buffer is this call's until it is sent or put back.
    let buffer = unsafe UnsafeMutableBufferPointer(
      start: port.transmitBuffers.frame(slot), count: frameCapacity)
    var frame = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
    fill(&frame)
    let count = unsafe frame.finalize(for: buffer)
    if count < Self.smallestFrame {
      port.transmitSlots.put(slot)
      if count > 0 {
        throw .frameSize(count)
      }
    } else {
      port.send(slot, count: count)
    }
  }

  /// The size of an Ethernet header.
  static let smallestFrame = 14

  func takeSlot() async throws(NetError) -> UInt16 {
    if port.transmitSlots.isEmpty {
      port.reclaim()
    }
    do throws(CancellationError) {
      return try await port.transmitSlots.take()
    } catch {
      throw .cancelled
    }
  }
}
