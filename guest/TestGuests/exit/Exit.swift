// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Exits with the status that its argument says.
@main
struct Exit {
  static func main() async {
    exit(arguments.first.flatMap { Int32($0) } ?? 0)
  }
}
