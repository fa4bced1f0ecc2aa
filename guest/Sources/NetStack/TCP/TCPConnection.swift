// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames
public import NetWire

/// A connection of the Transmission Control Protocol (RFC 9293), which is given segments and the time,
/// and asked for segments to send.
///
/// After whatever changes it, `nextSegment` is to be asked until it has no more, also when the state
/// is `closed` by then; at `deadline`, `tick` is to be called.
///
/// Sendable because nothing runs at the same time as its user.
public final class TCPConnection: @unchecked Sendable {
  /// Both ends.
  public let flow: TCPFlow
  /// Everything else. As one value it costs one check for exclusive access in each call.
  private var block: TCPControlBlock
  /// Who is told what happens.
  public var observer: (any TCPObserver)?
  /// For whom keeps a list of connections that may have something to send.
  package var isScheduled = false
  /// For whom keeps a list of deadlines.
  package var scheduledDeadline = Instant.never
  var deadlinePosition = -1
  var attachment: TCPAttachment?

  /// Opens a connection: a SYN is to be sent. `maximumSegmentSize` is what we take and the way to
  /// the peer carries: its packet size without the headers of IP and TCP.
  public init(
    connecting flow: TCPFlow, initialSequence: UInt32, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.flow = flow
    block = TCPControlBlock(
      connecting: flow, initialSequence: initialSequence, maximumSegmentSize: maximumSegmentSize,
      options: options, at: now)
  }

  /// Answers `syn`: a SYN is to be sent that acknowledges it.
  public init(
    accepting syn: TCPHeader, flow: TCPFlow, initialSequence: UInt32, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.flow = flow
    block = TCPControlBlock(
      accepting: syn, flow: flow, initialSequence: initialSequence,
      maximumSegmentSize: maximumSegmentSize, options: options, at: now)
  }

  /// Takes a connection over that was answered without being kept, by the first segment behind the
  /// SYNs, which is then to be given to `receive`, too.
  public init(
    cookie acknowledgment: TCPHeader, agreement: Agreement, flow: TCPFlow, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.flow = flow
    block = TCPControlBlock(
      cookie: acknowledgment, agreement: agreement, flow: flow,
      maximumSegmentSize: maximumSegmentSize, options: options, at: now)
  }

  /// What was chosen.
  public var options: Options {
    get { block.options }
    set { block.options = newValue }
  }
  /// The state.
  public var state: State { block.state }
  /// Why the connection ended, if it did not as both sides wanted.
  public var failure: TCPError? { block.failure }

  /// Takes a segment of this connection, whose checksum is right. What is to be said to it comes from
  /// `nextSegment`.
  public func receive(_ header: TCPHeader, _ payload: Span<UInt8>, at now: Instant) {
    block.receive(header, payload, at: now)
    tellNews()
  }

  /// The next segment to send, nil for none until something changes. It has up to `limit` bytes of
  /// payload if something divides it into packets, else at most one packet's.
  public func nextSegment(limit: Int = 0, at now: Instant) -> TCPSegment? {
    block.nextSegment(limit: limit, at: now)
  }

  /// When `tick` is to be called, at the latest; nil for never.
  public var deadline: Instant? { block.deadline }

  /// Does what is due. Being called early does no harm.
  public func tick(at now: Instant) {
    block.tick(at: now)
    tellNews()
  }

  /// The way to the peer carries segments of up to this size: its packet size without the headers of
  /// IP and TCP (RFC 9293, section 3.7.2). What was sent in larger ones is sent again.
  public func pathMTUChanged(maximumSegmentSize: Int, at now: Instant) {
    block.pathMTUChanged(maximumSegmentSize: maximumSegmentSize, at: now)
  }

  /// The network says that the peer cannot be reached: `hard` for good, else perhaps for now. An
  /// established connection goes on trying (RFC 5927, section 4; RFC 9293, section 3.9.2.2).
  public func unreachable(hard: Bool, at now: Instant) {
    block.unreachable(hard: hard, at: now)
    tellNews()
  }

  /// Whether a SYN in TIME-WAIT opens the connection anew, because nothing of the old one can be taken
  /// for a part of it (RFC 9293, section 3.6.1; RFC 6191).
  package func isReopened(by syn: TCPHeader) -> Bool {
    block.isReopened(by: syn)
  }

  /// Whether a segment of this number was sent and is not acknowledged.
  func isInFlight(_ number: UInt32) -> Bool {
    block.isInFlight(number)
  }

  /// The smallest shift with which a window of `limit` bytes can be told.
  static func windowShift(for limit: Int) -> UInt8 {
    TCPControlBlock.windowShift(for: limit)
  }

  /// The clock of timestamps of a connection with this offset.
  static func timestamp(at time: Instant, offset: UInt32) -> UInt32 {
    TCPControlBlock.timestamp(at: time, offset: offset)
  }

  private func tellNews() {
    if block.takeNews() {
      observer?.connectionChanged(self)
    }
  }
}

// What the application calls.
extension TCPConnection {
  /// How many bytes may be written now.
  public var writable: Int { block.writable }

  /// Takes copies of as many of the bytes as there is room for, and returns how many: 0 also if
  /// nothing may be written any more. The observer is told when there is room again.
  public func write(_ bytes: Span<UInt8>, at now: Instant) -> Int {
    block.write(bytes, at: now)
  }

  /// Takes as many of the bytes as there is room for without copying them, and returns how many. They
  /// must not change any more.
  public func write(_ memory: FrameMemory, _ range: Range<Int>, at now: Instant) -> Int {
    block.write(memory, range, at: now)
  }

  /// Nothing is written any more: a FIN follows what was (RFC 9293, section 3.10.4). Reading goes on.
  public func finish(at now: Instant) {
    block.finish(at: now)
  }

  /// Nothing is written and nothing read any more: finishes, or resets the connection if there is
  /// something that nobody has read, or ever will (RFC 9293, section 3.6.1).
  public func close(at now: Instant) {
    block.close(at: now)
  }

  /// Ends the connection at once with a reset (RFC 9293, section 3.10.5).
  public func abort(at now: Instant) {
    block.abort(at: now)
  }

  /// How many bytes may be read now.
  public var readable: Int { block.receiveBuffer.readable }

  /// Whether everything was read and nothing follows.
  public var isAtEnd: Bool { block.isAtEnd }

  /// Gives up to `limit` bytes to `body`, piece by piece, and removes them. Returns how many. `body`
  /// must not use the connection. It may be that the peer is to be told how its window has grown.
  public func read(atMost limit: Int, _ body: (Span<UInt8>) -> Void) -> Int {
    block.read(atMost: limit, body)
  }
}
