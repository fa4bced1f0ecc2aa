// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

@main
struct Hello {
  static func main() async {
    print("Hello from Swift"); exit(3)
  }
}
