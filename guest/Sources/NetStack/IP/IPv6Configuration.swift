// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// How an interface comes to its addresses of version 6 and to its routers: link-local addresses,
/// stateless autoconfiguration (RFC 4862), router discovery (RFC 4861), and the groups that it listens
/// to for them.
struct IPv6Configuration: Sendable {
  /// A message to be sent.
  enum Task: Sendable {
    /// Ask whether somebody has an address, from no address.
    case probe(IPv6Address, nonce: UInt64)
    /// Ask for routers.
    case solicitRouters
    /// Tell routers of groups.
    case report(GroupMembership.Report)
  }

  private static let addressLimit = 16
  /// How often another identifier is tried when an address is somebody else's (RFC 7217, section 7).
  private static let retryLimit = 3

  private(set) var addresses: [InterfaceAddress] = []
  private(set) var discovery = RouterDiscovery()
  private(set) var groups = GroupMembership()
  /// When `nextTask` is to be called until it is nil, at the latest.
  private(set) var deadline: Instant?
  /// Changes when an address comes or goes.
  private(set) var generation: UInt64 = 0

  private var identifier: UInt64
  private var retries = 0
  private var random: SplitMix
  private let linkMTU: Int
  /// How often it is asked whether somebody has an address before that is used; 0 for not at all.
  private let questions: Int
  private var interval: UInt64 = 1_000_000_000
  private(set) var isAutomatic = false

  /// The configuration of an interface of this hardware address, for which `seed` is random.
  init(mac: MACAddress, mtu: Int, seed: UInt64, questions: Int = 1) {
    identifier = mac.interfaceIdentifier
    linkMTU = mtu
    random = SplitMix(seed: seed)
    self.questions = questions
  }

  /// Makes the link-local address, without which there is no version 6 (RFC 4862, section 5.3), and
  /// looks for routers if addresses are to be made from what they tell.
  mutating func start(isAutomatic: Bool, at now: Instant) {
    self.isAutomatic = isAutomatic
    addLinkLocal(at: now)
    if isAutomatic {
      discovery.start(at: now)
    }
    findDeadline()
  }

  /// Adds an address; false when there are too many.
  @discardableResult
  mutating func add(_ prefix: IPv6Prefix, at now: Instant) -> Bool {
    defer { findDeadline() }
    return add(prefix, isAutomatic: false, at: now)
  }

  /// Removes an address.
  mutating func remove(_ address: IPv6Address, at now: Instant) {
    if let index = addresses.firstIndex(where: { $0.address == address }) {
      remove(at: index, now)
    }
    findDeadline()
  }

  /// Whether packets to an address are for this host.
  func has(_ address: IPv6Address) -> Bool {
    addresses.contains { $0.address == address && $0.isAssigned }
  }

  /// Whether packets to a group are for this host.
  func listens(to group: IPv6Address) -> Bool {
    group == .allNodes || groups.contains(.v6(group))
  }

  /// The address of the link, once it is used.
  var linkLocal: IPv6Address? {
    addresses.first { $0.isAssigned && $0.address.isLinkLocal }?.address
  }

  /// Adds a listener to a group; false when there are too many groups.
  mutating func join(_ group: IPv6Address, at now: Instant) -> Bool {
    defer { findDeadline() }
    return groups.join(.v6(group), at: now)
  }

  /// Takes a listener of a group away.
  mutating func leave(_ group: IPv6Address, at now: Instant) {
    groups.leave(.v6(group), at: now)
    findDeadline()
  }

  /// Takes a router's question for groups.
  mutating func handle(_ query: ListenerQuery, at now: Instant) {
    groups.handleQuery(
      for: query.group.map { .v6($0) }, isOldVersion: !query.isVersion2,
      limit: UInt64(query.responseMilliseconds) * 1_000_000, random: random.next(), at: now)
    findDeadline()
  }

  /// Notes that a router does not answer, or does again.
  mutating func note(router: IPv6Address, isSilent: Bool) {
    discovery.note(router, isSilent: isSilent)
  }

  /// Notes that a neighbor is no router any longer.
  mutating func removeRouter(_ address: IPv6Address) {
    discovery.remove(address)
    findDeadline()
  }

  /// Takes what a router tells, as far as it is asked for.
  mutating func handle(_ message: RouterAdvertisement, from source: IPv6Address, at now: Instant) {
    guard isAutomatic else { return }
    discovery.handle(message, from: source, linkMTU: linkMTU, at: now)
    if message.retransmissionMilliseconds != 0 {
      interval = UInt64(min(message.retransmissionMilliseconds, 60_000)) * 1_000_000
    }
    for option in message.options.prefixes where option.isAutonomous {
      configure(option, at: now)
    }
    findDeadline()
  }

