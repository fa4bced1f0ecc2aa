// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Does what Swift traps on: `index`, `overflow`, `division`, `conversion`, `precondition`, or
/// `deadlock`.
@main
struct TrapGuest {
  static func main() async {
    let numbers = arguments.map { $0.utf8.count }
    switch arguments.first {
    case "index": print("\(numbers[numbers.count])")
    case "overflow": print("\(Int.max - 4 + numbers[0])")
    case "division": print("\(1 / (numbers.count - 1))")
    case "conversion": print("\(UInt8(numbers[0] * 100))")
    case "precondition": precondition(numbers.isEmpty, "there are arguments")
    case "deadlock": await waitForever()
    default: print("usage: trap KIND")
    }
  }

  static func waitForever() async {
    await unsafe withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
  }
}
