// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack

/// Events in the order of their times; those of the same time in the order in which they came.
struct EventQueue<Event> {
  /// The first event is the last here.
  private var events: [(time: Instant, event: Event)] = []

  /// When the first event is.
  var first: Instant? { events.last?.time }

  mutating func insert(_ event: Event, at time: Instant) {
    var low = 0
    var high = events.count
    while low < high {
      let middle = (low + high) / 2
      if events[middle].time < time || events[middle].time == time {
        high = middle
      } else {
        low = middle + 1
      }
    }
    events.insert((time, event), at: low)
  }

  /// Takes the first event if its time has come.
  mutating func removeFirst(until time: Instant) -> Event? {
    guard let last = events.last, last.time <= time else { return nil }
    return events.removeLast().event
  }
}
