// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Sends every frame back to where it came from, as fast as it can: `reflect [COUNT] [raw]`. It ends
/// after COUNT frames, or never. With `raw` the frames go back as they are.
@main
struct Reflect {
  static func main() async {
    let limit = arguments.lazy.compactMap { Int($0) }.first ?? .max
    let isRaw = arguments.contains("raw")
    let device = Devices.service
    print("reflecting")
    var count = 0
    var bytes = 0
    do throws(NetError) {
      while count < limit {
        let frame = try await device.receive()
        try await device.send { reply in
          isRaw ? reply.append(copyOf: frame.span) : reflect(frame.span, into: &reply)
        }
        count += 1
        bytes += frame.count
      }
    } catch {
      print("a frame could not be sent")
      exit(1)
    }
    print("\(count) frames, \(bytes) bytes")
  }

  private static func reflect(_ frame: Span<UInt8>, into reply: inout OutputSpan<UInt8>) {
    guard frame.count >= 14 else { return }
    reply.append(copyOf: frame.extracting(6..<12))
    reply.append(copyOf: frame.extracting(0..<6))
    reply.append(copyOf: frame.extracting(12...))
  }
}
