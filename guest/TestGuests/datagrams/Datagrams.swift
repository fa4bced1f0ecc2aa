// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Sockets
import Swiftlet

/// What the network tells sockets: `datagrams --ipv4=10.0.0.2/24 --ipv6=fd00::2/64`. Asks port 9 of
/// 10.0.0.1, by a connected socket and another, and answers what is sent to port 5000 of two groups,
/// until a datagram says `exit`. When one says `leave`, it leaves the group that this came to.
@main
struct Datagrams {
  private static let peer = SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0001)), port: 9)
  private static let groups = ["239.1.2.3", "ff02::1234"]

  static func main() async {
    do throws(ConfigurationError) {
      await run(try Network.configured(Devices.service))
    } catch {
      print("datagrams: \(error.description)")
      exit(1)
    }
  }

  private static func run(_ network: Network) async {
    do throws(SocketError) {
      await expectRefusal(try network.openUDP(remote: peer), isConnected: true)
      await expectRefusal(try network.openUDP(), isConnected: false)
      let socket = try network.openUDP(port: 5000)
      for text in groups {
        guard let group = IPAddress(text) else { fatalError("\(text) is no address") }
        try socket.join(group)
      }
      print("listens")
      await answer(socket)
    } catch {
      fatalError("a socket cannot be had")
    }
  }

  /// Only a connected socket is interrupted; the other is told when it asks.
  private static func expectRefusal(_ socket: UDPSocket, isConnected: Bool) async {
    send([1], by: socket, to: peer)
    do throws(StreamError) {
      _ = try await socket.receive(timeout: .seconds(isConnected ? 10 : 1))
      print("an answer")
    } catch {
      switch error {
      case .unavailable(.refused): print("refused")
      case .timedOut:
        let failure = socket.takeFailure()
        let isRefused = failure?.error == .refused && failure?.remote == peer
        print("nothing came\(isRefused ? ", refused" : "")")
      default: print("another error")
      }
    }
  }

  private static func send(_ bytes: [UInt8], by socket: UDPSocket, to remote: SocketAddress) {
    do throws(SocketError) {
      try socket.send(bytes.span, to: remote)
    } catch {
      fatalError("nothing can be sent")
    }
  }

  private static func answer(_ socket: UDPSocket) async {
    do throws(StreamError) {
      while true {
        let datagram = try await socket.receive()
        if datagram.payload.elementsEqual("leave".utf8) {
          socket.leave(datagram.destination)
        }
        send(
          Array("\(datagram.destination) ".utf8) + datagram.payload, by: socket,
          to: datagram.source)
        if datagram.payload.elementsEqual("exit".utf8) {
          return
        }
      }
    } catch {}
  }
}
