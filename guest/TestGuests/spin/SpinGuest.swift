// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Runs in a loop that never leaves the machine.
@main
struct SpinGuest {
  static func main() async {
    print("spinning")
    var count = 0
    while true {
      count &+= 1
    }
  }
}
