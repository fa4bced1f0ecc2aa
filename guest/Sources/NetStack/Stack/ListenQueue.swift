// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
public import NetWire

/// Who wants to know that a connection can be accepted.
public protocol ListenQueueObserver: AnyObject {
  /// A connection can be accepted.
  func connectionArrived()
}

/// A port that takes connections.
///
/// Sendable because nothing runs at the same time as its user.
public final class ListenQueue: @unchecked Sendable {
  /// The address that connections come to; nil for every one that the host has.
  public let address: IPAddress?
  /// The port that connections come to.
  public let port: UInt16
  /// How many connections may wait to be accepted, and how many may be half open. When more are half
  /// open, SYN cookies take their place (RFC 4987, section 3.6).
  public let backlog: Int
  /// Who is told of connections.
  public var observer: (any ListenQueueObserver)?

  let options: TCPConnection.Options
  var halfOpenCount = 0
  private var waiting = Deque<TCPConnection>()

  init(address: IPAddress?, port: UInt16, backlog: Int, options: TCPConnection.Options) {
    self.address = address
    self.port = port
    self.backlog = backlog
    self.options = options
  }

  /// The shift count of the windows of its connections.
  var windowScale: UInt8 { TCPConnection.windowShift(for: options.receiveLimit) }

  var isFull: Bool { waiting.count >= backlog }

  /// The next connection that waits to be accepted.
  public func accept() -> TCPConnection? {
    guard let connection = waiting.popFirst() else { return nil }
    connection.attachment?.listener = nil
    return connection
  }

  /// A handshake is complete.
  func append(_ connection: TCPConnection) {
    waiting.append(connection)
    observer?.connectionArrived()
  }

  /// Whether segments to `address` are this listener's.
  func takes(_ address: IPAddress, port: UInt16) -> Bool {
    port == self.port && (self.address == nil || self.address == address)
  }
}