  /// Takes a sign that somebody else has or wants an address that is tried out (RFC 4862, sections
  /// 5.4.3 and 5.4.4).
  mutating func handleConflict(_ address: IPv6Address, at now: Instant) {
    guard
      let index = addresses.firstIndex(where: { $0.address == address && $0.detection != nil })
    else { return }
    addresses[index].detection = nil
    addresses[index].state = .duplicate
    groups.leave(.v6(address.solicitedNode), at: now)
    generation &+= 1
    let duplicate = addresses[index]
    if retries < Self.retryLimit, duplicate.isAutomatic || address.isLinkLocal {
      retries += 1
      identifier = random.next()
      addresses.remove(at: index)
      replace(duplicate, at: now)
    }
    findDeadline()
  }

  /// Takes a question for an address that is tried out here.
  mutating func handleProbe(_ solicitation: NeighborSolicitation, at now: Instant) {
    let contested = addresses.contains {
      $0.address == solicitation.target && $0.detection?.isContested(by: solicitation) == true
    }
    if contested {
      handleConflict(solicitation.target, at: now)
    }
  }

  /// The next message to be sent now; nil for none.
  mutating func nextTask(at now: Instant) -> Task? {
    guard let deadline, deadline <= now else { return nil }
    defer { findDeadline() }
    if let report = groups.nextReport(limit: ListenerReport.limit, at: now) {
      return .report(report)
    }
    var index = 0
    while index < addresses.count {
      if addresses[index].valid.isOver(at: now) {
        remove(at: index, now)
        continue
      }
      if let nonce = advance(index, at: now) {
        return .probe(addresses[index].address, nonce: nonce)
      }
      index += 1
    }
    discovery.expire(at: now)
    return discovery.takeQuestion(at: now) ? .solicitRouters : nil
  }

  /// Lets an address become what its time says; returns the nonce of a question to be asked.
  private mutating func advance(_ index: Int, at now: Instant) -> UInt64? {
    if var detection = addresses[index].detection {
      let step = detection.next(at: now)
      addresses[index].detection = detection
      switch step {
      case .solicit: return detection.nonce
      case .unique:
        addresses[index].detection = nil
        addresses[index].state = .preferred
        generation &+= 1
      case nil: return nil
      }
    }
    if addresses[index].state == .preferred, addresses[index].preferred.isOver(at: now) {
      addresses[index].state = .deprecated
      generation &+= 1
    }
    return nil
  }

  private mutating func addLinkLocal(at now: Instant) {
    let address = IPv6Address(high: 0xfe80 << 48, low: identifier)
    if let prefix = IPv6Prefix(address: address, length: 64) {
      add(prefix, isAutomatic: false, at: now)
    }
  }

  @discardableResult
  private mutating func add(_ prefix: IPv6Prefix, isAutomatic: Bool, at now: Instant) -> Bool {
    guard addresses.count < Self.addressLimit,
      !addresses.contains(where: { $0.address == prefix.address }),
      groups.join(.v6(prefix.address.solicitedNode), at: now)
    else { return false }
    var address = InterfaceAddress(
      prefix: prefix, state: .preferred, isAutomatic: isAutomatic)
    if questions > 0 {
      address.state = .tentative
      address.detection = DuplicateAddressDetection(
        nonce: random.next(), questions: questions, interval: interval, at: now)
    }
    addresses.append(address)
    generation &+= 1
    return true
  }

  private mutating func remove(at index: Int, _ now: Instant) {
    let address = addresses.remove(at: index)
    if address.state != .duplicate {
      groups.leave(.v6(address.address.solicitedNode), at: now)
    }
    generation &+= 1
  }

  /// Makes an address from a router's prefix, or renews it (RFC 4862, section 5.5.3).
  private mutating func configure(_ option: NDPOptions.Prefix, at now: Instant) {
    let prefix = option.prefix
    guard prefix.length == 64, !prefix.address.isLinkLocal, !prefix.address.isMulticast,
      option.preferredSeconds <= option.validSeconds
    else { return }
    let known = addresses.firstIndex {
      $0.isAutomatic && $0.prefix.length == 64 && $0.address.high == prefix.address.high
    }
    if let known {
      addresses[known].renew(option, at: now)
      return
    }
    let address = IPv6Address(high: prefix.address.high, low: identifier)
    guard option.validSeconds > 0, let full = IPv6Prefix(address: address, length: 64),
      add(full, isAutomatic: true, at: now)
    else { return }
    let last = addresses.count - 1
    addresses[last].valid = Lifetime(seconds: option.validSeconds, from: now)
    addresses[last].preferred = Lifetime(seconds: option.preferredSeconds, from: now)
  }

  /// Tries another identifier in the place of an address that is somebody else's.
  private mutating func replace(_ duplicate: InterfaceAddress, at now: Instant) {
    let address = IPv6Address(high: duplicate.address.high, low: identifier)
    guard let prefix = IPv6Prefix(address: address, length: duplicate.prefix.length),
      add(prefix, isAutomatic: duplicate.isAutomatic, at: now)
    else { return }
    addresses[addresses.count - 1].valid = duplicate.valid
    addresses[addresses.count - 1].preferred = duplicate.preferred
  }

  private mutating func findDeadline() {
    deadline = addresses.reduce(groups.deadline.earlier(discovery.deadline)) { first, address in
      first.earlier(address.deadline)
    }
  }
}
