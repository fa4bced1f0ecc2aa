// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Sockets
import Swiftlet

/// Sends back what it is sent, over TCP and UDP (RFC 862): `echo --ipv4=10.0.0.2/24 [--port=7]`.
@main
struct Echo {
  static func main() async {
    guard let port = UInt16(option("port") ?? "7") else {
      print("usage: echo --ipv4=10.0.0.2/24 [--port=7]")
      exit(1)
    }
    do throws(ConfigurationError) {
      let network = try Network.configured(Devices.service)
      await serve(network, port)
    } catch {
      print("echo: \(error.description)")
      exit(1)
    }
  }

  private static func serve(_ network: Network, _ port: UInt16) async {
    do throws(SocketError) {
      let listener = try network.listen(port: port)
      let socket = try network.openUDP(port: port)
      print("echoes at port \(port)")
      Task { await echo(socket) }
      for await stream in listener {
        Task { await echo(stream) }
      }
    } catch {
      print("echo: port \(port) cannot be had")
      exit(1)
    }
  }

  private static func echo(_ stream: TCPStream) async {
    var bytes: [UInt8] = []
    do throws(StreamError) {
      while true {
        bytes.removeAll(keepingCapacity: true)
        let count = try await stream.read(atMost: 65_536) { piece in
          for index in piece.indices {
            bytes.append(piece[index])
          }
        }
        if count == 0 {
          break
        }
        try await stream.write(bytes.span)
      }
      stream.finish()
    } catch {}
  }

  private static func echo(_ socket: UDPSocket) async {
    do throws(StreamError) {
      while true {
        let datagram = try await socket.receive()
        try? socket.send(
          datagram.payload.span, to: datagram.source, source: datagram.destination)
      }
    } catch {}
  }
}
