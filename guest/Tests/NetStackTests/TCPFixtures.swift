// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import NetWire

extension TCPFlow {
  /// From port 1000 of 10.0.0.1 to port 80 of 10.0.0.2.
  static let client = TCPFlow(
    local: SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0001)), port: 1000),
    remote: SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0002)), port: 80))
  /// The same, seen from there.
  static let server = TCPFlow(local: client.remote, remote: client.local)
}

extension Instant {
  static func milliseconds(_ count: UInt64) -> Instant {
    Instant(nanoseconds: count * 1_000_000)
  }
}

/// A segment as the other side sees it.
struct SentSegment {
  var header: TCPHeader
  var payload: [UInt8]
  var packetSize: Int

  init(_ segment: TCPSegment) {
    header = segment.header
    packetSize = segment.packetSize
    payload = []
    for index in 0..<segment.payload.count {
      if let part = segment.payload[index] {
        let bytes = part.memory.span.extracting(part.range)
        for place in bytes.indices {
          payload.append(bytes[place])
        }
      }
    }
  }

  var sequence: UInt32 { header.sequence }
  var flags: TCPHeader.Flags { header.flags }
}

extension TCPConnection {
  /// All that it has to send.
  func sent(limit: Int = 0, at now: Instant) -> [SentSegment] {
    var segments: [SentSegment] = []
    while segments.count < 10_000, let segment = nextSegment(limit: limit, at: now) {
      segments.append(SentSegment(segment))
    }
    return segments
  }

  func receive(_ segment: SentSegment, at now: Instant) {
    receive(segment.header, segment.payload.span, at: now)
  }

  func write(_ bytes: [UInt8], at now: Instant) -> Int {
    write(bytes.span, at: now)
  }

  /// All that there is to read.
  func readAll() -> [UInt8] {
    var all: [UInt8] = []
    _ = read(atMost: .max) { bytes in
      for index in bytes.indices {
        all.append(bytes[index])
      }
    }
    return all
  }
}

