// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import DequeModule
public import GuestImage
public import Sandbox
internal import Synchronization
public import SystemCalls

/// A network cable inside this process: two ends, each a device for one machine. A tool may also
/// hold one end itself and speak with a machine at the other.
public final class VirtualLink: NetDevice {
  /// A random address, for the guest.
  public let macAddress: MACAddress
  /// The largest payload of a frame, in bytes.
  public let mtu: UInt16
  private let inbound: FrameQueue
  private let outbound: FrameQueue

  /// The two ends of a new cable. Frames that find `capacity` others waiting are dropped.
  public static func pair(
    mtu: UInt16 = 1500, capacity: Int = 256
  ) throws(SystemCallError) -> (VirtualLink, VirtualLink) {
    let (one, other) = (try FrameQueue(capacity: capacity), try FrameQueue(capacity: capacity))
    return (
      VirtualLink(mtu: mtu, inbound: one, outbound: other),
      VirtualLink(mtu: mtu, inbound: other, outbound: one)
    )
  }

  private init(mtu: UInt16, inbound: FrameQueue, outbound: FrameQueue) {
    macAddress = .random()
    self.mtu = mtu
    self.inbound = inbound
    self.outbound = outbound
  }

  /// Polls readable while frames wait at this end.
  public var readinessDescriptor: CInt { inbound.readable.number }

  /// The events of both directions.
  public var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.streams = [inbound.readable.number, outbound.readable.number]
    return access
  }

  /// Takes the next frame that waits at this end.
  public func receive(into buffer: inout MutableRawSpan) -> Int? {
    guard let frame = inbound.dequeue() else { return nil }
    let count = min(frame.count, buffer.byteCount)
    for index in 0..<count {
      buffer.storeBytes(of: frame[index], toByteOffset: index, as: UInt8.self)
    }
    return count
  }

  /// Queues a frame for the other end, or drops it when the queue is full.
  public func send(_ frame: RawSpan) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frame.byteCount)
    for index in 0..<frame.byteCount {
      // SAFETY: any byte is a UInt8, and the index is inside the span.
      bytes.append(unsafe frame.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    outbound.enqueue(bytes)
  }
}

/// Frames on their way in one direction.
private final class FrameQueue: Sendable {
  private let frames = Mutex<Deque<[UInt8]>>([])
  private let capacity: Int
  /// Raised while there are frames.
  let readable: EventDescriptor

  init(capacity: Int) throws(SystemCallError) {
    self.capacity = capacity
    readable = try EventDescriptor()
  }

  func enqueue(_ frame: [UInt8]) {
    frames.withLock { frames in
      guard frames.count < capacity else { return }
      frames.append(frame)
      if frames.count == 1 { readable.raise() }
    }
  }

  func dequeue() -> [UInt8]? {
    frames.withLock { frames in
      let frame = frames.popFirst()
      if frames.isEmpty { readable.lower() }
      return frame
    }
  }
}
