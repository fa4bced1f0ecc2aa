// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule

/// Connections in TIME-WAIT, the oldest first. There is a limit to them: what they protect from is
/// seldom, and memory is not endless.
struct TimeWaitQueue {
  static let capacity = 1024

  private var connections = Deque<TCPConnection>()

  /// Adds a connection, and returns the one that has to go for it.
  mutating func append(_ connection: TCPConnection) -> TCPConnection? {
    connections.append(connection)
    return connections.count > Self.capacity ? connections.popFirst() : nil
  }

  /// Forgets the oldest, as long as these are over.
  mutating func removeClosed() {
    while let first = connections.first, first.state == .closed {
      connections.removeFirst()
    }
  }
}
