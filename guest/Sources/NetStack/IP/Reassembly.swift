// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// Packets whose fragments arrive one by one, of IPv4 (RFC 791, section 3.2) and of IPv6 (RFC 8200,
/// section 4.5) alike. What it keeps is bounded in number, in bytes and in time; the oldest packet
/// makes room. Fragments that overlap spoil their packet (RFC 5722).
public struct Reassembly: Sendable {
  /// Where a fragment belongs.
  public struct Fragment: Hashable, Sendable {
    /// Who sent the packet.
    public var source: IPAddress
    /// Whom the packet is for.
    public var destination: IPAddress
    /// What the payload of the packet is. In IPv6 that of the first fragment counts.
    public var payloadProtocol: IPProtocol
    /// The number that the fragments of one packet share.
    public var identification: UInt32
    /// Where the fragment belongs in the payload of the packet.
    public var offset: Int
    /// Whether another fragment follows.
    public var moreFragments: Bool

    /// The fragment of these fields.
    public init(
      source: IPAddress, destination: IPAddress, payloadProtocol: IPProtocol,
      identification: UInt32, offset: Int, moreFragments: Bool
    ) {
      self.source = source
      self.destination = destination
      self.payloadProtocol = payloadProtocol
      self.identification = identification
      self.offset = offset
      self.moreFragments = moreFragments
    }
  }

  /// A packet that is complete.
  public struct Packet: Hashable, Sendable {
    /// What the payload is.
    public var payloadProtocol: IPProtocol
    /// The headers of the first fragment, in front of its payload.
    public var header: [UInt8]
    /// The payload.
    public var payload: [UInt8]
  }

  /// What a fragment brings.
  public enum Outcome: Hashable, Sendable {
    /// There is more to come.
    case incomplete
    /// The packet is complete.
    case complete(Packet)
    /// The fragment is not the last one and has no multiple of 8 bytes, for which the sender of IPv6
    /// gets a parameter problem.
    case unaligned
    /// The packet would be too large, for which the sender of IPv6 gets a parameter problem.
    case tooLarge
    /// The fragment, or its whole packet, is dropped without a word.
    case dropped
  }

  /// A packet that did not become complete in time, though its first fragment came.
  public struct Expired: Hashable, Sendable {
    /// Who sent the packet.
    public var source: IPAddress
    /// Whom the packet was for.
    public var destination: IPAddress
    /// The headers of the first fragment, and what came of its payload: what a message about it
    /// quotes.
    public var quote: [UInt8]
  }

  /// The most payload of a packet.
  public static let payloadLimit = 65535
  /// How long fragments of IPv4 wait for each other.
  public static let lifetime4: UInt64 = 30_000_000_000
  /// How long fragments of IPv6 wait for each other (RFC 8200, section 4.5).
  public static let lifetime6: UInt64 = 60_000_000_000

  private var packets: [PartialPacket] = []
  private let packetLimit: Int
  private let byteLimit: Int

  /// An empty store for at most so many packets, of so many bytes together.
  public init(packetLimit: Int = 16, byteLimit: Int = 256 << 10) {
    precondition(packetLimit > 0 && byteLimit >= Self.payloadLimit, "no room for a packet")
    self.packetLimit = packetLimit
    self.byteLimit = byteLimit
  }

  /// The number of packets that wait for fragments.
  public var count: Int { packets.count }

  /// The bytes that are held for them.
  public var byteCount: Int {
    packets.reduce(0) { $0 + $1.byteCount }
  }

  /// When `nextExpired` is to be called, at the latest.
  public var deadline: Instant? {
    packets.reduce(nil) { earliest, packet in
      earliest.map { min($0, packet.deadline) } ?? packet.deadline
    }
  }

  /// Takes a fragment: the part `payload` of `bytes`, in front of which stand its headers.
  public mutating func insert(
    _ fragment: Fragment, _ bytes: Span<UInt8>, payload: Range<Int>, at now: Instant
  ) -> Outcome {
    let (end, overflow) = fragment.offset.addingReportingOverflow(payload.count)
    guard fragment.offset >= 0, !overflow, end <= Self.limit(fragment) else { return .tooLarge }
    if fragment.moreFragments && payload.count % 8 != 0 {
      return .unaligned
    }
    let index = packets.firstIndex { $0.holds(fragment) } ?? add(fragment, at: now)
    // A packet that is older than that is as good as gone.
    if packets[index].deadline <= now {
      return .dropped
    }
    let before = packets[index].byteCount
    packets[index].insert(fragment, bytes, payload: payload)
    if packets[index].isComplete {
      let packet = packets.remove(at: index)
      return .complete(
        Packet(
          payloadProtocol: packet.payloadProtocol, header: packet.header, payload: packet.payload))
    }
    if packets[index].isSpoiled {
      return .dropped
    }
    if packets[index].byteCount > before {
      makeRoom(keeping: index)
    }
    return .incomplete
  }

  /// The next packet whose time is over and whose first fragment came, nil for none.
  public mutating func nextExpired(at now: Instant) -> Expired? {
    while let index = packets.firstIndex(where: { $0.deadline <= now }) {
      let packet = packets.remove(at: index)
      if !packet.header.isEmpty {
        return Expired(
          source: packet.source, destination: packet.destination,
          quote: packet.header + packet.payload.prefix(packet.firstEnd))
      }
    }
    return nil
  }

  /// The most payload that a packet of a version may have. The rest of 64 KiB is the header.
  private static func limit(_ fragment: Fragment) -> Int {
    switch fragment.source {
    case .v4: payloadLimit - IPv4Header.size
    case .v6: payloadLimit
    }
  }

  private mutating func add(_ fragment: Fragment, at now: Instant) -> Int {
    if packets.count == packetLimit {
      packets.removeFirst()
    }
    let lifetime =
      switch fragment.source {
      case .v4: Self.lifetime4
      case .v6: Self.lifetime6
      }
    packets.append(PartialPacket(fragment, deadline: now.advanced(byNanoseconds: lifetime)))
    return packets.count - 1
  }

  /// Drops the oldest packets but one, until the rest is small enough. (They stand in their order.)
  private mutating func makeRoom(keeping kept: Int) {
    var kept = kept
    var total = byteCount
    while total > byteLimit {
      let victim = kept == 0 ? 1 : 0
      guard victim < packets.count else { return }
      total -= packets.remove(at: victim).byteCount
      kept -= victim < kept ? 1 : 0
    }
  }
}
