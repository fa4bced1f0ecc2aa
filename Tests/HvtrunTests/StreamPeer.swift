// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation

/// Linux's end of a TCP stream with the guest stream, whose contents both know.
enum StreamPeer {
  /// The guest's pattern: the byte at offset n of a stream is that at n modulo the count.
  static let pattern = (0..<262_139).map {
    UInt8(truncatingIfNeeded: (UInt64($0) &* 0x9e37_79b1) >> 13)
  }

  /// Sends `count` bytes and waits until the guest has closed its end; a message if that fails.
  static func send(_ count: Int, in network: TapNamespace) -> String? {
    talk(to: 9, in: network) { socket in
      var sent = 0
      while sent < count {
        let bytes = pattern[(sent % pattern.count)...].prefix(count - sent)
        let written = unsafe bytes.withUnsafeBytes {
          unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if written <= 0 { return "sent \(sent) bytes, then error \(errno)" }
        sent += written
      }
      shutdown(socket, Int32(SHUT_WR))
      var byte: UInt8 = 0
      return unsafe recv(socket, &byte, 1, 0) == 0 ? nil : "the guest does not end the connection"
    }
  }

  /// Receives until the guest closes its end, which has to be `count` bytes of the pattern.
  static func receive(_ count: Int, in network: TapNamespace) -> String? {
    talk(to: 19, in: network) { socket in
      var received = 0
      var bytes = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        // Never across the end of the pattern.
        let room = min(bytes.count, pattern.count - received % pattern.count)
        let got = unsafe recv(socket, &bytes, room, 0)
        if got < 0 { return "received \(received) bytes, then error \(errno)" }
        if got == 0 { break }
        if bytes[..<got] != pattern[(received % pattern.count)...].prefix(got) {
          return "wrong bytes within \(got) from \(received) on"
        }
        received += got
      }
      return received == count ? nil : "received \(received) of \(count) bytes"
    }
  }

  /// Connects to a port of 10.0.0.2 and runs `body` with the socket.
  private static func talk(
    to port: UInt16, in network: TapNamespace, _ body: @escaping @Sendable (CInt) -> String?
  ) -> String? {
    let outcome = network.inside { () -> String? in
      let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var limit = timeval(tv_sec: 20, tv_usec: 0)
      for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
        unsafe setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
      }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x0a00_0002).bigEndian
      let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          unsafe connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return result == 0 ? body(socket) : "cannot connect to port \(port): error \(errno)"
    }
    return outcome ?? "no thread in the namespace"
  }
}
