// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Sockets
import Swiftlet

/// A name server with authority over a zone: `dns --ipv4=10.0.0.2/24`.
@main
struct DNS {
  /// How long a connection may be silent.
  private static let patience = Duration.seconds(10)
  /// The most connections at once.
  private static let connectionLimit = 256
  private static let largestDatagram = 1232

  static func main() async {
    let server: NameServer
    do throws(ZoneError) {
      server = NameServer(try Zone(zoneText))
    } catch {
      print("dns: zone: \(error.description)")
      exit(1)
    }
    do throws(ConfigurationError) {
      let network = try Network.configured(Devices.service)
      await serve(network, server)
    } catch {
      print("dns: \(error.description)")
      exit(1)
    }
  }

  private static func serve(_ network: Network, _ server: NameServer) async {
    do throws(SocketError) {
      let listener = try network.listen(port: DNSConfiguration.port)
      let socket = try network.openUDP(port: DNSConfiguration.port)
      print("answers at port \(DNSConfiguration.port)")
      Task { await answer(socket, server) }
      let connections = Connections()
      for await stream in listener where connections.count < connectionLimit {
        connections.count += 1
        Task {
          await answer(stream, server)
          connections.count -= 1
        }
      }
    } catch {
      print("dns: port \(DNSConfiguration.port) cannot be had")
      exit(1)
    }
  }

  private static func answer(_ socket: UDPSocket, _ server: NameServer) async {
    try? await socket.answer(capacity: largestDatagram) { query, reply in
      server.answer(query.payload.span, over: .udp, into: &reply)
    }
  }

  /// Answers queries, each of which stands behind its length (RFC 7766).
  private static func answer(_ stream: TCPStream, _ server: NameServer) async {
    var input: [UInt8] = []
    do throws(StreamError) {
      while true {
        let count = try await stream.read(atMost: 65_537 - input.count, timeout: patience) {
          piece in
          for index in piece.indices {
            input.append(piece[index])
          }
        }
        if count == 0 {
          break
        }
        while input.count >= 2, input.count >= 2 + length(input) {
          let reply = reply(toFirstOf: input, server)
          input.removeFirst(2 + length(input))
          if !reply.isEmpty {
            let size = [UInt8(reply.count >> 8), UInt8(truncatingIfNeeded: reply.count)]
            try await stream.write((size + reply).span, timeout: patience)
          }
        }
      }
      stream.finish()
    } catch {
      stream.abort()
    }
  }

  private static func reply(toFirstOf input: [UInt8], _ server: NameServer) -> [UInt8] {
    [UInt8](capacity: 65_535) { reply in
      server.answer(
        input.span.extracting(2..<2 + length(input)), over: .tcp, into: &reply)
    }
  }

  /// The length of the first query.
  private static func length(_ input: [UInt8]) -> Int {
    Int(input[0]) << 8 | Int(input[1])
  }
}

/// How many connections there are.
///
/// Sendable because nothing runs at the same time as its user.
private final class Connections: @unchecked Sendable {
  var count = 0
}