/// Bytes that tell where they stand.
func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
  (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// A peer that does what a test says: it knows its numbers and nothing else.
struct ScriptedPeer {
  /// Our connection.
  let connection: TCPConnection
  /// SND.NXT of the peer.
  var next: UInt32
  /// RCV.NXT of the peer.
  var expected: UInt32 = 0
  var window: UInt16 = 0xffff
  var now = Instant.milliseconds(1000)
  /// TSval of the peer, if timestamps are used.
  var timestamp: UInt32?
  var echo: UInt32 = 0

  /// A segment of the peer, with `offset` added to its number.
  func segment(
    _ flags: TCPHeader.Flags, _ payload: [UInt8] = [], offset: Int = 0, acknowledging: Int = 0,
    blocks: [Range<Int>] = []
  ) -> SentSegment {
    var header = TCPHeader(
      sourcePort: connection.flow.remote.port, destinationPort: connection.flow.local.port,
      sequence: next &+ UInt32(truncatingIfNeeded: offset),
      acknowledgment: expected &+ UInt32(truncatingIfNeeded: acknowledging), flags: flags,
      window: window)
    if let timestamp {
      header.options.timestamps = TCPOptions.Timestamps(value: timestamp, echo: echo)
    }
    for block in blocks {
      header.options.append(
        TCPOptions.Block(
          left: expected &+ UInt32(truncatingIfNeeded: block.lowerBound),
          right: expected &+ UInt32(truncatingIfNeeded: block.upperBound)))
    }
    return SentSegment(header, payload)
  }

  /// Sends a segment and returns what is answered.
  @discardableResult
  func send(
    _ flags: TCPHeader.Flags = .ack, _ payload: [UInt8] = [], offset: Int = 0,
    acknowledging: Int = 0, blocks: [Range<Int>] = []
  ) -> [SentSegment] {
    connection.receive(
      segment(flags, payload, offset: offset, acknowledging: acknowledging, blocks: blocks),
      at: now)
    return connection.sent(at: now)
  }

  /// Sends data that is looked at together with what follows.
  func receive(_ payload: [UInt8], offset: Int) {
    connection.receive(segment(.ack, payload, offset: offset), at: now)
  }

  /// What is sent without being asked.
  func sent(limit: Int = 0) -> [SentSegment] { connection.sent(limit: limit, at: now) }

  /// Lets time pass until the next deadline, and returns what is sent then.
  mutating func waitForDeadline() -> [SentSegment] {
    guard let deadline = connection.deadline else { return [] }
    now = max(now, deadline)
    connection.tick(at: now)
    return sent()
  }

  /// Lets time pass, and returns what is sent meanwhile.
  mutating func wait(milliseconds: UInt64) -> [SentSegment] {
    let end = now.advanced(byNanoseconds: milliseconds * 1_000_000)
    var segments: [SentSegment] = []
    while let deadline = connection.deadline, deadline <= end {
      segments += waitForDeadline()
    }
    now = end
    return segments
  }
}

extension SentSegment {
  init(_ header: TCPHeader, _ payload: [UInt8]) {
    self.header = header
    self.payload = payload
    packetSize = max(payload.count, 1)
  }
}

extension TCPConnection.Options {
  /// Without timestamps, which only a few tests look at.
  static var plain: Self {
    var options = Self()
    options.usesTimestamps = false
    return options
  }
}

/// What the peer offers in its SYN.
func offer(
  segmentSize: UInt16 = 1000, windowScale: UInt8? = nil, sack: Bool = true,
  timestamp: UInt32? = nil
) -> TCPOptions {
  var options = TCPOptions()
  options.maximumSegmentSize = segmentSize
  options.windowScale = windowScale
  options.isSACKPermitted = sack
  options.timestamps = timestamp.map { TCPOptions.Timestamps(value: $0, echo: 0) }
  return options
}

/// A connection that the peer has opened, established.
func makeEstablished(
  _ options: TCPConnection.Options = .plain, offering offered: TCPOptions = offer(),
  initialSequence: UInt32 = 0xffff_ff00, peerSequence: UInt32 = 0xffff_fff0,
  roundTrip: UInt64 = 10
) -> ScriptedPeer {
  let now = Instant.milliseconds(1000)
  var syn = TCPHeader(
    sourcePort: 1000, destinationPort: 80, sequence: peerSequence, acknowledgment: 0, flags: .syn,
    window: 0xffff)
  syn.options = offered
  let connection = TCPConnection(
    accepting: syn, flow: .server, initialSequence: initialSequence, maximumSegmentSize: 1460,
    options: options, at: now)
  var peer = ScriptedPeer(
    connection: connection, next: peerSequence &+ 1, expected: initialSequence &+ 1)
  peer.timestamp = offered.timestamps?.value
  let answer = connection.sent(at: now)
  peer.echo = answer.first?.header.options.timestamps?.value ?? 0
  peer.now = .milliseconds(1000 + roundTrip)
  peer.send(.ack)
  return peer
}

/// A link between two connections that loses, repeats, delays and reorders as it is told.
struct TCPLink {
  let client: TCPConnection
  let server: TCPConnection
  var now = Instant.milliseconds(1000)
  /// The time from one side to the other, in nanoseconds.
  var delay: UInt64 = 10_000_000
  /// The most payload in a segment, 0 for one packet.
  var limit = 0
  /// What becomes of a packet: nil if it is lost, else how much later than usual it arrives.
  var fate: (SentSegment, Instant) -> UInt64? = { _, _ in 0 }
  private var flying: [(arrival: Instant, order: Int, isToServer: Bool, segment: SentSegment)] = []
  private var count = 0

  init(client: TCPConnection, server: TCPConnection) {
    self.client = client
    self.server = server
  }

  private mutating func collect(_ connection: TCPConnection, isToServer: Bool) {
    for segment in connection.sent(limit: limit, at: now) {
      for packet in segment.packets {
        guard let extra = fate(packet, now) else { continue }
        count += 1
        flying.append((now.advanced(byNanoseconds: delay + extra), count, isToServer, packet))
      }
    }
  }

  /// Moves on to the next thing that happens. False if there is none.
  mutating func step() -> Bool {
    collect(client, isToServer: true)
    collect(server, isToServer: false)
    let next = flying.indices.min { left, right in
      (flying[left].arrival, flying[left].order) < (flying[right].arrival, flying[right].order)
    }
    let timer = [client.deadline, server.deadline].compactMap { $0 }.min()
    if let next, flying[next].arrival <= timer ?? flying[next].arrival {
      let packet = flying.remove(at: next)
      now = max(now, packet.arrival)
      (packet.isToServer ? server : client).receive(packet.segment, at: now)
      return true
    }
    guard let timer else { return false }
    now = max(now, timer)
    client.tick(at: now)
    server.tick(at: now)
    return true
  }
}

extension SentSegment {
  /// The packets that segmentation makes of it.
  var packets: [SentSegment] {
    guard payload.count > packetSize else { return [self] }
    return stride(from: 0, to: payload.count, by: packetSize).map { start in
      let end = min(start + packetSize, payload.count)
      var packet = SentSegment(header, Array(payload[start..<end]))
      packet.header.sequence &+= UInt32(start)
      if end < payload.count {
        packet.header.flags.subtract([.fin, .psh])
      }
      return packet
    }
  }
}

/// Two connections, one opened to the other's answer.
func makeLink(_ options: TCPConnection.Options = .init(), limit: Int = 0) -> TCPLink {
  let now = Instant.milliseconds(1000)
  let client = TCPConnection(
    connecting: .client, initialSequence: 0xffff_0000, maximumSegmentSize: 1460, options: options,
    at: now)
  guard let syn = client.nextSegment(at: now) else { preconditionFailure("no SYN") }
  let server = TCPConnection(
    accepting: syn.header, flow: .server, initialSequence: 0x7fff_fff0, maximumSegmentSize: 1460,
    options: options, at: now)
  var link = TCPLink(client: client, server: server)
  link.limit = limit
  return link
}
