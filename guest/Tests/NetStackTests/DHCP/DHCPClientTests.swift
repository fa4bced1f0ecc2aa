// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport
import Testing

struct DHCPClientTests {
  private var conversation = DHCPConversation()

  @Test mutating func discoverIsBroadcast() throws {
    let (message, destination) = try conversation.send()
    #expect(message.kind == .discover)
    #expect(message.operation == .request)
    #expect(message.isBroadcast)
    #expect(message.clientAddress.rawValue == 0)
    #expect(message.clientHardware == DHCPConversation.hardware)
    #expect(destination.description == "255.255.255.255")
    #expect(message.options[.hostName] == Array("box".utf8))
    #expect(message.options[.clientIdentifier] == [1, 2, 0, 0, 0, 0, 7])
    #expect(message.options[.parameterRequestList]?.contains(119) == true)
    let again = conversation.next() == nil
    #expect(again)
  }

  /// RFC 2131, section 4.1.
  @Test mutating func discoverIsRepeatedWithBackOff() throws {
    let first = try conversation.send().message
    for seconds in [4.0, 8, 16, 32, 64, 64] {
      let wait = conversation.waitForDeadline()
      #expect(abs(wait - seconds) <= 1, "\(wait)")
      let message = try conversation.send().message
      #expect(message.transaction == first.transaction)
      #expect(message.seconds > 0)
    }
  }

  @Test mutating func requestTakesTheOffer() throws {
    let request = try conversation.request()
    #expect(request.kind == .request)
    #expect(request.options.address(.requestedAddress) == DHCPConversation.address)
    #expect(request.options.address(.serverIdentifier) == DHCPConversation.server)
    #expect(request.clientAddress.rawValue == 0)
    #expect(conversation.client.lease == nil)
  }

  @Test mutating func acknowledgmentGivesTheLease() throws {
    try conversation.bind {
      $0.options.set(.interfaceMTU, UInt16(1400))
      $0.options[.nameServers] = [10, 0, 0, 1, 10, 0, 0, 2]
      $0.options[.domainName] = Array("example.org".utf8) + [0]
      $0.options[.timeServers] = [10, 0, 0, 3]
    }
    let lease = try #require(conversation.client.lease)
    #expect(lease.prefix.description == "10.0.0.7/24")
    #expect(lease.routers == [DHCPConversation.server])
    #expect(lease.nameServers.map(\.description) == ["10.0.0.1", "10.0.0.2"])
    #expect(lease.domain == DNSName("example.org"))
    #expect(lease.searchList == [lease.domain])
    #expect(lease.mtu == 1400)
    #expect(lease.timeServers.map(\.description) == ["10.0.0.3"])
    #expect(lease.renewal.nanoseconds(since: DHCPConversation.start) == 1_800_000_000_000)
    #expect(lease.rebinding.nanoseconds(since: DHCPConversation.start) == 3_150_000_000_000)
    #expect(lease.expiry.nanoseconds(since: DHCPConversation.start) == 3_600_000_000_000)
    #expect(conversation.client.deadline == lease.renewal)
  }

  @Test mutating func searchListWinsOverTheDomain() throws {
    try conversation.bind {
      $0.options[.domainName] = Array("example.org".utf8)
      $0.options[.domainSearch] = [1, 0x61, 0, 1, 0x62, 0xc0, 0]
    }
    let list = conversation.client.lease?.searchList.map(\.description)
    #expect(list == ["a.", "b.a."])
  }

  @Test mutating func timesOfTheServerCountIfTheyMakeSense() throws {
    try conversation.bind {
      $0.options.set(.renewalTime, UInt32(100))
      $0.options.set(.rebindingTime, UInt32(200))
    }
    let good = try #require(conversation.client.lease)
    #expect(good.renewal.nanoseconds(since: DHCPConversation.start) == 100_000_000_000)
    #expect(good.rebinding.nanoseconds(since: DHCPConversation.start) == 200_000_000_000)
    var other = DHCPConversation()
    try other.bind {
      $0.options.set(.renewalTime, UInt32(5000))
      $0.options.set(.rebindingTime, UInt32(4000))
    }
    let lease = try #require(other.client.lease)
    #expect(lease.rebinding.nanoseconds(since: DHCPConversation.start) == 3_150_000_000_000)
    #expect(lease.renewal.nanoseconds(since: DHCPConversation.start) == 1_800_000_000_000)
  }

  @Test mutating func leaseCountsFromTheRequest() throws {
    let request = try conversation.request()
    conversation.pass(seconds: 2)
    conversation.answer(request, .acknowledgment)
    conversation.hearNobody()
    let lease = try #require(conversation.client.lease)
    #expect(lease.expiry.nanoseconds(since: DHCPConversation.start) == 3_600_000_000_000)
  }

  @Test mutating func leaseWithoutEndIsNotRenewed() throws {
    try conversation.bind { $0.options.set(.leaseTime, UInt32.max) }
    #expect(conversation.client.lease != nil)
    #expect(conversation.client.deadline == Instant(nanoseconds: .max))
  }

