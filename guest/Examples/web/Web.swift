// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Sockets
import Swiftlet
import Web

/// Serves the files of the folder `public` and its own status:
/// `web --ipv4=10.0.0.2/24 [--port=80]`.
@main
struct WebServer {
  static func main() async {
    guard let port = UInt16(option("port") ?? "80") else {
      print("usage: web --ipv4=10.0.0.2/24 [--port=80]")
      exit(1)
    }
    do throws(ConfigurationError) {
      await serve(try Network.configured(Devices.service), port)
    } catch {
      print("web: \(error.description)")
      exit(1)
    }
  }

  private static func serve(_ network: Network, _ port: UInt16) async {
    let router = Router()
    let server = HTTPServer(router)
    router.files(embeddedFiles)
    router.get("/status") { _ in .json(status(of: server)) }
    do throws(SocketError) {
      let listener = try network.listen(port: port)
      print("serves at port \(port)")
      await server.run(listener)
    } catch {
      print("web: port \(port) cannot be had")
      exit(1)
    }
  }

  private static func status(of server: HTTPServer) -> String {
    let milliseconds = MonotonicClock.now.nanoseconds / 1_000_000
    let connections =
      "{\"open\":\(server.openConnectionCount),\"total\":\(server.connectionCount)}"
    return "{\"uptimeMilliseconds\":\(milliseconds),\"connections\":\(connections),"
      + "\"requests\":\(server.requestCount),\"freeMemory\":\(freeMemory)}\n"
  }
}
