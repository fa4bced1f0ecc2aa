// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Prints its arguments, one on a line.
@main
struct EchoArguments {
  static func main() async {
    for argument in arguments {
      print(argument)
    }
  }
}
