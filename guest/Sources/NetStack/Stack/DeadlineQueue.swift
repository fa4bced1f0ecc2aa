// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Connections by the time at which they want to be looked at: a binary heap in which each connection
/// knows its place.
///
/// A connection changes its deadline with almost every segment, nearly always to a later one. It only
/// moves for an earlier one; what comes up too early is put back.
struct DeadlineQueue {
  private var heap: [TCPConnection] = []

  /// The time at which to look here, which may be too early.
  var first: Instant? { heap.first?.scheduledDeadline }

  /// Takes note of the connection's deadline.
  mutating func update(_ connection: TCPConnection) {
    guard let deadline = connection.deadline else { return }
    if connection.deadlinePosition < 0 {
      heap.append(connection)
      connection.scheduledDeadline = deadline
      moveUp(connection, from: heap.count - 1)
    } else if deadline < connection.scheduledDeadline {
      connection.scheduledDeadline = deadline
      moveUp(connection, from: connection.deadlinePosition)
    }
  }

  /// The next connection whose deadline is not after `now`. Its deadline is to be noted again.
  mutating func popFirst(until now: Instant) -> TCPConnection? {
    while let connection = heap.first, connection.scheduledDeadline <= now {
      remove(connection)
      if let deadline = connection.deadline, deadline <= now {
        return connection
      }
      update(connection)
    }
    return nil
  }

  /// Forgets a connection.
  mutating func remove(_ connection: TCPConnection) {
    let position = connection.deadlinePosition
    guard position >= 0 else { return }
    connection.deadlinePosition = -1
    let last = heap.removeLast()
    if position < heap.count {
      moveUp(last, from: position)
      moveDown(last)
    }
  }

  private mutating func place(_ connection: TCPConnection, at position: Int) {
    heap[position] = connection
    connection.deadlinePosition = position
  }

  private mutating func moveUp(_ connection: TCPConnection, from start: Int) {
    var position = start
    while position > 0 {
      let parent = heap[(position - 1) / 2]
      guard connection.scheduledDeadline < parent.scheduledDeadline else { break }
      place(parent, at: position)
      position = (position - 1) / 2
    }
    place(connection, at: position)
  }

  private mutating func moveDown(_ connection: TCPConnection) {
    var position = connection.deadlinePosition
    while 2 * position + 1 < heap.count {
      var child = 2 * position + 1
      if child + 1 < heap.count,
        heap[child + 1].scheduledDeadline < heap[child].scheduledDeadline
      {
        child += 1
      }
      guard heap[child].scheduledDeadline < connection.scheduledDeadline else { break }
      place(heap[child], at: position)
      position = child
    }
    place(connection, at: position)
  }
}
