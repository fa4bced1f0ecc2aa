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
  /// Returns the number of ready descriptors; an interrupting signal counts as a time-out.
  public mutating func wait(timeoutNanoseconds: UInt64?) throws(SystemCallError) -> Int {
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
    return 0
  }

  /// Whether the descriptor at `index` was ready, or in error, in the last wait.
  public func isReady(_ index: Int) -> Bool { entries[index].revents != 0 }
}
