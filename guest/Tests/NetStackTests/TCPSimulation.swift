// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport

/// Two hosts with one connection over a simulated network. Time goes from one thing that happens to
/// the next.
struct TCPSimulation {
  /// What a simulation is made of.
  struct Setup {
    var client = SimulatedHost.Behaviour()
    var server = SimulatedHost.Behaviour()
    var clientOptions = TCPConnection.Options()
    var serverOptions = TCPConnection.Options()
    var clientSegmentSize = 1460
    var serverSegmentSize = 1460
    var toServer = SimulatedPath.Conditions()
    var toClient = SimulatedPath.Conditions()
    /// The most payload that a connection hands over at once.
    var offload = 0
    /// Whether such a segment goes all the way as one packet.
    var isDivided = true
    /// Whether a host answers what arrives at the same time all at once.
    var isBatched = false
    /// Whether both sides open the connection, at the same time.
    var isSimultaneous = false
    /// When the size that the path to the server carries changes, and to what.
    var changes: [(at: Instant, segmentSize: Int)] = []
  }

  private enum Event {
    case packet(Packet, toServer: Bool)
    /// A router says that a packet was too large.
    case tooLarge(Int, toServer: Bool)
    case change(Int)
  }

  let client: SimulatedHost
  let server: SimulatedHost
  private let setup: Setup
  private let clientNumber: UInt32
  private let serverNumber: UInt32
  var toServer: SimulatedPath
  var toClient: SimulatedPath
  private(set) var now = Instant.milliseconds(1000)
  private(set) var stepCount = 0
  private var random: SeededNumbers
  private var events = EventQueue<Event>()

  init(_ setup: Setup, seed: UInt64) {
    self.setup = setup
    random = SeededNumbers(seed: seed)
    let origins = (random.next() >> 20, random.next() >> 20)
    client = SimulatedHost(
      setup.client, origin: origins.0, peerOrigin: origins.1, seed: random.next())
    server = SimulatedHost(
      setup.server, origin: origins.1, peerOrigin: origins.0, seed: random.next())
    toServer = SimulatedPath(setup.toServer)
    toClient = SimulatedPath(setup.toClient)
    // Numbers that wrap around soon are the interesting ones.
    clientNumber = 0 &- UInt32(random.size(upTo: 1 << 31))
    serverNumber = UInt32(truncatingIfNeeded: random.next())
    for change in setup.changes {
      events.insert(.change(change.segmentSize), at: change.at)
    }
    client.take(connect(.client, clientNumber, setup.clientSegmentSize, setup.clientOptions))
    if setup.isSimultaneous {
      server.take(connect(.server, serverNumber, setup.serverSegmentSize, setup.serverOptions))
    }
  }

  private func connect(
    _ flow: TCPFlow, _ number: UInt32, _ size: Int, _ options: TCPConnection.Options
  ) -> TCPConnection {
    TCPConnection(
      connecting: flow, initialSequence: number, maximumSegmentSize: size, options: options, at: now
    )
  }

  /// Whether both applications are done and both connections are gone.
  var isOver: Bool { isClosed(client) && isClosed(server) }

  private func isClosed(_ host: SimulatedHost) -> Bool {
    host.connection.map { $0.state == .closed } ?? true
  }

  /// How far it is.
  var description: String {
    let hosts = [client, server].map { host in
      "\(host.connection.map { "\($0.state)" } ?? "absent")"
        + (host.connection?.failure.map { " (\($0))" } ?? "")
        + " wrote \(host.written)/\(host.behaviour.total) read \(host.received)"
        + (host.isIntact ? "" : " wrongly")
    }
    return "\(stepCount) steps, \(now.nanoseconds / 1_000_000) ms, client \(hosts[0]), "
      + "server \(hosts[1])"
  }

  /// Runs until `isOver`, or nothing is to be expected any more, or for as long as `condition` holds.
  mutating func run(while condition: (borrowing TCPSimulation) -> Bool) {
    while condition(self), !isOver, step() {}
  }

  /// Lets the next thing happen. False if there is nothing.
  mutating func step() -> Bool {
    stepCount += 1
    for host in [client, server] {
      host.act(at: now)
    }
    send(from: client, toServer: true)
    send(from: server, toServer: false)
    let times = [client, server].flatMap { [$0.connection?.deadline, $0.wakeTime] }
    guard let next = (times + [events.first]).compactMap({ $0 }).min() else { return false }
    now = max(now, next)
    while let event = events.removeFirst(until: now) {
      handle(event)
    }
    for host in [client, server] {
      if let connection = host.connection, let deadline = connection.deadline, deadline <= now {
        connection.tick(at: now)
      }
    }
    return true
  }

  private mutating func send(from host: SimulatedHost, toServer isToServer: Bool) {
    var count = 0
    while let segment = host.connection?.nextSegment(limit: setup.offload, at: now) {
      for packet in Packet.packets(of: segment, isDivided: setup.isDivided) {
        send(packet, toServer: isToServer)
      }
      count += 1
      precondition(count < 100_000, "a connection sends for ever")
    }
  }

  private mutating func send(_ packet: Packet, toServer isToServer: Bool) {
    let conditions = isToServer ? toServer.conditions : toClient.conditions
    if packet.size > conditions.segmentSize {
      if conditions.tellsSegmentSize {
        let when = now.advanced(byNanoseconds: conditions.delay)
        events.insert(.tooLarge(conditions.segmentSize, toServer: isToServer), at: when)
      }
      return
    }
    let arrivals =
      isToServer
      ? toServer.arrivals(packet, at: now, &random) : toClient.arrivals(packet, at: now, &random)
    for arrival in arrivals {
      var packet = packet
      if random.chance(conditions.corruption) {
        packet.flipBit(&random)
      }
      events.insert(.packet(packet, toServer: isToServer), at: arrival)
    }
  }

  private mutating func handle(_ event: Event) {
    switch event {
    case .packet(let packet, let isToServer): deliver(packet, toServer: isToServer)
    case .tooLarge(let size, let isToServer):
      let sender = isToServer ? client : server
      sender.connection?.pathMTUChanged(maximumSegmentSize: size, at: now)
    case .change(let size): toServer.conditions.segmentSize = size
    }
  }

  private mutating func deliver(_ packet: Packet, toServer isToServer: Bool) {
    let host = isToServer ? server : client
    if host.connection == nil, packet.header.flags == .syn {
      server.take(
        TCPConnection(
          accepting: packet.header, flow: .server, initialSequence: serverNumber,
          maximumSegmentSize: setup.serverSegmentSize, options: setup.serverOptions, at: now))
    } else if let connection = host.connection, connection.state != .closed {
      connection.receive(packet.header, packet.payload.span, at: now)
      if !setup.isBatched {
        send(from: host, toServer: !isToServer)
      }
    } else if let reset = packet.reset {
      send(reset, toServer: !isToServer)
    }
  }
}
