// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What routers tell of themselves and of the link (RFC 4861, section 6.3; RFC 8106). All of it is
/// bounded, and none outlives its time.
struct RouterDiscovery: Sendable {
  /// A router that may be used for what is not on the link.
  struct Router: Sendable {
    let address: IPv6Address
    var preference: Int
    var lifetime: Lifetime
    /// Whether it did not answer lately.
    var isSilent = false
  }

  /// A prefix whose hosts are on the link.
  struct OnLinkPrefix: Sendable {
    let prefix: IPv6Prefix
    var lifetime: Lifetime
  }

  /// A server that resolves names.
  struct NameServer: Sendable {
    let address: IPv6Address
    var lifetime: Lifetime
  }

  private static let routerLimit = 4
  private static let prefixLimit = 16
  private static let nameServerLimit = 4
  /// How often routers are asked, and the time between (section 10).
  private static let questions = 3
  private static let interval: UInt64 = 4_000_000_000

  private(set) var routers: [Router] = []
  private(set) var prefixes: [OnLinkPrefix] = []
  private(set) var nameServers: [NameServer] = []
  /// The hop limit that packets are to have.
  private(set) var hopLimit: UInt8 = 64
  /// The MTU that is told of the link.
  private(set) var mtu: Int?

  private var questionsLeft = 0
  private var questionDue: Instant?

  /// Begins to ask for routers.
  mutating func start(at now: Instant) {
    questionsLeft = Self.questions
    questionDue = now
  }

  /// When there is something to do, at the latest.
  var deadline: Instant? {
    var first = questionDue
    for router in routers {
      first = router.lifetime.earlier(first)
    }
    for prefix in prefixes {
      first = prefix.lifetime.earlier(first)
    }
    for server in nameServers {
      first = server.lifetime.earlier(first)
    }
    return first
  }

  /// Whether routers are to be asked for now.
  mutating func takeQuestion(at now: Instant) -> Bool {
    guard let due = questionDue, due <= now else { return false }
    questionsLeft -= 1
    questionDue = questionsLeft > 0 ? now.advanced(byNanoseconds: Self.interval) : nil
    return true
  }

  /// Forgets what is over.
  mutating func expire(at now: Instant) {
    routers.removeAll { $0.lifetime.isOver(at: now) }
    prefixes.removeAll { $0.lifetime.isOver(at: now) }
    nameServers.removeAll { $0.lifetime.isOver(at: now) }
  }

  /// Takes what a router tells (section 6.3.4).
  mutating func handle(
    _ message: RouterAdvertisement, from source: IPv6Address, linkMTU: Int, at now: Instant
  ) {
    if message.lifetime > 0 {
      questionDue = nil
    }
    note(message, from: source, at: now)
    if message.hopLimit != 0 {
      hopLimit = message.hopLimit
    }
    if let told = message.options.mtu, told >= UInt32(IPv6Header.minimumMTU), told <= linkMTU {
      mtu = Int(told)
    }
    for option in message.options.prefixes where option.isOnLink {
      note(option, at: now)
    }
    for server in message.options.nameServers {
      note(server, at: now)
    }
  }

  /// The router for what is not on the link: the one that wants it most of those that answer.
  var router: IPv6Address? {
    var best: Router?
    for router in routers where best.map({ Self.isBetter(router, than: $0) }) ?? true {
      best = router
    }
    return best?.address
  }

  /// Notes whether a router answers.
  mutating func note(_ address: IPv6Address, isSilent: Bool) {
    for index in routers.indices where routers[index].address == address {
      routers[index].isSilent = isSilent
    }
  }

  /// Whether a router tells that it is none any longer (section 7.2.5).
  mutating func remove(_ address: IPv6Address) {
    routers.removeAll { $0.address == address }
  }

  private static func isBetter(_ one: Router, than other: Router) -> Bool {
    if one.isSilent != other.isSilent {
      return !one.isSilent
    }
    return one.preference > other.preference
  }

  private mutating func note(
    _ message: RouterAdvertisement, from address: IPv6Address, at now: Instant
  ) {
    if message.lifetime == 0 {
      return remove(address)
    }
    let lifetime = Lifetime(seconds: UInt32(message.lifetime), from: now)
    if let index = routers.firstIndex(where: { $0.address == address }) {
      routers[index].preference = message.preference
      routers[index].lifetime = lifetime
    } else if routers.count < Self.routerLimit {
      routers.append(
        Router(address: address, preference: message.preference, lifetime: lifetime))
    }
  }

  private mutating func note(_ option: NDPOptions.Prefix, at now: Instant) {
    let prefix = option.prefix
    // The link's own prefix is nobody's to tell.
    guard !prefix.address.isLinkLocal, !prefix.address.isMulticast else { return }
    let index = prefixes.firstIndex {
      $0.prefix.length == prefix.length && $0.prefix.contains(prefix.address)
    }
    let lifetime = Lifetime(seconds: option.validSeconds, from: now)
    if let index {
      prefixes[index].lifetime = lifetime
    } else if option.validSeconds > 0, prefixes.count < Self.prefixLimit {
      prefixes.append(OnLinkPrefix(prefix: prefix, lifetime: lifetime))
    }
    prefixes.removeAll { $0.lifetime.isOver(at: now) }
  }

  private mutating func note(_ server: NDPOptions.NameServer, at now: Instant) {
    guard !server.address.isMulticast, server.address != .unspecified else { return }
    let lifetime = Lifetime(seconds: server.seconds, from: now)
    if let index = nameServers.firstIndex(where: { $0.address == server.address }) {
      nameServers[index].lifetime = lifetime
    } else if server.seconds > 0, nameServers.count < Self.nameServerLimit {
      nameServers.append(NameServer(address: server.address, lifetime: lifetime))
    }
    nameServers.removeAll { $0.lifetime.isOver(at: now) }
  }
}