  @Test mutating func shortLeaseIsNotRenewedAllTheTime() throws {
    try conversation.bind { $0.options.set(.leaseTime, UInt32(0)) }
    #expect(
      conversation.client.deadline.nanoseconds(since: DHCPConversation.start) == 5_000_000_000)
  }

  /// Another transaction, another client, no server, another server, another address, a request,
  /// a mask with holes, no lease time, addresses that no host has.
  @Test(arguments: 0..<11) mutating func acknowledgmentIsNotForTheClient(change: Int) throws {
    let request = try conversation.request()
    conversation.answer(request, .acknowledgment) {
      switch change {
      case 0: $0.transaction &+= 1
      case 1: $0.clientHardware = .broadcast
      case 2: $0.options[.serverIdentifier] = nil
      case 3: $0.options.set(.serverIdentifier, IPv4Address(rawValue: 1))
      case 4: $0.yourAddress = IPv4Address(rawValue: 0x0a00_0008)
      case 5: $0.operation = .request
      case 6: $0.options.set(.subnetMask, IPv4Address(rawValue: 0xff00_ff00))
      case 7: $0.options[.leaseTime] = nil
      case 8: $0.kind = .offer
      case 9: $0.kind = .inform
      default: $0.options[.leaseTime] = [1]
      }
    }
    conversation.hearNobody()
    #expect(conversation.client.lease == nil)
    conversation.answer(request, .acknowledgment)
    conversation.hearNobody()
    #expect(conversation.client.lease != nil)
  }

  @Test(arguments: ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3"])
  mutating func offerOfNoHostIsNotTaken(address: String) throws {
    let discover = try conversation.send().message
    let offered = try #require(IPv4Address(address))
    conversation.answer(discover, .offer) { $0.yourAddress = offered }
    let next = conversation.next() == nil
    #expect(next)
  }

  @Test(arguments: [("10.0.0.7", 8), ("172.16.0.7", 16), ("192.168.0.7", 24)])
  mutating func maskIsThatOfTheClass(address: String, length: Int) throws {
    let offered = try #require(IPv4Address(address))
    let discover = try conversation.send().message
    conversation.answer(discover, .offer) { $0.yourAddress = offered }
    let request = try conversation.send().message
    conversation.answer(request, .acknowledgment) {
      $0.yourAddress = offered
      $0.options[.subnetMask] = nil
    }
    conversation.hearNobody()
    #expect(conversation.client.lease?.prefix.length == length)
  }

  @Test mutating func requestWithoutAnswerStartsAnew() throws {
    let request = try conversation.request()
    for _ in 0..<3 {
      conversation.waitForDeadline()
      let message = try conversation.send().message
      #expect(message.kind == .request)
      #expect(message.transaction == request.transaction)
    }
    conversation.waitForDeadline()
    let message = try conversation.send().message
    #expect(message.kind == .discover)
    #expect(message.transaction != request.transaction)
  }

  @Test mutating func refusalStartsAnew() throws {
    let request = try conversation.request()
    conversation.answer(request, .negativeAcknowledgment)
    let now = conversation.next() == nil
    #expect(now)
    conversation.waitForDeadline()
    let kind = try conversation.send().message.kind
    #expect(kind == .discover)
  }
}

/// What follows a lease.
struct DHCPClientRenewalTests {
  private var conversation = DHCPConversation()

  /// RFC 2131, section 4.4.5.
  @Test mutating func renewalGoesToTheServer() throws {
    try conversation.bind()
    conversation.waitForDeadline()
    let (message, destination) = try conversation.send()
    #expect(message.kind == .request)
    #expect(destination == DHCPConversation.server)
    #expect(message.clientAddress == DHCPConversation.address)
    #expect(message.options[.serverIdentifier] == nil)
    #expect(message.options[.requestedAddress] == nil)
    #expect(!message.isBroadcast)
    let before = conversation.client.lease
    conversation.answer(message, .acknowledgment)
    let lease = try #require(conversation.client.lease)
    #expect(lease != before)
    #expect(lease.expiry.nanoseconds(since: conversation.now) == 3_600_000_000_000)
  }

  @Test mutating func rebindingGoesToEverybodyAndAnyServerAnswers() throws {
    try conversation.bind()
    var message: DHCPMessage?
    for _ in 0..<40 {
      conversation.waitForDeadline()
      let next = try conversation.send()
      #expect(next.message.clientAddress == DHCPConversation.address)
      message = next.message
      if next.destination != DHCPConversation.server { break }
    }
    let lease = try #require(conversation.client.lease)
    #expect(conversation.now >= lease.rebinding && conversation.now < lease.expiry)
    let other = IPv4Address(rawValue: 0x0a00_0009)
    conversation.answer(try #require(message), .acknowledgment) {
      $0.options.set(.serverIdentifier, other)
    }
    #expect(conversation.client.lease?.server == other)
  }

  @Test mutating func leaseEnds() throws {
    try conversation.bind()
    let expiry = try #require(conversation.client.lease).expiry
    var sent = 0
    while conversation.client.lease != nil {
      conversation.waitForDeadline()
      let message = try conversation.send().message
      if conversation.client.lease == nil {
        #expect(message.kind == .discover)
        #expect(message.clientAddress.rawValue == 0)
      }
      sent += 1
    }
    #expect(conversation.now == expiry)
    #expect(sent < 30)
  }

