// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Panics, after text that does not end a line.
@main
struct PanicGuest {
  static func main() async {
    print("before", terminator: " ")
    fatalError("the message")
  }
}
