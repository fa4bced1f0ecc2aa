// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Something that is to happen at a point in time.
class Timer {
  /// Not to be changed while the timer is in the queue.
  var deadline: MonotonicClock.Instant
  /// The place in the queue, while it is there.
  fileprivate var position = -1

  init(deadline: MonotonicClock.Instant) {
    self.deadline = deadline
  }

  func fire() {}
}

/// Timers by deadline: a binary heap in which each timer knows its place, so that one that is
/// cancelled leaves at once.
struct TimerQueue {
  private var heap: [Timer] = []

  var nextDeadline: MonotonicClock.Instant? { heap.first?.deadline }

  mutating func insert(_ timer: Timer) {
    heap.append(timer)
    timer.position = heap.count - 1
    moveUp(heap.count - 1)
  }

  mutating func remove(_ timer: Timer) {
    let position = timer.position
    guard position >= 0 else { return }
    timer.position = -1
    let last = heap.removeLast()
    if position < heap.count {
      place(last, at: position)
      moveUp(position)
      moveDown(last.position)
    }
  }

  /// The first timer whose deadline is not after `now`, taken out of the queue.
  mutating func popFirst(until now: MonotonicClock.Instant) -> Timer? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    remove(first)
    return first
  }

  private mutating func place(_ timer: Timer, at position: Int) {
    heap[position] = timer
    timer.position = position
  }

  private mutating func moveUp(_ start: Int) {
    var position = start
    let timer = heap[position]
    while position > 0 {
      let parent = (position - 1) / 2
      guard timer.deadline < heap[parent].deadline else { break }
      place(heap[parent], at: position)
      position = parent
    }
    place(timer, at: position)
  }

  private mutating func moveDown(_ start: Int) {
    var position = start
    let timer = heap[position]
    while true {
      var child = 2 * position + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline {
        child += 1
      }
      guard heap[child].deadline < timer.deadline else { break }
      place(heap[child], at: position)
      position = child
    }
    place(timer, at: position)
  }
}
