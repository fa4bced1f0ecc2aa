// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// The hardware addresses of an interface's neighbors, for ARP (RFC 826) and for Neighbor Discovery
/// (RFC 4861, section 7.3) alike. It is bounded, and forgets by what is used.
public struct NeighborCache: Sendable {
  /// What is known about an address.
  public enum Resolution: Hashable, Sendable {
    /// Packets go to this station.
    case reachable(MACAddress)
    /// It is being asked for. A packet may wait for the answer (`enqueue`).
    case pending
  }

  /// A question to be sent.
  public struct Solicitation: Hashable, Sendable {
    /// The neighbor that is looked for.
    public var address: IPAddress
    /// Whom to ask: the station that it was last, or nil for everybody.
    public var hardware: MACAddress?
  }

  /// A neighbor that did not answer.
  public struct Failure: Hashable, Sendable {
    /// The neighbor.
    public var address: IPAddress
    /// The packets that waited for it.
    public var packets: [[UInt8]]
  }

  /// How many questions remain unanswered before a neighbor counts as gone (RFC 4861, section 10).
  public static let tries = 3
  /// How many packets wait for one neighbor.
  public static let queueLimit = 3

  /// How long a neighbor counts as reachable once that is known.
  public var reachableNanoseconds: UInt64 = 30_000_000_000
  /// The time between two questions.
  public var retransmissionNanoseconds: UInt64 = 1_000_000_000
  /// How long a neighbor that is not known to be reachable is used before it is asked.
  public var delayNanoseconds: UInt64 = 5_000_000_000

  /// Changes whenever `lookup` has to be asked again: when a mapping changes, ends or grows stale.
  /// Between two changes, what it said may be used.
  public private(set) var generation: UInt64 = 0
  /// When `nextSolicitation` is to be called until it is nil, then `nextFailure`, at the latest.
  public private(set) var deadline: Instant?

  private var entries: [IPAddress: NeighborEntry] = [:]
  private var failures: [Failure] = []
  private let capacity: Int

  /// An empty cache for up to `capacity` neighbors.
  public init(capacity: Int = 256) {
    precondition(capacity > 0, "a cache for nothing")
    self.capacity = capacity
  }

  /// The number of neighbors.
  public var count: Int { entries.count }

  /// Where to send packets for `address`; one that is not known is asked for.
  public mutating func lookup(_ address: IPAddress, at now: Instant) -> Resolution {
    guard let index = entries.index(forKey: address) else {
      makeRoom(evictingUsed: true)
      entries[address] = NeighborEntry(state: .incomplete(tries: 0), deadline: now, lastUse: now)
      schedule(now)
      return .pending
    }
    let isStale = entries.values[index].use(at: now, delay: delayNanoseconds)
    if isStale, let deadline = entries.values[index].deadline {
      schedule(deadline)
    }
    guard let hardware = entries.values[index].hardware else { return .pending }
    return .reachable(hardware)
  }

  /// Keeps what follows the Ethernet header of a packet until `address`, which is pending, answers.
  /// The oldest packet makes room for it.
  public mutating func enqueue(_ packet: [UInt8], for address: IPAddress) {
    guard let index = entries.index(forKey: address), entries.values[index].hardware == nil else {
      return
    }
    if entries.values[index].packets.count == Self.queueLimit {
      entries.values[index].packets.removeFirst()
    }
    entries.values[index].packets.append(packet)
  }

  /// Notes an advertisement of a known neighbor: an ARP reply, a gratuitous one, or a neighbor
  /// advertisement (section 7.2.5). Returns the packets that waited for it.
  public mutating func confirmed(
    _ address: IPAddress, _ hardware: MACAddress, solicited: Bool, override: Bool, at now: Instant
  ) -> [[UInt8]] {
    guard let index = entries.index(forKey: address), !hardware.isMulticast else { return [] }
    guard let known = entries.values[index].hardware else {
      return complete(index, hardware, reachable: solicited, at: now)
    }
    let isNew = known != hardware
    if isNew && !override {
      if case .reachable = entries.values[index].state {
        become(.stale, index, deadline: nil)
        generation &+= 1
      }
      return []
    }
    entries.values[index].hardware = hardware
    if solicited {
      become(.reachable, index, deadline: now.advanced(byNanoseconds: reachableNanoseconds))
    } else if isNew {
      become(.stale, index, deadline: nil)
    }
    if isNew {
      generation &+= 1
    }
    return []
  }

  /// Notes that a packet from `address`, one that asks for something here, named its hardware
  /// address (section 7.2.3). Returns the packets that waited for it.
  public mutating func heard(
    _ address: IPAddress, _ hardware: MACAddress, at now: Instant
  ) -> [[UInt8]] {
    guard !hardware.isMulticast else { return [] }
    guard entries.index(forKey: address) == nil else {
      return confirmed(address, hardware, solicited: false, override: true, at: now)
    }
    if makeRoom(evictingUsed: false) {
      entries[address] = NeighborEntry(
        state: .stale, hardware: hardware, deadline: nil, lastUse: now)
    }
    return []
  }

