// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Swiftlet

/// Makes as many `walltime` hypercalls as its argument says and prints the nanoseconds of one.
@main
struct Hypercalls {
  static func main() async {
    guard let count = arguments.first.flatMap({ UInt64($0) }), count > 0 else {
      print("usage: hypercalls COUNT")
      exit(2)
    }
    call(1000)
    let began = MonotonicClock.now
    call(count)
    print((MonotonicClock.now.nanoseconds - began.nanoseconds) / count)
  }

  private static func call(_ count: UInt64) {
    for _ in 0..<count {
      _ = sl_hypercall_walltime()
    }
  }
}
