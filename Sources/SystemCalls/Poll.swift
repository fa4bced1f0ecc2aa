// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// Descriptors to wait on with ppoll(2).
public struct PollSet: ~Copyable {
  private var entries: [pollfd]

  /// Waits for the descriptors of `readable` to be readable and then, in the order of indices, for
  /// those of `writable` to be writable.
  public init(readable: [CInt], writable: [CInt] = []) {
    entries =
      readable.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      + writable.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
  }

  /// Waits until a descriptor is ready or `timeoutNanoseconds` have passed (nil: for ever).
  /// Returns the number of ready descriptors. Signals do not end the wait.
  public mutating func wait(timeoutNanoseconds: UInt64?) throws(SystemCallError) -> Int {
    var left = timeoutNanoseconds
    let start = timeoutNanoseconds.map { _ in monotonicNanoseconds() }
    while true {
      if let count = try waitOnce(timeoutNanoseconds: left) { return count }
      if let timeoutNanoseconds, let start {
        let passed = monotonicNanoseconds() - start
        left = passed < timeoutNanoseconds ? timeoutNanoseconds - passed : 0
      }
    }
  }

  /// One call of ppoll; nil when a signal interrupted it.
  private mutating func waitOnce(timeoutNanoseconds: UInt64?) throws(SystemCallError) -> Int? {
    let ready: CInt
    if let timeoutNanoseconds {
      var time = timespec(
        tv_sec: Int(timeoutNanoseconds / 1_000_000_000),
        tv_nsec: Int(timeoutNanoseconds % 1_000_000_000))
      ready = unsafe clinux_ppoll(&entries, entries.count, &time)
    } else {
      ready = unsafe clinux_ppoll(&entries, entries.count, nil)
    }
    if ready >= 0 { return Int(ready) }
    guard Glibc.errno == EINTR else { throw SystemCallError("ppoll", on: "devices") }
    return nil
  }

  /// Whether later waits look at the descriptor at `index`. They do until told otherwise.
  public mutating func setWatched(_ index: Int, _ isWatched: Bool) {
    // poll(2) passes over negative numbers.
    let number = entries[index].fd
    if (number >= 0) != isWatched { entries[index].fd = ~number }
  }

  /// Whether the descriptor at `index` was ready, or in error, in the last wait.
  public func isReady(_ index: Int) -> Bool { entries[index].revents != 0 }
}

/// clock_gettime(2) of CLOCK_MONOTONIC.
public func monotonicNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }

/// clock_gettime(2) of CLOCK_REALTIME: since 1970.
public func realtimeNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_REALTIME) }

func nanoseconds(of clock: clockid_t) -> UInt64 {
  var now = timespec()
  unsafe clock_gettime(clock, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
