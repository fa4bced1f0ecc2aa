// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Calls a function at a point in time, which can be moved.
///
/// Sendable because nothing runs at the same time as its user.
public final class Alarm: @unchecked Sendable {
  private let timer: AlarmTimer

  /// An alarm that is not set. `action` is called between two tasks, and must not take long.
  public init(_ action: @escaping () -> Void) {
    timer = AlarmTimer(action)
  }

  /// When the alarm goes off; nil when it is not set.
  public var deadline: MonotonicClock.Instant? {
    get { timer.isSet ? timer.deadline : nil }
    set {
      if timer.isSet {
        eventLoop.timers.remove(timer)
        timer.isSet = false
      }
      if let newValue {
        timer.deadline = newValue
        timer.isSet = true
        eventLoop.timers.insert(timer)
      }
    }
  }
}

private final class AlarmTimer: Timer {
  var isSet = false
  private let action: () -> Void

  init(_ action: @escaping () -> Void) {
    self.action = action
    super.init(deadline: MonotonicClock.Instant(nanoseconds: 0))
  }

  override func fire() {
    isSet = false
    action()
  }
}
