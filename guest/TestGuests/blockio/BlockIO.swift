// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Reads or writes a disk in a pattern and tells how long that took:
/// `blockio --pattern=P [--size=BYTES] [--depth=TASKS] [--count=REQUESTS] [verify] [flush]`.
///
/// P is `read`, `write`, `randread` or `randwrite`. Written blocks tell their offset in every word;
/// with `verify`, what is read is compared with that. With `flush`, the time of a flush is part of the
/// result.
@main
struct BlockIO {
  static func main() async {
    guard let load = Load(disk: Devices.storage) else {
      print("usage: blockio --pattern=read|write|randread|randwrite [--size=4096] [--depth=1]")
      print("               [--count=1000] [verify] [flush]")
      exit(2)
    }
    let start = MonotonicClock.now
    do throws(BlockError) {
      try await load.run()
    } catch {
      print("failed: \(name(of: error))")
      exit(1)
    }
    report(load, nanoseconds: max(1, MonotonicClock.now.nanoseconds - start.nanoseconds))
  }

  private static func report(_ load: Load, nanoseconds: UInt64) {
    let bytes = UInt64(load.count) * UInt64(load.size)
    print("\(load.count) requests of \(load.size) bytes, depth \(load.depth)")
    print("\(nanoseconds / UInt64(load.count)) ns per request")
    print("\(UInt64(load.count) * 1_000_000_000 / nanoseconds) requests per second")
    print("\(bytes * 1000 / nanoseconds) MB/s")
  }

  private static func name(of error: BlockError) -> String {
    switch error {
    case .outOfRange: "out of range"
    case .readOnly: "read-only"
    case .failed: "input/output error"
    case .unsupported: "not supported"
    case .cancelled: "cancelled"
    }
  }
}
