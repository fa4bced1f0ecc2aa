// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// What a server lets a client have for some time (RFC 2131, section 4.4).
public struct DHCPLease: Hashable, Sendable {
  /// The address of the client, and its network.
  public var prefix: IPv4Prefix
  /// The server.
  public var server: IPv4Address
  /// Routers, the preferred one first.
  public var routers: [IPv4Address]
  /// Domain name servers, the preferred one first.
  public var nameServers: [IPv4Address]
  /// The domains that names are looked for in: those of the search list, or else the domain.
  public var searchList: [DNSName]
  /// The domain of the client.
  public var domain: DNSName?
  /// The largest packet of the network, if the server says it.
  public var mtu: Int?
  /// Time servers.
  public var timeServers: [IPv4Address]
  /// When the client asks the server for more time (T1).
  public var renewal: Instant
  /// When it asks any server (T2).
  public var rebinding: Instant
  /// When it has to stop using the address.
  public var expiry: Instant

  /// The shortest lease in seconds. With less, a client would do little else than to renew it.
  private static let shortestSeconds: UInt32 = 10
  private static let smallestMTU: UInt16 = 68

  /// What a DHCPACK gives a client that asked for it at `start`; nil if it is nothing that a client
  /// could use.
  init?(_ message: DHCPMessage, server: IPv4Address, since start: Instant) {
    let options = message.options
    guard let seconds = options.number32(.leaseTime),
      let prefix = Self.prefix(message.yourAddress, mask: options.address(.subnetMask))
    else { return nil }
    self.prefix = prefix
    self.server = server
    routers = options.addresses(.routers).filter { $0.rawValue != 0 }
    nameServers = options.addresses(.nameServers).filter { $0.rawValue != 0 }
    timeServers = options.addresses(.timeServers)
    domain = options[.domainName].flatMap { Self.domain($0) }
    let search = options.names(.domainSearch)
    searchList = search.isEmpty ? domain.map { [$0] } ?? [] : search
    // A value below the smallest of RFC 2132, section 5.1, is none.
    mtu = options.number16(.interfaceMTU).flatMap { $0 < Self.smallestMTU ? nil : Int($0) }

    func after(_ seconds: UInt64) -> Instant {
      start.advanced(byNanoseconds: seconds * 1_000_000_000)
    }
    guard seconds != .max else {
      expiry = Instant(nanoseconds: .max)
      renewal = expiry
      rebinding = expiry
      return
    }
    let duration = UInt64(max(seconds, Self.shortestSeconds))
    let second = options.number32(.rebindingTime).map { UInt64($0) } ?? 0
    let t2 = second > 0 && second < duration ? second : duration * 7 / 8
    let first = options.number32(.renewalTime).map { UInt64($0) } ?? 0
    let t1 = first > 0 && first < t2 ? first : min(duration / 2, t2)
    renewal = after(t1)
    rebinding = after(t2)
    expiry = after(duration)
  }

  /// An address that a host can have, in the network of the mask, or of the address's class where
  /// the server does not say.
  private static func prefix(_ address: IPv4Address, mask: IPv4Address?) -> IPv4Prefix? {
    guard isHost(address) else { return nil }
    guard let mask else {
      let length =
        switch address.rawValue >> 30 {
        case 0, 1: 8
        case 2: 16
        default: 24
        }
      return IPv4Prefix(address: address, length: length)
    }
    let length = (~mask.rawValue).leadingZeroBitCount
    let prefix = IPv4Prefix(address: address, length: length)
    return prefix?.mask == mask ? prefix : nil
  }

  /// Whether an address may be that of a host: not of this network, of the loopback, of a group, or
  /// reserved.
  static func isHost(_ address: IPv4Address) -> Bool {
    let network = address.rawValue >> 24
    return network != 0 && network != 127 && network < 224
  }

  private static func domain(_ text: [UInt8]) -> DNSName? {
    // Some servers put a zero behind it.
    DNSName(utf8: text.last == 0 ? text.dropLast() : text[...])
  }
}
