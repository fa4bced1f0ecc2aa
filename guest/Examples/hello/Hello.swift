// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Greets, and shows the arguments that it was started with.
@main
struct Hello {
  static func main() async {
    print("Hello from Swift")
    for argument in arguments {
      print(argument)
    }
  }
}
