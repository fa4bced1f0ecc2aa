// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire

/// Gives a DHCP client any messages of servers, which the input chooses, at any time, and checks
/// that it sends neither too often nor never again.
///
/// An input is steps, each a byte and its operands.
@c(LLVMFuzzerTestOneInput)
public func fuzzLease(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  var session = LeaseSession()
  while !input.isEmpty, session.now < end { session.step(&input) }
  return 0
}

/// Where time is far from its end still.
private let end = Instant(nanoseconds: 1 << 60)

private struct LeaseSession {
  private static let hardware = MACAddress([2, 0, 0, 0, 0, 1])

  var now = Instant(nanoseconds: 1_000_000_000)
  var client: DHCPClient
  var random = FuzzNumbers()
  var last: DHCPMessage?
  var isReleased = false

  init() {
    client = DHCPClient(hardware: Self.hardware, hostName: "guest", at: now)
  }

  mutating func step(_ input: inout FuzzInput) {
    let step = input.byte()
    switch step % 8 {
    case 0, 1: now = max(now, min(client.deadline, now.advanced(byNanoseconds: 1 << 59)))
    case 2: now = now.advanced(byNanoseconds: 1 << UInt64(input.byte() % 50))
    case 3 where step >= 0xe0:
      isReleased = client.release(at: now) != nil || isReleased
    case 3 where step >= 0xc0: client.conflict(at: now)
    default: answer(&input)
    }
    send()
    if let lease = client.lease {
      precondition(lease.renewal <= lease.rebinding && lease.rebinding <= lease.expiry)
      precondition(!lease.prefix.address.isMulticast && now < lease.expiry)
    }
  }

  private mutating func send() {
    var sent = 0
    while let action = client.next(at: now, using: &random) {
      switch action {
      case .send(let message, let destination):
        check(message, to: destination)
        last = message
      case .probe(let address): precondition(!address.isMulticast && address != .unspecified)
      }
      sent += 1
      precondition(sent <= 3, "it sends without end")
    }
    precondition(client.deadline > now)
    precondition(isReleased || client.deadline.nanoseconds < .max || client.lease != nil)
  }

  private func check(_ message: DHCPMessage, to destination: IPv4Address) {
    let bytes = message.encoded()
    precondition(DHCPMessage(bytes.span) == message && message.operation == .request)
    precondition(destination == .broadcast || destination == client.lease?.server)
    precondition(message.clientAddress == client.lease?.prefix.address ?? .unspecified)
  }

  /// A message of a server that fits the last one of the client, but for what the input changes.
  private mutating func answer(_ input: inout FuzzInput) {
    guard let last else { return }
    let kind = DHCPMessage.Kind(rawValue: input.byte() % 9) ?? .offer
    var message = DHCPMessage(
      .reply, kind, transaction: last.transaction, clientHardware: Self.hardware)
    let choice = input.byte()
    message.yourAddress = IPv4Address(rawValue: 0x0a00_0000 | UInt32(choice & 3))
    if choice & 8 != 0 { message.yourAddress = IPv4Address(rawValue: UInt32(input.word()) << 16) }
    message.options.set(.serverIdentifier, IPv4Address(rawValue: 0x0a00_00fe | UInt32(choice >> 7)))
    message.options.set(.leaseTime, UInt32(input.word()) << UInt32(choice >> 4 & 7))
    while input.byte() & 1 != 0 {
      let code = DHCPOptions.Code(rawValue: input.byte())
      message.options[code] = input.take(Int(input.byte() & 31))
    }
    message.options[.messageType] = nil
    let bytes = message.encoded()
    guard let read = DHCPMessage(bytes.span) else { return }
    client.handle(read, at: now)
  }
}
