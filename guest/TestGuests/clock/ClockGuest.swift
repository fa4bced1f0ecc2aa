// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Prints both clocks in nanoseconds, and how long a sleep of 50 ms took.
@main
struct ClockGuest {
  static func main() async {
    let start = MonotonicClock.now
    print("monotonic \(start.nanoseconds)")
    print("wall \(WallClock.now.nanosecondsSince1970)")
    try? await sleep(for: .milliseconds(50))
    print("slept \(MonotonicClock.now.nanoseconds - start.nanoseconds)")
  }
}
