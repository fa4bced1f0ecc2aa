// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Sockets
import Swiftlet

/// The end of TCP streams: `stream --ipv4=10.0.0.2/24 [--bytes=N] [--connections=N] [verify]`. At port
/// 9 it takes a stream and forgets it (RFC 863), at port 19 it sends one of N bytes (RFC 864). It ends
/// after as many connections as it is told. With `verify`, what it takes is compared with what it would
/// send.
@main
struct Stream {
  static func main() async {
    do throws(ConfigurationError) {
      let network = try Network.configured(Devices.service)
      let server = StreamServer(
        length: option("bytes").flatMap { Int($0) } ?? 1 << 20,
        limit: option("connections").flatMap { Int($0) } ?? .max,
        verifies: arguments.contains("verify"))
      try await server.run(network)
    } catch {
      print("stream: \(error.description)")
      exit(1)
    }
  }
}

/// Sendable because nothing runs at the same time as its user.
final class StreamServer: @unchecked Sendable {
  private static let (sinkPort, sourcePort) = (UInt16(9), UInt16(19))

  private let length: Int
  private let limit: Int
  private let verifies: Bool
  private let pattern = Pattern()
  private var count = 0
  private var isCorrect = true

  init(length: Int, limit: Int, verifies: Bool) {
    self.length = length
    self.limit = limit
    self.verifies = verifies
  }

  func run(_ network: Network) async throws(ConfigurationError) {
    do throws(SocketError) {
      let (sink, source) = (
        try network.listen(port: Self.sinkPort), try network.listen(port: Self.sourcePort)
      )
      print("streams at ports \(Self.sinkPort) and \(Self.sourcePort)")
      Task {
        for await stream in source {
          Task { await self.send(stream) }
        }
      }
      for await stream in sink {
        Task { await self.take(stream) }
      }
    } catch {
      fatalError("a port is taken")
    }
  }

  private func take(_ stream: TCPStream) async {
    var received = 0
    var isRight = true
    do throws(StreamError) {
      while true {
        let count = try await stream.read { piece in
          if verifies && !pattern.matches(piece, at: received) {
            isRight = false
          }
          received += piece.count
        }
        if count == 0 {
          break
        }
      }
    } catch {
      isRight = false
    }
    stream.finish()
    await end(stream, received: received, sent: 0, isRight: isRight)
  }

  private func send(_ stream: TCPStream) async {
    var sent = 0
    var isRight = true
    do throws(StreamError) {
      while sent < length {
        let range = pattern.range(at: sent, atMost: length - sent)
        try await stream.write(pattern.memory, range)
        sent += range.count
      }
      stream.finish()
      // The other side is done when it has everything.
      while try await stream.read({ _ in }) > 0 {}
    } catch {
      isRight = false
    }
    await end(stream, received: 0, sent: sent, isRight: isRight)
  }

  private func end(_ stream: TCPStream, received: Int, sent: Int, isRight: Bool) async {
    print(
      """
      port \(stream.localAddress.port): \(received) bytes received, \(sent) sent\
      \(isRight ? "" : ", wrong")
      """)
    isCorrect = isCorrect && isRight
    count += 1
    if count == limit {
      // The last FIN has to be acknowledged.
      try? await stream.closed(timeout: .seconds(10))
      exit(isCorrect ? 0 : 1)
    }
  }
}
