// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTPTypes
import Sockets
import Swiftlet
import WebClient

/// Prints what is at a URL: `fetch --url=http://…`. Addresses come from a DHCP server, or from
/// `--ipv4=10.0.0.2/24 [--ipv4-gateway=10.0.0.1] [--nameserver=10.0.0.1]`.
@main
struct Fetch {
  static func main() async {
    guard let url = option("url") else {
      print(
        "usage: fetch [--ipv4=10.0.0.2/24 [--ipv4-gateway=10.0.0.1]] [--nameserver=10.0.0.1]"
          + " --url=http://…")
      exit(1)
    }
    do throws(ConfigurationError) {
      let (network, resolver) = try await Network.joined(Devices.service)
      let client = HTTPClient(network) { name in (try? await resolver.lookup(name)) ?? [] }
      await get(url, client)
    } catch {
      print("fetch: \(error.description)")
      exit(1)
    }
  }

  private static func get(_ url: String, _ client: HTTPClient) async {
    do throws(HTTPClientError) {
      let response = try await client.get(url)
      print(response.text, terminator: "")
      if response.head.status.kind != .successful {
        print("fetch: \(response.head.status)")
        exit(1)
      }
    } catch {
      print("fetch: \(describe(error))")
      exit(1)
    }
  }

  private static func describe(_ error: HTTPClientError) -> String {
    switch error {
    case .badURL: "not a URL of http"
    case .unknownHost: "nobody knows the host"
    case .badRequest: "the request cannot be written"
    case .badRedirection: "the redirections lead nowhere"
    case .stream(.timedOut): "the time is over"
    case .stream: "the connection failed"
    case .message: "what came is not HTTP"
    }
  }
}
