// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport
import Testing

/// A client and the server that its test plays.
struct DHCPConversation {
  static let address = IPv4Address(rawValue: 0x0a00_0007)
  static let server = IPv4Address(rawValue: 0x0a00_0001)
  static let hardware = MACAddress([2, 0, 0, 0, 0, 7])
  static let start = Instant(nanoseconds: 5_000_000_000)

  var client = DHCPClient(hardware: Self.hardware, hostName: "box", at: Self.start)
  var random = SeededNumbers(seed: 1)
  var now = Self.start

  /// What the client sends now; nil if nothing.
  mutating func next() -> (message: DHCPMessage, destination: IPv4Address)? {
    guard case .send(let message, let destination) = act() else { return nil }
    return (message, destination)
  }

  /// What the client does now; nil if nothing.
  mutating func act() -> DHCPClient.Action? {
    client.next(at: now, using: &random)
  }

  /// The address that the client asks for now; nil if it does not.
  mutating func probe() -> IPv4Address? {
    guard case .probe(let address) = act() else { return nil }
    return address
  }

  /// What the client has to send now.
  mutating func send() throws -> (message: DHCPMessage, destination: IPv4Address) {
    let next = next()
    return try #require(next)
  }

  mutating func pass(seconds: UInt64) {
    now = now.advanced(byNanoseconds: seconds * 1_000_000_000)
  }

  /// Waits for the deadline. Returns the seconds that it took.
  @discardableResult
  mutating func waitForDeadline() -> Double {
    let wait = client.deadline.nanoseconds(since: now)
    now = now.advanced(byNanoseconds: wait)
    return Double(wait) / 1e9
  }

  /// Answers `message`, changed by `edit`.
  mutating func answer(
    _ message: DHCPMessage, _ kind: DHCPMessage.Kind, _ edit: (inout DHCPMessage) -> Void = { _ in }
  ) {
    var reply = DHCPMessage(
      .reply, kind, transaction: message.transaction, clientHardware: message.clientHardware)
    reply.yourAddress = kind == .negativeAcknowledgment ? IPv4Address(rawValue: 0) : Self.address
    reply.options.set(.serverIdentifier, Self.server)
    reply.options.set(.subnetMask, IPv4Address(rawValue: 0xffff_ff00))
    reply.options.set(.routers, Self.server)
    reply.options.set(.leaseTime, UInt32(3600))
    edit(&reply)
    client.handle(reply, at: now)
  }

  /// Up to the request that takes an offer.
  mutating func request() throws -> DHCPMessage {
    let discover = try send().message
    answer(discover, .offer)
    return try send().message
  }

  /// Up to a lease.
  mutating func bind(_ edit: (inout DHCPMessage) -> Void = { _ in }) throws {
    let request = try request()
    answer(request, .acknowledgment, edit)
    hearNobody()
  }

  /// Lets the questions for an address go without an answer.
  mutating func hearNobody() {
    while probe() != nil {
      waitForDeadline()
    }
  }
}
