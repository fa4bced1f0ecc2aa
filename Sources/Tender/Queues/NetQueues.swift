// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import SystemCalls
internal import Virtqueue

/// The queues of a net device (hvt-abi/SPEC.md, "Net" of "Queues").
final class NetQueues {
  let handle: UInt64
  private let device: any NetDevice
  private var receive: Virtqueue
  private var transmit: Virtqueue
  private let receiveFeatures: QueueFeatures
  private let transmitFeatures: QueueFeatures
  private let counter: StatisticsCounter
  private var buffers = IOVectors()
  /// Whether a frame that arrives would find a buffer.
  private(set) var canReceive = false

  private static let headerSize = UInt64(MemoryLayout<NetHeader>.size)
  /// An Ethernet header, and an 802.1Q tag that may follow it.
  private static let ethernetHeaderSize: UInt64 = 14
  private static let vlanTagSize: UInt64 = 4
  /// The largest frame before segmentation: an IP packet behind the longest header.
  private static let unsegmentedSize: UInt64 = 65_550

  init(
    _ device: any NetDevice, receive: QueueEntry, transmit: QueueEntry,
    _ counter: StatisticsCounter
  ) {
    self.counter = counter
    handle = UInt64(receive.handle)
    self.device = device
    self.receive = Virtqueue(receive)
    self.transmit = Virtqueue(transmit)
    receiveFeatures = QueueFeatures(rawValue: receive.features)
    transmitFeatures = QueueFeatures(rawValue: transmit.features)
  }

  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) {
    try serveTransmit(memory)
    try serveReceive(memory)
  }

  func armDoorbells(_ memory: borrowing GuestMemory) {
    _ = transmit.armDoorbell(in: memory)
    // Buffers without a frame to put into them can wait.
    if canReceive {
      receive.disarmDoorbell(in: memory)
    } else {
      _ = receive.armDoorbell(in: memory)
    }
  }

  func hasNews(_ memory: borrowing GuestMemory) -> Bool {
    receive.hasNews(in: memory) || transmit.hasNews(in: memory)
  }

  // MARK: - Transmit

  private func serveTransmit(_ memory: borrowing GuestMemory) throws(ServiceError) {
    // The guest cannot make the loop longer than the queue.
    for _ in 0..<transmit.size {
      guard try take(&transmit, .transmit, memory) else { break }
      try send(memory)
      transmit.put(transmit.chain.head, length: 0, in: memory)
    }
    if transmit.publish(in: memory) { counter.values[handle].traffic.batches += 1 }
  }

  /// Sends the frame of the chain, unless it is none that the device takes.
  private func send(_ memory: borrowing GuestMemory) throws(ServiceError) {
    let count = transmit.chain.readableBytes
    guard transmit.chain.writableBytes == 0, count >= Self.headerSize else {
      throw incomplete(transmit.chain, .transmit, lacking: "a header and nothing to be written")
    }
    let header = transmit.chain.load(NetHeader.self, at: 0, memory)
    guard isFrame(count - Self.headerSize, header) else {
      counter.values[handle].traffic.refused += 1
      return
    }
    collect(transmit.chain, memory)
    do throws(SystemCallError) {
      guard try device.send(buffers) else {
        counter.values[handle].traffic.refused += 1
        return
      }
    } catch {
      throw .host(error)
    }
    counter.values[handle].traffic.sent += 1
    counter.values[handle].traffic.sentBytes += count - Self.headerSize
  }

  private func isFrame(_ count: UInt64, _ header: NetHeader) -> Bool {
    let needsChecksum = header.flags & UInt8(HVT_NET_NEEDS_CHECKSUM) != 0
    if needsChecksum, !transmitFeatures.contains(.checksum) { return false }
    var limit = UInt64(device.mtu) + Self.ethernetHeaderSize + Self.vlanTagSize
    switch Int(header.gso_type) & ~HVT_NET_GSO_ECN {
    case HVT_NET_GSO_NONE: break
    case HVT_NET_GSO_TCPV4 where transmitFeatures.contains(.tso4): limit = Self.unsegmentedSize
    case HVT_NET_GSO_TCPV6 where transmitFeatures.contains(.tso6): limit = Self.unsegmentedSize
    default: return false
    }
    return (Self.ethernetHeaderSize...limit).contains(count)
  }

  // MARK: - Receive

  private func serveReceive(_ memory: borrowing GuestMemory) throws(ServiceError) {
    canReceive = false
    for _ in 0..<receive.size {
      guard try take(&receive, .receive, memory) else {
        counter.values[handle].traffic.exhausted += 1
        break
      }
      guard try receiveFrame(memory) else {
        receive.putBack()
        canReceive = true
        break
      }
    }
    if receive.publish(in: memory) { counter.values[handle].traffic.batches += 1 }
  }

  /// Puts the next frame into the chain; false when there is none.
  private func receiveFrame(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    let chain = receive.chain
    guard chain.readableBytes == 0, chain.writableBytes > Self.headerSize else {
      throw incomplete(chain, .receive, lacking: "room for a frame and nothing to be read")
    }
    collect(chain, memory)
    var count: Int?
    do throws(SystemCallError) {
      count = try device.receive(into: buffers)
    } catch {
      throw .host(error)
    }
    guard let count else { return false }
    var header = NetHeader()
    if device.hasHeaders, receiveFeatures.contains(.checksum) {
      header = chain.load(NetHeader.self, at: 0, memory)
    }
    header.buffers = 1
    chain.store(header, at: 0, memory)
    let length = UInt32(count) + (device.hasHeaders ? 0 : UInt32(Self.headerSize))
    receive.put(chain.head, length: length, in: memory)
    counter.values[handle].traffic.received += 1
    counter.values[handle].traffic.receivedBytes += UInt64(length) - Self.headerSize
    return true
  }

  // MARK: - Chains

  private func incomplete(
    _ chain: borrowing Chain, _ kind: QueueKind, lacking what: String
  ) -> ServiceError {
    .guest(GuestFault(.queue(handle: handle, kind, .incomplete(head: chain.head, lacking: what))))
  }

  private func take(
    _ queue: inout Virtqueue, _ kind: QueueKind, _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> Bool {
    do throws(QueueFault) {
      return try queue.take(from: memory)
    } catch {
      throw .guest(GuestFault(.queue(handle: handle, kind, error)))
    }
  }

  /// Makes `buffers` what the device is to transfer of `chain`.
  private func collect(_ chain: borrowing Chain, _ memory: borrowing GuestMemory) {
    buffers.removeAll()
    chain.append(from: device.hasHeaders ? 0 : Self.headerSize, to: &buffers, memory)
  }
}
