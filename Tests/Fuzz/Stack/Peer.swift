// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// Somebody whom the host talks with.
struct Peer {
  let address: IPAddress
  /// The host's address for him.
  let host: IPAddress
  let mac: MACAddress
  var isTagged = false

  static let hostMAC = MACAddress([2, 0, 0, 0, 0, 2])
  static let host4 = IPv4Prefix("10.0.0.2/24")
  static let gateway4 = IPv4Address("10.0.0.1")
  static let tagged4 = IPv4Prefix("10.1.0.2/24")
  static let host6 = prefix6("2001:db8::2/64")
  private static let hostLink6 = v6("fe80::ff:fe00:2")

  /// A router, neighbors of both versions and on both networks, and somebody far away.
  static let all = [
    Peer(address: v4("10.0.0.1"), host: v4("10.0.0.2"), mac: mac(1)),
    Peer(address: v4("10.0.0.3"), host: v4("10.0.0.2"), mac: mac(3)),
    Peer(address: v6("fe80::3"), host: hostLink6, mac: mac(3)),
    Peer(address: v6("2001:db8::3"), host: v6("2001:db8::2"), mac: mac(3)),
    Peer(address: v4("10.1.0.3"), host: v4("10.1.0.2"), mac: mac(4), isTagged: true),
    Peer(address: v4("198.51.100.7"), host: v4("10.0.0.2"), mac: mac(1)),
  ]

  private static func mac(_ number: UInt8) -> MACAddress { MACAddress([2, 0, 0, 0, 0, number]) }

  private static func v4(_ text: String) -> IPAddress { .v4(IPv4Address(text) ?? .unspecified) }

  private static func v6(_ text: String) -> IPAddress { .v6(IPv6Address(text) ?? .unspecified) }

  private static func prefix6(_ text: String) -> IPv6Prefix {
    guard let prefix = IPv6Prefix(text) else { preconditionFailure("no prefix") }
    return prefix
  }

  /// The frame of a packet to the host, with the checksums that the payload's protocol wants at an
  /// offset.
  func frame(
    _ payload: [UInt8], _ payloadProtocol: IPProtocol, checksumAt offset: Int?,
    hopLimit: UInt8 = 64, to destination: IPAddress? = nil
  ) -> [UInt8] {
    let destination = destination ?? host
    var payload = payload
    if let offset { payload.seal(payloadProtocol, from: address, to: destination, at: offset) }
    var bytes: [UInt8]
    switch (address, destination) {
    case (.v4(let source), .v4(let destination)):
      var header = IPv4Header(
        source: source, destination: destination, payloadProtocol: payloadProtocol,
        payloadLength: payload.count)
      header.timeToLive = hopLimit
      bytes = encoded(IPv4Header.size) { header.emit(into: &$0) } + payload
    case (.v6(let source), .v6(let destination)):
      var header = IPv6Header(
        source: source, destination: destination, nextHeader: payloadProtocol,
        payloadLength: payload.count)
      header.hopLimit = hopLimit
      bytes = encoded(IPv6Header.size) { header.emit(into: &$0) } + payload
    case (.v4, .v6), (.v6, .v4): return []
    }
    bytes.insert(contentsOf: link(address.isVersion6 ? .ipv6 : .ipv4), at: 0)
    return bytes
  }

  /// The headers of a frame to the host in front of a packet.
  func link(_ type: EtherType) -> [UInt8] {
    let header = EthernetHeader(
      destination: Self.hostMAC, source: mac, type: isTagged ? .vlan : type)
    let bytes = encoded(EthernetHeader.size) { header.emit(into: &$0) }
    guard isTagged else { return bytes }
    return bytes + encoded(VLANTag.size) { VLANTag(identifier: 7, type: type).emit(into: &$0) }
  }
}

extension IPAddress {
  var isVersion6: Bool {
    if case .v6 = self { true } else { false }
  }
}

/// What is written into `count` bytes.
func encoded(_ count: Int, _ write: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  write(&span)
  return bytes
}

extension [UInt8] {
  /// Puts a checksum into its place, which covers addresses where the protocol says so.
  mutating func seal(
    _ payloadProtocol: IPProtocol, from source: IPAddress, to destination: IPAddress, at offset: Int
  ) {
    guard offset + 2 <= count else { return }
    (self[offset], self[offset + 1]) = (0, 0)
    let envelope = PseudoHeader(
      source: source, destination: destination, payloadProtocol: payloadProtocol)
    let isBare = payloadProtocol == .icmp || payloadProtocol == .igmp
    var checksum = isBare ? InternetChecksum() : envelope.checksum(length: count)
    checksum.add(span)
    let value = checksum.value == 0 && payloadProtocol == .udp ? 0xffff : checksum.value
    (self[offset], self[offset + 1]) = (UInt8(value >> 8), UInt8(value & 0xff))
  }
}

/// What a peer knows of a connection.
struct Conversation {
  /// The number of the peer's SYN.
  var peerStart: UInt32 = 0xffff_f000
  /// The number of the host's SYN.
  var hostStart: UInt32?
  /// The number behind the last byte that the host has sent.
  var hostEnd: UInt32 = 0
  /// What the host has acknowledged: the number that the peer sends next.
  var acknowledged: UInt32 = 0xffff_f000
  /// What the peer has acknowledged.
  var peerAcknowledged: UInt32 = 0
  /// The host's latest timestamp.
  var timestamp: UInt32 = 0
  /// The window that the host has told, not scaled.
  var window: UInt16 = 0
}
