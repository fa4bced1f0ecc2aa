// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Sends back what it receives, until it has done that for as many frames as its argument says.
@main
struct FramesGuest {
  static func main() async {
    let limit = arguments.first.flatMap { Int($0) } ?? 1
    print("mtu \(Devices.service.mtu)")
    var count = 0
    var bytes = 0
    for await frame in Devices.service.frames {
      try? await Devices.service.send(frame.span)
      count += 1
      bytes += frame.count
      if count == limit {
        break
      }
    }
    print("\(count) frames, \(bytes) bytes")
  }
}
