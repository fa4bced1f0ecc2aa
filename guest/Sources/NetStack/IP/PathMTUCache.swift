// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// The MTUs of paths that are smaller than that of the link (RFC 1191, RFC 8201). It is bounded, and
/// forgets, since a path may get better.
public struct PathMTUCache: Sendable {
  private struct Entry {
    var address: IPAddress
    var mtu: Int
    var until: Instant
  }

  /// How many paths are remembered.
  public static let capacity = 64
  /// How long a path is remembered (RFC 8201, section 4).
  public static let lifetime: UInt64 = 600_000_000_000
  /// The least that is believed of a path of version 4: anything less is a router's mistake, or an
  /// attack that wants many small packets.
  public static let minimum4 = 552

  /// Sizes of packets on the way of which routers of old, which tell of no MTU, may be (RFC 1191,
  /// section 7.1).
  private static let plateaus = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006]

  private var entries: [Entry] = []

  /// A cache that knows no path.
  public init() {}

  /// The number of paths that are remembered.
  public var count: Int { entries.count }

  /// The most bytes of a packet to `address`, by a link of `mtu`.
  public func mtu(to address: IPAddress, link mtu: Int, at now: Instant) -> Int {
    for entry in entries where entry.address == address && entry.until > now {
      return min(entry.mtu, mtu)
    }
    return mtu
  }

  /// Notes that a packet of `size` bytes to `address` was too big, and that the link it did not fit
  /// carries `mtu`, which is 0 when the router did not say. Returns the new MTU, nil when it is none:
  /// no larger packet could have been.
  public mutating func tooBig(
    _ address: IPAddress, mtu told: UInt32, size: Int, at now: Instant
  ) -> Int? {
    let least =
      switch address {
      case .v4: Self.minimum4
      case .v6: IPv6Header.minimumMTU
      }
    let next = told == 0 ? Self.plateaus.first { $0 < size } ?? least : Int(told)
    let mtu = max(least, next)
    guard mtu < size, mtu < self.mtu(to: address, link: .max, at: now) else { return nil }
    entries.removeAll { $0.address == address || $0.until <= now }
    if entries.count == Self.capacity {
      entries.removeFirst()
    }
    let until = now.advanced(byNanoseconds: Self.lifetime)
    entries.append(Entry(address: address, mtu: mtu, until: until))
    return mtu
  }
}
