// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Swiftlet

/// The end of TCP streams: `stream --ipv4=10.0.0.2/24 [--bytes=N] [--connections=N] [verify]`. On
/// port 9 it takes a stream and forgets it (RFC 863), on port 19 it sends one of N bytes (RFC 864). It
/// serves one connection at a time, and ends after as many as it is told. With `verify`, what it takes
/// is compared with what it would send.
@main
struct Stream {
  static func main() async {
    guard let prefix = option("ipv4").flatMap({ IPv4Prefix($0) }) else {
      print("usage: stream --ipv4=10.0.0.2/24 [--bytes=N] [--connections=N] [verify]")
      exit(1)
    }
    let station = Station(
      address: prefix.address, length: option("bytes").flatMap { UInt64($0) } ?? 1 << 20,
      verifies: arguments.contains("verify"))
    let limit = option("connections").flatMap { Int($0) } ?? .max
    print("\(prefix) streams")
    Task { await station.sendAgain() }
    do throws(NetError) {
      while station.count < limit {
        try await station.handle(try await Devices.service.receive())
      }
    } catch {
      exit(1)
    }
    exit(station.isCorrect ? 0 : 1)
  }
}
