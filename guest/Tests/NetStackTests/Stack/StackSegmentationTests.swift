// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire
import Testing

@testable import NetStack

/// What a host sends to a device that divides frames.
struct StackSegmentationTests {
  /// What a device takes: a packet of the largest size behind the headers of Ethernet and 802.1Q.
  private static let largestFrame = 65_535 + EthernetHeader.size + VLANTag.size

  private let stack = Stack(key: SipHash.Key(low: 1, high: 7))
  private let now = Instant(nanoseconds: 1_000_000_000)
  private let peerMAC = MACAddress([2, 0, 0, 0, 0, 1])

  /// A host whose device divides frames, of one address of a version.
  private func interface(_ own: IPAddress, vlan: UInt16?) throws -> Interface {
    let interface = stack.addInterface(
      mac: MACAddress([2, 0, 0, 0, 0, 2]), mtu: 1500,
      offloads: [.segmentationV4, .segmentationV6], vlan: vlan)
    switch own {
    case .v4(let own):
      stack.configure(interface, IPv4Prefix(address: own, length: 24), gateway: nil)
    case .v6(let own):
      stack.enableIPv6(interface, isAutomatic: false, duplicateQuestions: 0, at: now)
      let prefix = try #require(IPv6Prefix(address: own, length: 64))
      stack.add(prefix, to: interface, at: now)
    }
    return interface
  }

  /// The largest frame that crosses when a peer takes all at once, and has sent so much out of order
  /// that every header is as long as it can be.
  private func largestFrame(_ own: String, _ peer: String, vlan: UInt16?) throws -> Int {
    let own = try #require(IPAddress(own))
    let interface = try interface(own, vlan: vlan)
    let flow = TCPFlow(
      local: SocketAddress(own, port: 80),
      remote: SocketAddress(try #require(IPAddress(peer)), port: 1000))
    let syn = header(of: flow, .syn)
    var options = TCPConnection.Options()
    options.sendLimit = 4 << 20
    let connection = TCPConnection(
      accepting: syn, flow: flow, initialSequence: 0, maximumSegmentSize: 1400, options: options,
      at: now)
    _ = interface.neighbors.heard(flow.remote.address, peerMAC, at: now)
    let path = try #require(stack.path(to: flow.remote.address, from: own))
    stack.add(connection, TCPAttachment(path: path))
    var acknowledged = frames(of: interface).sequenceEnd
    var largest = 0
    let nothing: [UInt8] = []
    let early: [UInt8] = [1, 2, 3]
    for round in 0..<12 {
      var acknowledgment = header(of: flow, .ack)
      acknowledgment.sequence = 1
      acknowledgment.acknowledgment = acknowledged
      connection.receive(acknowledgment, nothing.span, at: now)
      // Three gaps: as many blocks as there is room for behind timestamps.
      for gap in 0..<3 where round == 0 {
        acknowledgment.sequence = UInt32(100 + 100 * gap)
        connection.receive(acknowledgment, early.span, at: now)
      }
      let memory = FrameMemory(count: 1 << 19)
      _ = connection.write(memory, 0..<memory.count, at: now)
      stack.schedule(connection)
      let sent = frames(of: interface)
      acknowledged = max(acknowledged, sent.sequenceEnd)
      largest = max(largest, sent.largest)
    }
    return largest
  }

  private func header(of flow: TCPFlow, _ flags: TCPHeader.Flags) -> TCPHeader {
    var header = TCPHeader(
      sourcePort: flow.remote.port, destinationPort: flow.local.port, sequence: 0,
      acknowledgment: 0, flags: flags, window: .max)
    header.options.timestamps = TCPOptions.Timestamps(value: 1, echo: 1)
    if flags.contains(.syn) {
      header.options.maximumSegmentSize = 1400
      header.options.windowScale = 14
      header.options.isSACKPermitted = true
    }
    return header
  }

  /// Has everything sent: the number behind the last byte, and the size of the largest frame.
  private func frames(of interface: Interface) -> (sequenceEnd: UInt32, largest: Int) {
    var (end, largest) = (UInt32(0), 0)
    while true {
      var result: FrameToSend?
      let bytes = [UInt8](capacity: interface.mtu + 18) { bytes in
        result = stack.nextFrame(on: interface, into: &bytes, at: now)
      }
      guard let result else { return (end, largest) }
      guard case .missing(let start, _) = result.offload.checksum,
        let header = TCPHeader(bytes.span.extracting(start...))
      else { continue }
      let isSYN = header.flags.contains(.syn)
      end = header.sequence + UInt32(result.parts.byteCount) + (isSYN ? 1 : 0)
      largest = max(largest, bytes.count + result.parts.byteCount)
    }
  }

  @Test(arguments: [false, true])
  func framesOfVersion4AreWithinTheLargest(isTagged: Bool) throws {
    let largest = try largestFrame("10.0.0.2", "10.0.0.1", vlan: isTagged ? 7 : nil)
    #expect((65_000...Self.largestFrame).contains(largest))
  }

  @Test(arguments: [false, true])
  func framesOfVersion6AreWithinTheLargest(isTagged: Bool) throws {
    let largest = try largestFrame("2001:db8::2", "2001:db8::1", vlan: isTagged ? 7 : nil)
    #expect((65_000...Self.largestFrame).contains(largest))
  }
}
