// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

@testable import NetStack

private let mac = MACAddress([2, 0, 0, 0, 0, 9])
private let router = IPv6Address(high: 0xfe80 << 48, low: 1)
private let own = IPv6Address(high: 0xfe80 << 48, low: 0x0000_00ff_fe00_0009)
private let global = IPv6Address(high: 0x2001_0db8 << 32, low: 0x0000_00ff_fe00_0009)

private func seconds(_ count: Double) -> Instant {
  Instant(nanoseconds: UInt64(count * 1_000_000_000))
}

/// What a router tells: that it is one for `lifetime` seconds, of 2001:db8::/64, of an MTU and of a
/// server.
private func advertisement(
  lifetime: UInt16 = 1800, valid: UInt32 = 86400, preferred: UInt32 = 14400, flags: UInt8 = 0xc0,
  length: UInt8 = 64
) throws -> RouterAdvertisement {
  func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
  let head: [UInt8] =
    [134, 0, 0, 0, 60, 0] + bytes(UInt32(lifetime)).suffix(2) + bytes(0) + bytes(0)
  let mtu: [UInt8] = [5, 1, 0, 0] + bytes(1400)
  let prefix: [UInt8] =
    [3, 4, length, flags] + bytes(valid) + bytes(preferred) + bytes(0) + bytes(0x2001_0db8)
    + bytes(0) + bytes(0) + bytes(0)
  let server: [UInt8] =
    [25, 3, 0, 0] + bytes(600) + bytes(0x2001_0db8) + bytes(0) + bytes(0) + bytes(0x53)
  let message = head + mtu + prefix + server
  let read = RouterAdvertisement(message.span)
  return try #require(read)
}

extension IPv6Configuration {
  /// What is to be sent at a time, in words.
  fileprivate mutating func tasks(at now: Instant) -> [String] {
    var names: [String] = []
    while let task = nextTask(at: now), names.count < 100 {
      switch task {
      case .probe(let address, _): names.append("probe \(address)")
      case .solicitRouters: names.append("routers")
      case .report(let report): names.append("report \(report.groups.count)")
      }
    }
    return names
  }

  fileprivate func count(_ kind: RouterDiscovery.Kind) -> Int {
    discovery.items.count { $0.kind == kind }
  }

  fileprivate func state(of address: IPv6Address) -> InterfaceAddress.State? {
    addresses.first { $0.address == address }?.state
  }
}

struct IPv6ConfigurationTests {
  private var configuration = IPv6Configuration(mac: mac, mtu: 1500, seed: 1)

  /// Starts, and lets the link-local address become the interface's.
  private mutating func start() {
    configuration.start(isAutomatic: true, at: seconds(0))
    _ = configuration.tasks(at: seconds(0))
    _ = configuration.tasks(at: seconds(1))
  }

  @Test mutating func triesTheLinkLocalAddressFirst() {
    configuration.start(isAutomatic: true, at: seconds(0))
    let first = configuration.tasks(at: seconds(0))
    #expect(first == ["report 1", "probe \(own)", "routers"])
    #expect(!configuration.has(own))
    #expect(configuration.listens(to: own.solicitedNode))
    #expect(configuration.linkLocal == nil)
    #expect(configuration.deadline == seconds(1))
    let second = configuration.tasks(at: seconds(1))
    #expect(second == ["report 1"])
    #expect(configuration.has(own))
    #expect(configuration.linkLocal == own)
  }

  @Test mutating func asksThreeTimesForRouters() {
    configuration.start(isAutomatic: true, at: seconds(0))
    let times = (0..<60).filter { configuration.tasks(at: seconds(Double($0))).contains("routers") }
    #expect(times == [0, 4, 8])
    #expect(configuration.deadline == nil)
  }

  @Test mutating func makesAnAddressFromAPrefix() throws {
    start()
    configuration.handle(try advertisement(), from: router, at: seconds(2))
    #expect(configuration.state(of: global) == .tentative)
    let tasks = configuration.tasks(at: seconds(2))
    // (The reports are of the old group again, and of the new one.)
    #expect(tasks.last == "probe \(global)")
    _ = configuration.tasks(at: seconds(3))
    #expect(configuration.has(global))
    #expect(configuration.discovery.router == router)
    #expect(configuration.discovery.mtu == 1400)
    #expect(configuration.discovery.hopLimit == 60)
    #expect(configuration.count(.prefix) == 1)
    #expect(configuration.count(.nameServer) == 1)
    let questions = (4..<20).flatMap { configuration.tasks(at: seconds(Double($0))) }
    #expect(!questions.contains("routers"))
  }

  @Test mutating func addressesAgeAndGo() throws {
    start()
    configuration.handle(try advertisement(), from: router, at: seconds(2))
    _ = configuration.tasks(at: seconds(2))
    _ = configuration.tasks(at: seconds(3))
    #expect(configuration.deadline == seconds(602))
    _ = configuration.tasks(at: seconds(602))
    #expect(configuration.count(.nameServer) == 0)
    _ = configuration.tasks(at: seconds(1802))
    #expect(configuration.discovery.router == nil)
    _ = configuration.tasks(at: seconds(14402))
    #expect(configuration.state(of: global) == .deprecated)
    _ = configuration.tasks(at: seconds(86402))
    #expect(configuration.state(of: global) == nil)
    #expect(configuration.count(.prefix) == 0)
    _ = configuration.tasks(at: seconds(86404))
    #expect(configuration.deadline == nil)
  }

