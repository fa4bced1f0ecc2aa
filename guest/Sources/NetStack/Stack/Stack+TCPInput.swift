// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension Stack {
  /// Takes a segment with a right checksum.
  func receiveTCP(
    _ segment: Span<UInt8>, _ envelope: PseudoHeader, on interface: Interface, at now: Instant
  ) {
    guard let header = TCPHeader(segment) else { return }
    let flow = TCPFlow(
      local: SocketAddress(envelope.destination, port: header.destinationPort),
      remote: SocketAddress(envelope.source, port: header.sourcePort))
    let payload = segment.extracting(header.dataOffset...)
    if let connection = connections[flow] {
      if connection.isReopened(by: header) {
        forget(connection)
      } else {
        deliver(header, payload, to: connection, at: now)
        return
      }
    }
    if header.flags.contains(.rst) {
      return
    }
    let listener = listeners.first {
      $0.takes(envelope.destination, port: header.destinationPort)
    }
    if let listener, accept(header, payload, flow, by: listener, at: now) {
      return
    }
    refuse(header, payloadSize: payload.count, flow)
  }

  private func deliver(
    _ header: TCPHeader, _ payload: Span<UInt8>, to connection: TCPConnection, at now: Instant
  ) {
    connection.receive(header, payload, at: now)
    if connection.attachment?.isHalfOpen == true, connection.state != .synReceived,
      connection.state != .closed, let listener = connection.attachment?.listener
    {
      connection.attachment?.isHalfOpen = false
      listener.halfOpenCount -= 1
      listener.append(connection)
    }
    schedule(connection)
  }

  /// What a listener makes of a segment that belongs to no connection (RFC 9293, section 3.10.7.2).
  /// False when it is to be answered by a reset.
  private func accept(
    _ header: TCPHeader, _ payload: Span<UInt8>, _ flow: TCPFlow, by listener: ListenQueue,
    at now: Instant
  ) -> Bool {
    guard let path = path(to: flow.remote.address, from: flow.local.address) else { return true }
    if header.flags.contains(.ack) {
      return acceptCookie(header, payload, flow, by: listener, path, at: now)
    }
    // Nobody ends what is about to begin but to get past filters.
    guard header.flags.contains(.syn), !header.flags.contains(.fin) else { return true }
    if listener.isFull {
      return true
    }
    if listener.halfOpenCount >= listener.backlog {
      sendCookie(header, flow, by: listener, path, at: now)
      return true
    }
    let connection = TCPConnection(
      accepting: header, flow: flow, initialSequence: secrets.initialSequence(flow, at: now),
      maximumSegmentSize: maximumSegmentSize(path, to: flow.remote.address),
      options: listener.options, at: now)
    listener.halfOpenCount += 1
    var attachment = TCPAttachment(path: path, listener: listener)
    attachment.isHalfOpen = true
    add(connection, attachment)
    return true
  }

  private func sendCookie(
    _ syn: TCPHeader, _ flow: TCPFlow, by listener: ListenQueue, _ path: Path, at now: Instant
  ) {
    let cookie = SYNCookie(secrets: secrets)
    let sequence = cookie.make(syn, flow, at: now)
    var header = TCPHeader(
      sourcePort: flow.local.port, destinationPort: flow.remote.port, sequence: sequence,
      acknowledgment: syn.sequence &+ 1, flags: [.syn, .ack], window: .max)
    header.options.maximumSegmentSize = UInt16(
      truncatingIfNeeded: min(Int(UInt16.max), maximumSegmentSize(path, to: flow.remote.address)))
    if let timestamps = syn.options.timestamps {
      let present = TCPConnection.timestamp(at: now, offset: sequence)
      header.options.timestamps = TCPOptions.Timestamps(
        value: cookie.timestamp(syn, present: present), echo: timestamps.value)
      header.options.isSACKPermitted = syn.options.isSACKPermitted
      header.options.windowScale = syn.options.windowScale.map { _ in listener.windowScale }
    }
    send(header, flow)
  }

  /// The ACK of a handshake whose SYN was answered by a cookie makes a connection.
  private func acceptCookie(
    _ header: TCPHeader, _ payload: Span<UInt8>, _ flow: TCPFlow, by listener: ListenQueue,
    _ path: Path, at now: Instant
  ) -> Bool {
    guard !header.flags.contains(.syn), !header.flags.contains(.fin),
      let agreement = SYNCookie(secrets: secrets).check(
        header, flow, windowScale: listener.windowScale, at: now)
    else { return false }
    if listener.isFull {
      return true
    }
    let connection = TCPConnection(
      cookie: header, agreement: agreement, flow: flow,
      maximumSegmentSize: maximumSegmentSize(path, to: flow.remote.address),
      options: listener.options, at: now)
    add(connection, TCPAttachment(path: path, listener: listener))
    listener.append(connection)
    deliver(header, payload, to: connection, at: now)
    return true
  }

  /// Answers a segment that belongs to no connection by a reset (RFC 9293, section 3.10.7.1).
  private func refuse(_ header: TCPHeader, payloadSize: Int, _ flow: TCPFlow) {
    var reset = TCPHeader(
      sourcePort: flow.local.port, destinationPort: flow.remote.port, sequence: 0,
      acknowledgment: 0, flags: .rst, window: 0)
    if header.flags.contains(.ack) {
      reset.sequence = header.acknowledgment
    } else {
      let controls = (header.flags.contains(.syn) ? 1 : 0) + (header.flags.contains(.fin) ? 1 : 0)
      reset.flags = [.rst, .ack]
      reset.acknowledgment = header.sequence &+ UInt32(payloadSize + controls)
    }
    send(reset, flow)
  }

  /// Has a segment sent that has no payload and is not repeated.
  private func send(_ header: TCPHeader, _ flow: TCPFlow) {
    let envelope = PseudoHeader(
      source: flow.local.address, destination: flow.remote.address, payloadProtocol: .tcp)
    let bytes = [UInt8](size: header.encodedSize) { bytes in
      header.emit(into: &bytes)
      var sum = envelope.checksum(length: header.encodedSize)
      sum.add(bytes.span)
      header.emit(into: &bytes, checksum: sum.value)
    }
    send(bytes, .tcp, to: flow.remote.address, from: flow.local.address)
  }
}
