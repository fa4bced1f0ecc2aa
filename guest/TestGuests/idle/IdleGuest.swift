// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Sleeps for the milliseconds that its argument says.
@main
struct IdleGuest {
  static func main() async {
    let milliseconds = arguments.first.flatMap { Int($0) } ?? 1000
    try? await sleep(for: .milliseconds(milliseconds))
    print("awake")
  }
}
