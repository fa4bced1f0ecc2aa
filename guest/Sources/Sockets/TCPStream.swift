// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames
import Kernel
public import NetStack
public import NetWire

/// A TCP connection. At the end of this object's life it is closed: what was written is still sent, and
/// what the other side sends from then on is refused.
///
/// Sendable because nothing runs at the same time as its user.
public final class TCPStream: @unchecked Sendable {
  private let connection: TCPConnection
  private let network: Network
  private let wakeup = TCPWakeup()

  init(_ connection: TCPConnection, _ network: Network) {
    self.connection = connection
    self.network = network
    connection.observer = wakeup
  }

  deinit {
    connection.observer = nil
    connection.close(at: .now)
    changed()
  }

  /// This side's address and port.
  public var localAddress: SocketAddress { connection.flow.local }

  /// The other side's address and port.
  public var remoteAddress: SocketAddress { connection.flow.remote }

  /// Waits until there are bytes to read, and hands up to `limit` of them to `body`, in one or several
  /// pieces, where they are. Returns their number: 0 when the other side is done.
  public func read(
    atMost limit: Int = .max, timeout: Duration? = nil, _ body: (Span<UInt8>) -> Void
  ) async throws(StreamError) -> Int {
    let deadline = MonotonicClock.Instant.after(timeout)
    while true {
      if let count = try readNow(atMost: limit, body) {
        return count
      }
      try await wait(wakeup.readers, until: deadline)
    }
  }

  /// Hands up to `limit` of the bytes that have come to `body`, as `read` does. Returns their number:
  /// nil when there are none yet, 0 when the other side is done.
  public func readNow(
    atMost limit: Int = .max, _ body: (Span<UInt8>) -> Void
  ) throws(StreamError) -> Int? {
    if connection.readable == 0 {
      if connection.isAtEnd {
        return 0
      }
      try check()
      return nil
    }
    let count = connection.read(atMost: limit, body)
    changed()
    return count
  }

  /// Waits until `readNow` has something to return.
  public func readable() async throws(StreamError) {
    while connection.readable == 0, !connection.isAtEnd {
      try check()
      do throws(CancellationError) {
        _ = try await wakeup.readers.wait()
      } catch {
        throw .cancelled
      }
    }
  }

  /// Writes what there is room for, from the start of `bytes` on. Returns its length.
  public func writeNow(_ bytes: Span<UInt8>) throws(StreamError) -> Int {
    try checkWriting()
    let count = connection.write(bytes, at: .now)
    changed()
    return count
  }

  /// Writes all of `bytes`: returns as soon as the connection has taken a copy of them, which it does as
  /// far as it has room.
  public func write(
    _ bytes: Span<UInt8>, timeout: Duration? = nil
  ) async throws(StreamError) {
    let deadline = MonotonicClock.Instant.after(timeout)
    var written = 0
    while true {
      written += try writeNow(bytes.extracting(written...))
      if written == bytes.count {
        return
      }
      try await wait(wakeup.writers, until: deadline)
    }
  }

  /// Writes bytes of memory that does not change any more, without copying them.
  public func write(
    _ memory: FrameMemory, _ range: Range<Int>, timeout: Duration? = nil
  ) async throws(StreamError) {
    let deadline = MonotonicClock.Instant.after(timeout)
    var rest = range
    while true {
      try checkWriting()
      let count = connection.write(memory, rest, at: .now)
      changed()
      rest = rest.lowerBound + count..<rest.upperBound
      if rest.isEmpty {
        return
      }
      try await wait(wakeup.writers, until: deadline)
    }
  }

  /// Tells the other side that nothing more comes, behind what was written. Reading goes on.
  public func finish() {
    connection.finish(at: .now)
    changed()
  }

  /// Ends the connection at once. What was not sent yet is lost.
  public func abort() {
    connection.abort(at: .now)
    changed()
  }

  /// Waits until nothing is to be sent any more: the other side has everything, or is gone. Both sides
  /// have to be done.
  public func closed(timeout: Duration? = nil) async throws(StreamError) {
    let deadline = MonotonicClock.Instant.after(timeout)
    while connection.state != .closed, connection.state != .timeWait {
      try await wait(wakeup.writers, until: deadline)
    }
  }

  /// Waits until the connection is established, or has failed.
  func connected(until deadline: MonotonicClock.Instant?) async throws(StreamError) {
    while connection.state == .synSent || connection.state == .synReceived {
      try await wait(wakeup.writers, until: deadline)
    }
    try check()
  }

  /// Nothing can be written behind `finish`.
  private func checkWriting() throws(StreamError) {
    try check()
    switch connection.state {
    case .synSent, .synReceived, .established, .closeWait: return
    case .finWait1, .finWait2, .closing, .lastAck, .timeWait, .closed: throw .closed
    }
  }

  private func check() throws(StreamError) {
    if let failure = connection.failure {
      throw .failed(failure)
    }
  }

  private func wait(
    _ queue: WaitQueue, until deadline: MonotonicClock.Instant?
  ) async throws(StreamError) {
    do throws(WaitError) {
      try await queue.wait(until: deadline)
    } catch {
      throw StreamError(error)
    }
  }

  // Not part of its callers, of which there are many.
  @inline(never)
  private func changed() {
    network.stack.schedule(connection)
    network.transmit()
  }
}

/// Wakes the tasks that wait for a connection.
private final class TCPWakeup: TCPObserver {
  let readers = WaitQueue()
  let writers = WaitQueue()

  func connectionChanged(_ connection: TCPConnection) {
    if connection.readable > 0 || connection.isAtEnd || connection.failure != nil {
      while readers.wakeFirst() {}
    }
    while writers.wakeFirst() {}
  }
}