  @Test mutating func leaseEndsWhileNobodyLooked() throws {
    try conversation.bind()
    conversation.pass(seconds: 100_000)
    let kind = try conversation.send().message.kind
    #expect(kind == .discover)
    #expect(conversation.client.lease == nil)
  }

  @Test mutating func refusalOfARenewalEndsTheLease() throws {
    try conversation.bind()
    conversation.waitForDeadline()
    let message = try conversation.send().message
    conversation.answer(message, .negativeAcknowledgment)
    #expect(conversation.client.lease == nil)
    conversation.waitForDeadline()
    let kind = try conversation.send().message.kind
    #expect(kind == .discover)
  }

  @Test mutating func strayRefusalDoesNotEndALease() throws {
    let request = try conversation.request()
    conversation.answer(request, .acknowledgment)
    conversation.hearNobody()
    conversation.answer(request, .negativeAcknowledgment)
    #expect(conversation.client.lease != nil)
  }

  /// Three questions (RFC 5227, section 1.1) that nobody answers.
  @Test mutating func addressIsAskedForBeforeItIsUsed() throws {
    let request = try conversation.request()
    conversation.answer(request, .acknowledgment)
    for _ in 0..<3 {
      let probe = conversation.probe()
      #expect(probe == DHCPConversation.address)
      #expect(conversation.client.lease == nil)
      let again = conversation.act() == nil
      #expect(again)
      #expect(conversation.waitForDeadline() == 0.2)
    }
    let next = conversation.act() == nil
    #expect(next)
    #expect(conversation.client.lease != nil)
  }

  /// RFC 2131, section 3.1, item 5.
  @Test(arguments: 0..<3) mutating func addressInConflictIsDeclined(answered: Int) throws {
    let request = try conversation.request()
    conversation.answer(request, .acknowledgment)
    for _ in 0..<answered {
      _ = conversation.probe()
      conversation.waitForDeadline()
    }
    _ = conversation.probe()
    conversation.client.conflict(at: conversation.now)
    #expect(conversation.client.lease == nil)
    let (message, destination) = try conversation.send()
    #expect(message.kind == .decline)
    #expect(message.options.address(.requestedAddress) == DHCPConversation.address)
    #expect(message.options.address(.serverIdentifier) == DHCPConversation.server)
    #expect(message.clientAddress.rawValue == 0)
    #expect(destination.rawValue == .max)
    #expect(conversation.waitForDeadline() == 10)
    let kind = try conversation.send().message.kind
    #expect(kind == .discover)
  }

  /// Who has the address could be made up by anybody.
  @Test mutating func conflictDoesNotEndALease() throws {
    try conversation.bind()
    conversation.client.conflict(at: conversation.now)
    #expect(conversation.client.lease != nil)
  }

  @Test mutating func releaseGivesTheAddressBack() throws {
    try conversation.bind()
    let released = conversation.client.release(at: conversation.now)
    let (message, destination) = try #require(released)
    #expect(message.kind == .release)
    #expect(message.clientAddress == DHCPConversation.address)
    #expect(destination == DHCPConversation.server)
    #expect(conversation.client.lease == nil)
    conversation.pass(seconds: 1_000_000)
    let next = conversation.next() == nil
    #expect(next)
  }

  /// Whatever servers say, the client goes on, and does not send more than a few messages a second.
  @Test(arguments: 0..<20) mutating func randomServers(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    let kinds: [DHCPMessage.Kind] = [
      .offer, .acknowledgment, .negativeAcknowledgment, .discover, .offer, .acknowledgment,
    ]
    var last = try conversation.send().message
    var sent = 0
    let start = conversation.now
    for _ in 0..<2000 {
      conversation.now = conversation.now.advanced(
        byNanoseconds: UInt64.random(in: 0...5_000_000_000, using: &numbers))
      conversation.answer(last, kinds.randomElement(using: &numbers) ?? .offer) {
        if Bool.random(using: &numbers) {
          $0.options.set(.leaseTime, UInt32.random(in: 0...100, using: &numbers))
        }
      }
      if Int.random(in: 0..<50, using: &numbers) == 0 {
        conversation.client.conflict(at: conversation.now)
      }
      while let action = conversation.act() {
        if case .send(let message, _) = action {
          last = message
        }
        sent += 1
        try #require(sent < 10_000)
      }
    }
    let seconds = conversation.now.nanoseconds(since: start) / 1_000_000_000
    #expect(sent < Int(seconds))
  }

  /// A lease that is over before the client has heard whether anybody has its address is none.
  @Test mutating func leaseThatIsOverWhenItBeginsIsForgotten() throws {
    let request = try conversation.request()
    conversation.answer(request, .acknowledgment) { $0.options.set(.leaseTime, UInt32(60)) }
    while conversation.probe() != nil {
      conversation.pass(seconds: 30)
    }
    #expect(conversation.client.lease == nil)
    #expect(conversation.client.deadline > conversation.now)
  }
}
