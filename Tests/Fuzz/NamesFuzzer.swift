// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

@testable import NetStack

/// Gives any bytes to what reads messages of the domain name system, as the first byte says: to the
/// parser, to a name server as a query, or to a resolver as the answers of its servers.
@c(LLVMFuzzerTestOneInput)
public func fuzzNames(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  switch input.byte() % 3 {
  case 0: checkMessage(input.rest())
  case 1: checkServer(input.rest())
  default: checkLookup(&input)
  }
  return 0
}

// MARK: - Messages

private func checkMessage(_ bytes: [UInt8]) {
  let message = DNSMessage(bytes.span)
  if let message {
    let again = message.encoded()
    precondition(DNSMessage(again.span) == message)
    for record in message.answers + message.authorities + message.additional {
      precondition(record.lifetimeSeconds <= Int32.max)
    }
  }
  guard let query = DNSQuery(bytes.span) else { return }
  precondition(query.question.upperBound <= bytes.count)
  let name = DNSName(bytes.span.extracting(query.name))
  precondition(name != nil)
  guard let message else { return }
  precondition(
    message.questions == name.map { [DNSQuestion($0, query.type, class: query.questionClass)] })
  precondition(message.edns == query.edns)
}

// MARK: - Name server

private let zone: Zone = {
  do throws(ZoneError) {
    return try Zone(exampleZone)
  } catch {
    fatalError("\(error)")
  }
}()

private let server = NameServer(zone)

private func checkServer(_ query: [UInt8]) {
  let payloadSize = DNSQuery(query.span)?.edns?.udpPayloadSize ?? 0
  check(answer(query, .udp), to: query, limit: max(512, min(Int(payloadSize), 1232)))
  check(answer(query, .tcp), to: query, limit: 65_535)
}

private func answer(_ query: [UInt8], _ transport: NameServer.Transport) -> [UInt8] {
  [UInt8](capacity: 65_535) { server.answer(query.span, over: transport, into: &$0) }
}

private func check(_ reply: [UInt8], to query: [UInt8], limit: Int) {
  guard let header = DNSHeader(query.span), !header.isResponse else {
    return precondition(reply.isEmpty)
  }
  precondition(reply.count <= limit)
  guard let message = DNSMessage(reply.span) else { preconditionFailure("unreadable") }
  precondition(message.header.isResponse && message.header.id == header.id)
  guard let request = DNSQuery(query.span), !message.questions.isEmpty else { return }
  precondition(message.edns == nil || request.edns != nil)
  guard let name = DNSName(query.span.extracting(request.name)) else { return }
  precondition(message.questions == [DNSQuestion(name, request.type, class: request.questionClass)])
  guard !message.header.isTruncated, name.isWithin(zone.origin),
    message.responseCode == .noError || message.responseCode == .nameError
  else { return }
  // What was prepared is what the zone says.
  let expected = ZoneAnswer(name, request.type, in: zone)
  precondition(message.answers == expected.answers)
  precondition(message.authorities == expected.authorities)
  precondition(message.responseCode == expected.code)
  precondition(message.additional.isEmpty || message.additional == expected.additional)
}

// MARK: - Resolver

/// Looks for a name, and answers each question with a header and records that the input gives. When
/// the input ends, nobody answers any more, and the search has to end.
private func checkLookup(_ input: inout FuzzInput) {
  let servers = [
    SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0001)), port: 53),
    SocketAddress(.v6(.loopback), port: 53),
  ]
  let search = [DNSName("example.org"), DNSName("net")].compactMap { $0 }
  var configuration = DNSConfiguration(servers: servers, searchList: search)
  let options = input.byte()
  configuration.mixesCase = options & 1 != 0
  configuration.families = options & 2 != 0 ? .v4 : .both
  var resolver = Resolver(lookup: DNSLookup(options & 4 != 0 ? "www" : "a.example", configuration))
  for _ in 0..<2000 {
    if resolver.step(&input) { return }
  }
  preconditionFailure("the search does not end")
}

private struct Resolver {
  var lookup: DNSLookup
  var cache = DNSCache()
  var random = FuzzNumbers()
  var now = Instant(nanoseconds: 1)

  init(lookup: DNSLookup) { self.lookup = lookup }

  /// Does what is to be done next; true at the end.
  mutating func step(_ input: inout FuzzInput) -> Bool {
    switch lookup.next(at: now, &cache, using: &random) {
    case .done(let result):
      if case .success(let addresses) = result { precondition(!addresses.isEmpty) }
      return true
    case .sendUDP(let server, let query):
      precondition(DNSMessage(query.span) != nil)
      answer(query, of: server, over: .udp, &input)
    case .sendTCP(let server, let bytes):
      let query = Array(bytes.dropFirst(2))
      precondition(DNSMessage(query.span) != nil)
      precondition(Int(bytes[0]) << 8 | Int(bytes[1]) == query.count)
      answer(query, of: server, over: .tcp, &input)
    case nil:
      guard let deadline = lookup.deadline else { preconditionFailure("nothing to wait for") }
      now = max(now, deadline)
    }
    return false
  }

  private mutating func answer(
    _ query: [UInt8], of server: SocketAddress, over transport: DNSTransport,
    _ input: inout FuzzInput
  ) {
    let kind = input.byte()
    if kind & 7 == 0 {
      if transport == .tcp || kind & 8 == 0 { lookup.failed(server, over: transport) }
      return
    }
    guard let question = DNSQuery(query.span)?.question else {
      preconditionFailure("no question")
    }
    var reply = query.prefix(2) + input.take(2) + query[4..<6]
    reply += [0, input.byte(), 0, input.byte(), 0, input.byte()]
    reply += query[question] + input.take(Int(input.byte()))
    reply[2] |= 0x80
    lookup.receive(Array(reply).span, from: server, over: transport, at: now, &cache)
  }
}