  @Test mutating func aRouterCannotEndAnAddressAtOnce() throws {
    start()
    configuration.handle(try advertisement(), from: router, at: seconds(2))
    configuration.handle(try advertisement(valid: 0, preferred: 0), from: router, at: seconds(3))
    let address = try #require(configuration.addresses.first { $0.address == global })
    #expect(address.valid.remaining(at: seconds(3)) == 7_200_000_000_000)
    configuration.handle(
      try advertisement(valid: 100, preferred: 0), from: router, at: seconds(3603))
    let same = try #require(configuration.addresses.first { $0.address == global })
    #expect(same.valid == address.valid)
  }

  @Test(
    arguments: [
      (0x80, 64, 100), (0xc0, 63, 100), (0xc0, 64, 100_000),
    ] as [(UInt8, UInt8, UInt32)])
  mutating func otherPrefixesMakeNoAddress(
    flags: UInt8, length: UInt8, preferred: UInt32
  ) throws {
    start()
    let message = try advertisement(preferred: preferred, flags: flags, length: length)
    configuration.handle(message, from: router, at: seconds(2))
    #expect(configuration.addresses.count == 1)
  }

  @Test mutating func addressesAreBounded() throws {
    start()
    for number in 0..<100 {
      let address = IPv6Address(high: UInt64(0x2001_0db8_0000_0000 + number), low: 5)
      configuration.add(try #require(IPv6Prefix(address: address, length: 64)), at: seconds(2))
    }
    #expect(configuration.addresses.count == 16)
  }

  @Test mutating func aConflictMakesAnotherAddress() {
    configuration.start(isAutomatic: false, at: seconds(0))
    _ = configuration.tasks(at: seconds(0))
    configuration.handleConflict(own, at: seconds(0.5))
    #expect(configuration.state(of: own) == nil)
    let tasks = configuration.tasks(at: seconds(0.5))
    #expect(tasks.contains { $0.hasPrefix("probe fe80::") && $0 != "probe \(own)" })
    _ = configuration.tasks(at: seconds(1.5))
    #expect(configuration.linkLocal != nil)
    #expect(configuration.linkLocal != own)
  }

  @Test mutating func endlessConflictsEnd() {
    configuration.start(isAutomatic: false, at: seconds(0))
    for step in 0..<10 {
      let now = seconds(Double(step) / 10)
      for address in configuration.addresses {
        configuration.handleConflict(address.address, at: now)
      }
      _ = configuration.tasks(at: now)
    }
    #expect(configuration.addresses.map(\.state) == [.duplicate])
  }

  @Test mutating func aConfiguredAddressIsNotReplaced() throws {
    let prefix = try #require(IPv6Prefix("2001:db8::7/64"))
    start()
    configuration.add(prefix, at: seconds(2))
    configuration.handleConflict(prefix.address, at: seconds(2.1))
    #expect(configuration.state(of: prefix.address) == .duplicate)
    #expect(!configuration.has(prefix.address))
    // What is in use is not given up because somebody says so.
    configuration.handleConflict(own, at: seconds(3))
    #expect(configuration.has(own))
  }

  @Test mutating func ownQuestionsAreNoConflict() throws {
    configuration.start(isAutomatic: false, at: seconds(0))
    _ = configuration.nextTask(at: seconds(0))
    let task = configuration.nextTask(at: seconds(0))
    guard case .probe(let address, let nonce) = task else {
      Issue.record("no probe")
      return
    }
    var question = NeighborSolicitation(target: address)
    question.options.nonce = nonce
    configuration.handleProbe(question, at: seconds(0.1))
    #expect(configuration.state(of: own) == .tentative)
    question.options.nonce = nil
    configuration.handleProbe(question, at: seconds(0.1))
    #expect(configuration.state(of: own) == nil)
  }

  @Test mutating func withoutQuestionsAnAddressIsUsedAtOnce() throws {
    configuration = IPv6Configuration(mac: mac, mtu: 1500, seed: 1, questions: 0)
    configuration.start(isAutomatic: false, at: seconds(0))
    #expect(configuration.linkLocal == own)
  }

  @Test mutating func aSilentRouterIsReplaced() throws {
    start()
    let second = IPv6Address(high: 0xfe80 << 48, low: 2)
    configuration.handle(try advertisement(), from: router, at: seconds(2))
    configuration.handle(try advertisement(), from: second, at: seconds(2))
    #expect(configuration.discovery.router == router)
    configuration.note(router: router, isSilent: true)
    #expect(configuration.discovery.router == second)
    configuration.note(router: router, isSilent: false)
    #expect(configuration.discovery.router == router)
    configuration.handle(try advertisement(lifetime: 0), from: router, at: seconds(3))
    #expect(configuration.discovery.router == second)
  }
}
