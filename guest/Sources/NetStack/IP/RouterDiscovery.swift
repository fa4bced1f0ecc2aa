// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What routers tell of themselves and of the link (RFC 4861, section 6.3; RFC 8106). All of it is
/// bounded, and none outlives its time.
struct RouterDiscovery: Sendable {
  /// What something that was told is.
  enum Kind: Sendable {
    /// A router that may be used for what is not on the link.
    case router
    /// A prefix whose hosts are on the link.
    case prefix
    /// A server that resolves names.
    case nameServer

    /// How many of a kind are remembered.
    fileprivate var limit: Int {
      switch self {
      case .router, .nameServer: 4
      case .prefix: 16
      }
    }
  }

  /// Something that was told.
  struct Item: Sendable {
    let kind: Kind
    /// What it is about: a network, or a single address.
    let prefix: IPv6Prefix
    var lifetime: Lifetime
    /// How much a router wants to be used.
    var preference = 0
    /// Whether a router did not answer lately.
    var isSilent = false

    var address: IPv6Address { prefix.address }
  }

  /// How often routers are asked, and the time between (section 10).
  private static let questions = 3
  private static let interval: UInt64 = 4_000_000_000

  private(set) var items: [Item] = []
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
    items.reduce(questionDue) { $1.lifetime.earlier($0) }
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
    items.removeAll { $0.lifetime.isOver(at: now) }
  }

  /// Takes what a router tells (section 6.3.4).
  mutating func handle(
    _ message: RouterAdvertisement, from source: IPv6Address, linkMTU: Int, at now: Instant
  ) {
    if message.lifetime > 0 {
      questionDue = nil
    }
    let lifetime = Lifetime(seconds: UInt32(message.lifetime), from: now)
    note(.router, source, 128, lifetime, preference: message.preference, at: now)
    if message.hopLimit != 0 {
      hopLimit = message.hopLimit
    }
    if let told = message.options.mtu, told >= UInt32(IPv6Header.minimumMTU), told <= linkMTU {
      mtu = Int(told)
    }
    for option in message.options.prefixes where option.isOnLink {
      let lifetime = Lifetime(seconds: option.validSeconds, from: now)
      note(.prefix, option.prefix.address, option.prefix.length, lifetime, at: now)
    }
    for server in message.options.nameServers {
      let lifetime = Lifetime(seconds: server.seconds, from: now)
      note(.nameServer, server.address, 128, lifetime, at: now)
    }
    expire(at: now)
  }

  /// The router for what is not on the link: the one that wants it most of those that answer.
  var router: IPv6Address? {
    var best: Item?
    for item in items where item.kind == .router {
      if best.map({ Self.isBetter(item, than: $0) }) ?? true {
        best = item
      }
    }
    return best?.address
  }

  /// Notes whether a router answers.
  mutating func note(_ address: IPv6Address, isSilent: Bool) {
    for index in items.indices where items[index].isRouter(address) {
      items[index].isSilent = isSilent
    }
  }

  /// Notes that a neighbor is no router any longer (section 7.2.5).
  mutating func remove(_ address: IPv6Address) {
    items.removeAll { $0.isRouter(address) }
  }

  private static func isBetter(_ one: Item, than other: Item) -> Bool {
    one.isSilent == other.isSilent ? one.preference > other.preference : !one.isSilent
  }

  /// Takes note of something, or of its new lifetime.
  private mutating func note(
    _ kind: Kind, _ address: IPv6Address, _ length: Int, _ lifetime: Lifetime,
    preference: Int = 0, at now: Instant
  ) {
    // The link's own prefix is nobody's to tell.
    guard !address.isMulticast, address != .unspecified || kind == .prefix,
      !address.isLinkLocal || kind != .prefix,
      let prefix = IPv6Prefix(address: address, length: length)
    else { return }
    var count = 0
    for index in items.indices where items[index].kind == kind {
      if items[index].prefix.length == length, prefix.contains(items[index].address) {
        items[index].lifetime = lifetime
        items[index].preference = preference
        return
      }
      count += 1
    }
    if count < kind.limit {
      items.append(
        Item(kind: kind, prefix: prefix, lifetime: lifetime, preference: preference))
    }
  }
}

extension RouterDiscovery.Item {
  fileprivate func isRouter(_ address: IPv6Address) -> Bool {
    kind == .router && self.address == address
  }
}