  /// Notes that packets reach `address`, as progress of a connection shows (section 7.3.1).
  public mutating func reached(_ address: IPAddress, at now: Instant) {
    guard let index = entries.index(forKey: address), entries.values[index].hardware != nil else {
      return
    }
    entries.values[index].lastUse = now
    become(.reachable, index, deadline: now.advanced(byNanoseconds: reachableNanoseconds))
  }

  /// Forgets everything, as when the link was gone.
  public mutating func removeAll() {
    entries = [:]
    deadline = nil
    generation &+= 1
  }

  /// The next question to be sent now, nil for none.
  public mutating func nextSolicitation(at now: Instant) -> Solicitation? {
    guard let deadline, deadline <= now else { return nil }
    var earliest: Instant?
    var index = entries.startIndex
    while index != entries.endIndex {
      if let due = entries.values[index].deadline, due <= now {
        switch step(index, at: now) {
        case .ask(let solicitation):
          // There may be more that are due, so that the deadline stays.
          return solicitation
        case .forget:
          remove(index)
          index = entries.startIndex
          earliest = nil
          continue
        case .nothing: break
        }
      }
      if let next = entries.values[index].deadline {
        earliest = earliest.map { min($0, next) } ?? next
      }
      entries.formIndex(after: &index)
    }
    self.deadline = earliest
    return nil
  }

  /// The next neighbor that did not answer, nil for none. To be called behind `nextSolicitation`.
  public mutating func nextFailure() -> Failure? {
    failures.popLast()
  }

  private enum Step {
    case ask(Solicitation)
    case forget
    case nothing
  }

  /// What an entry whose time has come does.
  private mutating func step(_ index: Dictionary<IPAddress, NeighborEntry>.Index, at now: Instant)
    -> Step
  {
    let entry = entries.values[index]
    let retry = now.advanced(byNanoseconds: retransmissionNanoseconds)
    let question = Solicitation(address: entries.keys[index], hardware: entry.hardware)
    switch entry.state {
    case .incomplete(let tries):
      if tries == Self.tries {
        return .forget
      }
      become(.incomplete(tries: tries + 1), index, deadline: retry)
      return .ask(question)
    case .delay:
      become(.probe(tries: 1), index, deadline: retry)
      return .ask(question)
    case .probe(let tries):
      if tries == Self.tries {
        return .forget
      }
      become(.probe(tries: tries + 1), index, deadline: retry)
      return .ask(question)
    case .reachable:
      become(.stale, index, deadline: nil)
      generation &+= 1
      return .nothing
    case .stale:
      return .nothing
    }
  }

  private mutating func remove(_ index: Dictionary<IPAddress, NeighborEntry>.Index) {
    let (address, entry) = entries.remove(at: index)
    generation &+= 1
    // Nobody may be there to take them.
    if failures.count < capacity {
      failures.append(Failure(address: address, packets: entry.packets))
    }
  }

  private mutating func complete(
    _ index: Dictionary<IPAddress, NeighborEntry>.Index, _ hardware: MACAddress, reachable: Bool,
    at now: Instant
  ) -> [[UInt8]] {
    let packets = entries.values[index].packets
    entries.values[index].packets = []
    entries.values[index].hardware = hardware
    if reachable {
      become(.reachable, index, deadline: now.advanced(byNanoseconds: reachableNanoseconds))
    } else {
      become(.stale, index, deadline: nil)
    }
    generation &+= 1
    return packets
  }

  private mutating func become(
    _ state: NeighborEntry.State, _ index: Dictionary<IPAddress, NeighborEntry>.Index,
    deadline: Instant?
  ) {
    entries.values[index].state = state
    entries.values[index].deadline = deadline
    if let deadline {
      schedule(deadline)
    }
  }

  private mutating func schedule(_ instant: Instant) {
    deadline = deadline.map { min($0, instant) } ?? instant
  }

  /// Evicts the least recently used entry when there is no room, one that nobody uses if there is
  /// one. Says whether there is room.
  @discardableResult
  private mutating func makeRoom(evictingUsed: Bool) -> Bool {
    guard entries.count >= capacity else { return true }
    var victim: Dictionary<IPAddress, NeighborEntry>.Index?
    for index in entries.indices {
      if let best = victim, !entries.values[index].isLessUsed(than: entries.values[best]) {
        continue
      }
      victim = index
    }
    guard let victim, evictingUsed || !entries.values[victim].isUsed else { return false }
    entries.remove(at: victim)
    generation &+= 1
    return true
  }
}
