// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

extension Stack {
  /// Takes connections at a port. Fails when another listener does.
  public func listen(
    port: UInt16, address: IPAddress? = nil, backlog: Int = 1024,
    options: TCPConnection.Options = TCPConnection.Options()
  ) throws(SocketError) -> ListenQueue {
    let isTaken = listeners.contains { other in
      other.port == port
        && (other.address == address || other.address == nil || address == nil)
    }
    if isTaken {
      throw .addressInUse
    }
    let listener = ListenQueue(address: address, port: port, backlog: backlog, options: options)
    listeners.append(listener)
    return listener
  }

  /// Takes no more connections. Those that were not accepted are reset.
  public func close(_ listener: ListenQueue, at now: Instant) {
    listeners.removeAll { $0 === listener }
    for connection in connections.values where connection.attachment?.listener === listener {
      connection.attachment?.listener = nil
      connection.abort(at: now)
      schedule(connection)
    }
  }

  /// Begins a connection, from a port that is chosen so that it cannot be guessed.
  public func connect(
    to remote: SocketAddress, options: TCPConnection.Options = TCPConnection.Options(),
    at now: Instant
  ) throws(SocketError) -> TCPConnection {
    guard let path = path(to: remote.address), !remote.address.isMulticast, remote.port != 0 else {
      throw .unreachable
    }
    guard let flow = freeFlow(from: path.source, to: remote) else { throw .addressInUse }
    let connection = TCPConnection(
      connecting: flow, initialSequence: secrets.initialSequence(flow, at: now),
      maximumSegmentSize: maximumSegmentSize(path, to: remote.address), options: options, at: now)
    add(connection, TCPAttachment(path: path))
    return connection
  }

  /// Lets the stack see what a call has changed on a connection. To be called after each.
  public func schedule(_ connection: TCPConnection) {
    guard let attachment = connection.attachment else { return }
    attachment.path.interface.ready.append(connection)
    deadlines.update(connection)
  }

  func add(_ connection: TCPConnection, _ attachment: TCPAttachment) {
    connection.attachment = attachment
    connections[connection.flow] = connection
    schedule(connection)
  }

  /// Forgets a connection that is over and has nothing more to send.
  func settle(_ connection: TCPConnection) {
    switch connection.state {
    case .closed: forget(connection)
    case .timeWait where connection.attachment?.isInTimeWait == false:
      connection.attachment?.isInTimeWait = true
      timeWaits.removeClosed()
      if let oldest = timeWaits.append(connection) {
        forget(oldest)
      }
      deadlines.update(connection)
    default: deadlines.update(connection)
    }
  }

  func forget(_ connection: TCPConnection) {
    guard let attachment = connection.attachment else { return }
    if attachment.isHalfOpen {
      attachment.listener?.halfOpenCount -= 1
    }
    connection.attachment = nil
    connections[connection.flow] = nil
    deadlines.remove(connection)
  }

  /// The largest segment that a path carries and this host takes: what its MTU leaves of a packet.
  func maximumSegmentSize(_ path: Path, to destination: IPAddress) -> Int {
    let header =
      switch destination {
      case .v4: IPv4Header.size
      case .v6: IPv6Header.size
      }
    return mtu(path, to: destination) - header - TCPHeader.size
  }

  /// A flow whose local port is free, beginning at one that is the remote side's own (RFC 6056, section
  /// 3.3.3).
  private func freeFlow(from source: IPAddress, to remote: SocketAddress) -> TCPFlow? {
    let ports = 49_152...65_535
    var flow = TCPFlow(local: SocketAddress(source, port: 0), remote: remote)
    let start = secrets.hash(.port, flow)
    for _ in 0..<ports.count {
      nextPort &+= 1
      let index = Int((start &+ nextPort) % UInt64(ports.count))
      flow.local.port = UInt16(ports.lowerBound + index)
      if connections[flow] == nil && !listeners.contains(where: { $0.port == flow.local.port }) {
        return flow
      }
    }
    return nil
  }
}
