// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule

/// Connections that may have something to send, each once, in the order in which they came.
struct ConnectionQueue {
  private var connections = Deque<TCPConnection>()

  var isEmpty: Bool { connections.isEmpty }

  var count: Int { connections.count }

  mutating func append(_ connection: TCPConnection) {
    if !connection.isScheduled {
      connection.isScheduled = true
      connections.append(connection)
    }
  }

  mutating func popFirst() -> TCPConnection? {
    guard let connection = connections.popFirst() else { return nil }
    connection.isScheduled = false
    return connection
  }
}
