// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP
import Kernel
public import Sockets

/// Answers HTTP requests by a router, one task a connection.
///
/// Sendable because nothing runs at the same time as its user.
public final class HTTPServer: @unchecked Sendable {
  /// How often the time limits of connections are looked at.
  private static let sweepInterval: Duration = .seconds(1)
  private static let spareLimit = 16
  private static let spareSize = 65_536

  let router: Router
  let limits: HTTPLimits
  let times: HTTPTimeLimits
  private let connectionLimit: Int
  private var sessions: [ServerSession] = []
  private var isShuttingDown = false
  private var listener: TCPListener?
  private let changes = WaitQueue()
  private var sweeper: Alarm?
  private var spareBuffers: [[UInt8]] = []
  private var date = HTTPDate(secondsSince1970: 0)

  /// How many connections there were.
  public private(set) var connectionCount: UInt64 = 0
  /// How many requests there were.
  public internal(set) var requestCount: UInt64 = 0
  /// How many connections are open.
  public var openConnectionCount: Int { sessions.count }

  /// A server. More connections than the limit wait until others end.
  public init(
    _ router: Router, limits: HTTPLimits = HTTPLimits(), times: HTTPTimeLimits = HTTPTimeLimits(),
    connectionLimit: Int = 16_384
  ) {
    self.router = router
    self.limits = limits
    self.times = times
    self.connectionLimit = connectionLimit
    sweeper = Alarm { [unowned(unsafe) self] in unsafe self.sweep() }
  }

  /// Serves the connections of a listener until the task is cancelled or the server shut down.
  public func run(_ listener: TCPListener) async {
    self.listener = listener
    if isShuttingDown {
      listener.close()
    }
    while let stream = await listener.accept() {
      start(stream)
      while sessions.count >= connectionLimit {
        guard (try? await changes.wait()) != nil else { return }
      }
    }
    while !sessions.isEmpty, (try? await changes.wait()) != nil {}
  }

  private func start(_ stream: TCPStream) {
    let session = ServerSession(stream, self, index: sessions.count)
    sessions.append(session)
    connectionCount += 1
    session.task = Task { await session.run() }
    if sessions.count == 1 {
      sweeper?.deadline = MonotonicClock.now.advanced(by: Self.sweepInterval)
    }
  }

  /// Forgets a session that has ended.
  func remove(_ session: ServerSession) {
    session.task = nil
    let last = sessions.removeLast()
    if last !== session {
      last.index = session.index
      sessions[session.index] = last
    }
    while changes.wakeFirst() {}
  }

  /// Takes no more connections, lets every one finish what it is at, and ends those that are not done
  /// in time.
  public func shutDown(within time: Duration = .seconds(10)) async {
    isShuttingDown = true
    listener?.close()
    for session in sessions {
      session.shutDown()
    }
    let deadline = MonotonicClock.now.advanced(by: time)
    while !sessions.isEmpty, (try? await changes.wait(until: deadline)) != nil {}
    for session in sessions {
      session.abort()
    }
  }

  /// One look at all connections costs less than a timer for each request.
  private func sweep() {
    let now = MonotonicClock.now
    for session in sessions {
      session.checkTime(now.nanoseconds)
    }
    if !sessions.isEmpty {
      sweeper?.deadline = now.advanced(by: Self.sweepInterval)
    }
  }

  /// The present date, which is formatted once a second.
  func currentDate() -> HTTPDate {
    let seconds = WallClock.now.nanosecondsSince1970 / 1_000_000_000
    if seconds != date.secondsSince1970 {
      date = HTTPDate(secondsSince1970: seconds)
    }
    return date
  }

  /// An empty buffer, with room if there is one to spare: connections need theirs for moments.
  func takeBuffer() -> [UInt8] {
    spareBuffers.popLast() ?? []
  }

  /// Keeps a buffer for the next user.
  func giveBack(_ buffer: consuming [UInt8]) {
    if spareBuffers.count < Self.spareLimit, buffer.capacity > 0,
      buffer.capacity <= Self.spareSize
    {
      buffer.removeAll(keepingCapacity: true)
      spareBuffers.append(buffer)
    }
  }
}
