// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import SystemCalls
internal import Virtqueue

/// The queues of a net device (hvt-abi/SPEC.md, "Net" of "Queues").
///
/// A value, as everything here that is touched for each frame: to the properties of an object, the
/// runtime would check each access.
struct NetQueues: ~Copyable {
  let handle: UInt64
  let device: any NetDevice
  private let hasHeaders: Bool
  /// The largest frame that is not to be segmented.
  private let frameLimit: UInt64
  private var receive: Virtqueue
  private var transmit: Virtqueue
  /// Whether a received frame's own header says something.
  private let passesHeaders: Bool
  private let transmitFeatures: QueueFeatures
  private let counters: DeviceCounters
  private var buffers = IOVectors()
  /// Whether a frame that arrives would find a buffer.
  private(set) var canReceive = false
  private let receiveLimiter: DeviceLimiter?
  private let transmitLimiter: DeviceLimiter?
  /// Whether the limits hold back what the guest has made available.
  private var (isReceiveHeld, isTransmitHeld) = (false, false)

  private static let headerSize = UInt64(MemoryLayout<NetHeader>.size)
  /// An Ethernet header, and an 802.1Q tag that may follow it.
  private static let ethernetHeaderSize: UInt64 = 14
  private static let vlanTagSize: UInt64 = 4
  /// The largest frame before segmentation: an IP packet behind the longest header.
  private static let unsegmentedSize: UInt64 = 65_550

  init(
    _ device: any NetDevice, receive: QueueEntry, transmit: QueueEntry,
    _ counters: MachineCounters, _ limits: DeviceLimits
  ) {
    receiveLimiter = DeviceLimiter(limits)
    transmitLimiter = DeviceLimiter(limits)
    handle = UInt64(receive.handle)
    self.counters = counters[handle]
    self.device = device
    hasHeaders = device.hasHeaders
    frameLimit = UInt64(device.mtu) + Self.ethernetHeaderSize + Self.vlanTagSize
    self.receive = Virtqueue(receive)
    self.transmit = Virtqueue(transmit)
    passesHeaders =
      hasHeaders && QueueFeatures(rawValue: receive.features).contains(.checksum)
    transmitFeatures = QueueFeatures(rawValue: transmit.features)
  }

  /// Sends what the guest has made available, and receives what there are buffers for. Whether there
  /// was anything.
  mutating func serve(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    let hasSent = try serveTransmit(memory)
    return try serveReceive(memory) || hasSent
  }

  /// Asks for a doorbell at the next chain; true when one has come already.
  mutating func armDoorbells(_ memory: borrowing GuestMemory) -> Bool {
    let hasTransmit = transmit.armDoorbell(in: memory)
    // What a limit holds back is no reason to look again now.
    let hasMore = hasTransmit && !isTransmitHeld
    if !canReceive, !isReceiveHeld { return receive.armDoorbell(in: memory) || hasMore }
    // Buffers without a frame to put into them can wait.
    receive.disarmDoorbell(in: memory)
    return hasMore
  }

  /// How long it is until something may pass that a limit holds back; nil when there is no such thing.
  func heldNanoseconds(at now: UInt64, alsoReceiving: Bool = true) -> UInt64? {
    var held: UInt64?
    if isTransmitHeld { held = transmitLimiter?.wait(at: now) }
    if alsoReceiving, isReceiveHeld, let wait = receiveLimiter?.wait(at: now) {
      held = min(held ?? .max, wait)
    }
    return held
  }

  func newsCount(_ memory: borrowing GuestMemory) -> Int {
    max(0, receive.newsCount(in: memory)) + max(0, transmit.newsCount(in: memory))
  }

  // MARK: - Transmit

