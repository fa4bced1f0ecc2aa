// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import NetStack
import Sockets
import Swiftlet
import Web

/// A web server with contents of any size and with little patience: `site --ipv4=10.0.0.2/24`. GET of
/// `/bytes/N` or `/chunks/N` is answered by N bytes, which PUT of `/bytes` takes; POST of `/echo` comes
/// back; `/late` takes a second; POST of `/stop` ends the server.
@main
struct Site {
  private static let second: UInt64 = 1_000_000_000

  static func main() async {
    do throws(ConfigurationError) {
      await serve(try Network.configured(Devices.service))
    } catch {
      print("site: \(error.description)")
      exit(1)
    }
  }

  private static func serve(_ network: Network) async {
    var limits = HTTPLimits()
    limits.bodyBytes = 4 << 30
    var times = HTTPTimeLimits()
    (times.idle, times.head, times.bodyGrace, times.write) = (2 * second, second, second, second)
    let router = Router()
    let server = HTTPServer(router, limits: limits, times: times)
    addContents(to: router)
    router.post("/echo") { request in await echo(request) }
    router.get("/late") { _ in
      try? await sleep(for: .seconds(1))
      return .text("late\n")
    }
    router.get("/open") { _ in .text("\(server.openConnectionCount)\n") }
    router.post("/stop") { _ in
      Task { await server.shutDown(within: .seconds(3)) }
      return .text("stops\n")
    }
    do throws(SocketError) {
      let listener = try network.listen(port: 80)
      print("serves at port 80")
      await server.run(listener)
      print("stopped with \(server.openConnectionCount) connections")
    } catch {
      fatalError("the port is taken")
    }
  }

  private static func addContents(to router: Router) {
    let content = Content()
    router.get("/bytes/{count}") { request in
      respond(content, request.parameters["count"], tellsLength: true)
    }
    router.get("/chunks/{count}") { request in
      respond(content, request.parameters["count"], tellsLength: false)
    }
    router.put("/bytes") { request in
      var count: UInt64 = 0
      do throws(ContentError) {
        while let piece = try await request.nextPiece() {
          guard content.matches(piece, at: count) else {
            return .text("wrong behind \(count)\n", status: .badRequest)
          }
          count += UInt64(piece.count)
        }
      } catch {
        return .status(.badRequest)
      }
      return .text("\(count)\n")
    }
  }

  private static func respond(
    _ content: Content, _ count: String, tellsLength: Bool
  ) -> ServerResponse {
    guard let count = UInt64(count) else { return .status(.badRequest) }
    return ServerResponse(
      HTTPResponse(status: .ok),
      .stream(length: tellsLength ? count : nil) { (body) async throws(StreamError) in
        var offset: UInt64 = 0
        while offset < count {
          let piece = content.piece(at: offset, atMost: count - offset)
          let size = UInt64(piece.count)
          try await body.write(piece)
          offset += size
        }
      })
  }

  private static func echo(_ request: ServerRequest) async -> ServerResponse {
    do throws(ContentError) {
      let bytes = try await request.content()
      return ServerResponse(HTTPResponse(status: .ok), .bytes(bytes))
    } catch {
      return .status(error == .tooLarge ? .contentTooLarge : .badRequest)
    }
  }
}
