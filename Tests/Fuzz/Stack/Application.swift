// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire

/// Who uses a connection: it writes a pattern, and knows the pattern of what it reads.
final class Application {
  let connection: TCPConnection
  /// The number of the peer's SYN, from which on its bytes are numbered.
  private let start: UInt32
  private var received: UInt32 = 0
  private var written: UInt64 = 0

  init(_ connection: TCPConnection, peerStart: UInt32) {
    self.connection = connection
    start = peerStart
  }

  /// The byte that a peer sends with a sequence number.
  static func peerByte(_ sequence: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: sequence &* 31 &+ sequence >> 8)
  }

  /// The byte that every application writes at a position.
  static func ownByte(_ position: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: position &* 13 &+ position >> 8)
  }

  func write(_ count: Int, at now: Instant) {
    let bytes = (0..<UInt64(count)).map { Self.ownByte(written + $0) }
    let room = connection.writable
    let taken = connection.write(bytes.span, at: now)
    precondition((0...count).contains(taken) && (taken == 0 || taken <= room))
    written += UInt64(taken)
  }

  func read(_ limit: Int, isKnown: Bool) {
    let readable = connection.readable
    let count = connection.read(atMost: limit) { bytes in
      for index in bytes.indices {
        received &+= 1
        precondition(!isKnown || bytes[index] == Self.peerByte(start &+ received))
      }
    }
    precondition(count == min(limit, readable) && connection.readable == readable - count)
  }

  func check() {
    precondition(connection.readable <= connection.options.receiveLimit)
    precondition(connection.writable <= connection.options.sendLimit)
  }
}

extension StackSession {
  func listen(_ port: UInt16, backlog: Int) {
    var options = TCPConnection.Options()
    (options.sendLimit, options.receiveLimit) = (100_000, 80_000)
    if let listener = try? stack.listen(port: port, backlog: backlog, options: options) {
      listeners.append(listener)
    }
  }

  func open(_ port: UInt16) {
    if let endpoint = try? stack.openUDP(port: port) { endpoints.append(endpoint) }
  }

  func useConnection(_ input: inout FuzzInput) {
    let (index, choice) = (Int(input.byte()), input.byte())
    guard !applications.isEmpty else { return accept() }
    let application = applications[index % applications.count]
    let connection = application.connection
    switch choice % 8 {
    case 0, 1: application.write(Int(input.byte()) << Int(choice >> 4 & 7), at: now)
    case 2, 3: application.read(Int(input.byte()) << Int(choice >> 4), isKnown: !hasRaw)
    case 4: connection.finish(at: now)
    case 5: choice & 8 != 0 ? connection.close(at: now) : connection.abort(at: now)
    case 6: connection.options.noDelay.toggle()
    default: connection.options.keepAlive = choice & 8 != 0 ? nil : 1 << UInt64(30 + choice >> 4)
    }
    stack.schedule(connection)
    if connection.state == .closed, choice & 0x80 != 0 {
      applications.remove(at: index % applications.count)
    }
  }

  private func accept() {
    for listener in listeners {
      while let connection = listener.accept() {
        let start = conversations[connection.flow]?.peerStart ?? 0
        applications.append(Application(connection, peerStart: start))
      }
    }
  }

  func useListener(_ input: inout FuzzInput) {
    let choice = input.byte()
    switch choice % 8 {
    case 0 where !listeners.isEmpty:
      stack.close(listeners.remove(at: Int(choice >> 3) % listeners.count), at: now)
    case 1: listen(choice & 8 != 0 ? 80 : 7, backlog: 1 + Int(choice >> 4))
    default: accept()
    }
  }

  func connect(_ input: inout FuzzInput) {
    let (choice, port) = (input.byte(), UInt16(input.byte()))
    let peer = Peer.all[Int(choice) % Peer.all.count]
    var options = TCPConnection.Options()
    (options.sendLimit, options.receiveLimit) = (100_000, 80_000)
    options.usesTimestamps = choice & 0x10 == 0
    options.usesSelectiveAcknowledgments = choice & 0x20 == 0
    options.congestionControl = choice & 0x40 == 0 ? .cubic : .newReno
    guard applications.count < 16,
      let connection = try? stack.connect(
        to: SocketAddress(peer.address, port: port), options: options, at: now)
    else { return }
    let conversation = conversations[connection.flow, default: Conversation()]
    conversations[connection.flow] = conversation
    opened.append(connection.flow)
    applications.append(Application(connection, peerStart: conversation.peerStart))
  }

  func useEndpoint(_ input: inout FuzzInput) {
    let (index, choice) = (Int(input.byte()), input.byte())
    guard !endpoints.isEmpty else { return open(53) }
    let endpoint = endpoints[index % endpoints.count]
    let peer = Peer.all[Int(choice >> 3) % Peer.all.count]
    let group: IPAddress =
      choice & 8 != 0 ? .v6(.allNodes) : .v4(IPv4Address(rawValue: 0xe000_0100 | UInt32(choice)))
    switch choice % 8 {
    case 0: open(UInt16(input.byte()))
    case 1:
      stack.close(endpoint)
      endpoints.remove(at: index % endpoints.count)
    case 2: try? stack.join(group, endpoint, at: now)
    case 3: stack.leave(group, endpoint, at: now)
    case 4:
      while let datagram = endpoint.receive() { check(datagram) }
      _ = endpoint.takeFailure()
    default:
      let payload = [UInt8](repeating: 1, count: Int(input.byte()) << Int(choice % 8))
      let remote = SocketAddress(choice & 0x40 != 0 ? group : peer.address, port: 53)
      try? stack.send(payload.span, to: remote, from: endpoint)
    }
  }

  private func check(_ datagram: Datagram) {
    guard !hasRaw else { return }
    for (index, byte) in datagram.payload.enumerated() {
      precondition(byte == Application.ownByte(UInt64(index)))
    }
  }
}