  private mutating func serveTransmit(
    _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> Bool {
    isTransmitHeld = false
    // The guest cannot make the loop longer than the queue.
    for _ in 0..<transmit.size {
      if Self.isClosed(transmitLimiter) {
        isTransmitHeld = transmit.hasMore(in: memory)
        break
      }
      guard try Self.take(from: &transmit, .transmit, of: handle, memory) else { break }
      try send(memory)
      transmit.put(transmit.chain.head, length: 0, in: memory)
    }
    guard transmit.publish(in: memory) else { return false }
    counters.traffic.batches.add()
    return true
  }

  /// Sends the frame of the chain, unless it is none that the device takes.
  private mutating func send(_ memory: borrowing GuestMemory) throws(ServiceError) {
    let count = transmit.chain.readableBytes
    guard transmit.chain.writableBytes == 0, count >= Self.headerSize else {
      throw incomplete(
        .transmit, transmit.chain.head, lacking: "a header and nothing to be written")
    }
    let header = transmit.chain.load(NetHeader.self, at: 0, memory)
    guard isFrame(count - Self.headerSize, header) else {
      counters.traffic.refused.add()
      return
    }
    buffers.removeAll()
    transmit.chain.append(from: hasHeaders ? 0 : Self.headerSize, to: &buffers, memory)
    do throws(SystemCallError) {
      guard try device.send(buffers) else {
        counters.traffic.refused.add()
        return
      }
    } catch {
      throw .host(error)
    }
    counters.traffic.sent.add()
    counters.traffic.sentBytes.add(count - Self.headerSize)
    if let transmitLimiter {
      transmitLimiter.charge(count - Self.headerSize, at: monotonicNanoseconds())
    }
  }

  private func isFrame(_ count: UInt64, _ header: NetHeader) -> Bool {
    let needsChecksum = Int(header.flags) & HVT_NET_NEEDS_CHECKSUM != 0
    if needsChecksum, !transmitFeatures.contains(.checksum) { return false }
    var limit = frameLimit
    switch Int(header.gso_type) & ~HVT_NET_GSO_ECN {
    case HVT_NET_GSO_NONE: break
    case HVT_NET_GSO_TCPV4 where transmitFeatures.contains(.tso4): limit = Self.unsegmentedSize
    case HVT_NET_GSO_TCPV6 where transmitFeatures.contains(.tso6): limit = Self.unsegmentedSize
    default: return false
    }
    return (Self.ethernetHeaderSize...limit).contains(count)
  }

  // MARK: - Receive

  private mutating func serveReceive(
    _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> Bool {
    (canReceive, isReceiveHeld) = (false, false)
    for _ in 0..<receive.size {
      if Self.isClosed(receiveLimiter) {
        isReceiveHeld = true
        break
      }
      guard try Self.take(from: &receive, .receive, of: handle, memory) else {
        counters.traffic.exhausted.add()
        break
      }
      guard try receiveFrame(memory) else {
        receive.putBack()
        canReceive = true
        break
      }
    }
    guard receive.publish(in: memory) else { return false }
    counters.traffic.batches.add()
    return true
  }

  /// Puts the next frame into the chain; false when there is none.
  private mutating func receiveFrame(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    guard receive.chain.readableBytes == 0, receive.chain.writableBytes > Self.headerSize else {
      throw incomplete(
        .receive, receive.chain.head, lacking: "room for a frame and nothing to be read")
    }
    buffers.removeAll()
    receive.chain.append(from: hasHeaders ? 0 : Self.headerSize, to: &buffers, memory)
    var count: Int?
    do throws(SystemCallError) {
      count = try device.receive(into: buffers)
    } catch {
      throw .host(error)
    }
    guard let count else { return false }
    var header = NetHeader()
    if passesHeaders {
      header = receive.chain.load(NetHeader.self, at: 0, memory)
    }
    header.buffers = 1
    receive.chain.store(header, at: 0, memory)
    let length = UInt32(count) + (hasHeaders ? 0 : UInt32(Self.headerSize))
    receive.put(receive.chain.head, length: length, in: memory)
    counters.traffic.received.add()
    counters.traffic.receivedBytes.add(UInt64(length) - Self.headerSize)
    if let receiveLimiter {
      receiveLimiter.charge(UInt64(length) - Self.headerSize, at: monotonicNanoseconds())
    }
    return true
  }

  private static func isClosed(_ limiter: DeviceLimiter?) -> Bool {
    guard let limiter else { return false }
    return limiter.wait(at: monotonicNanoseconds()) > 0
  }

  // MARK: - Chains

  private func incomplete(
    _ kind: QueueKind, _ head: UInt16, lacking what: String
  ) -> ServiceError {
    .guest(GuestFault(.queue(handle: handle, kind, .incomplete(head: head, lacking: what))))
  }

  private static func take(
    from queue: inout Virtqueue, _ kind: QueueKind, of handle: UInt64,
    _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> Bool {
    do throws(QueueFault) {
      return try queue.take(from: memory)
    } catch {
      throw .guest(GuestFault(.queue(handle: handle, kind, error)))
    }
  }
}
