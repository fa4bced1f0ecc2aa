// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP
public import HTTPTypes
public import Kernel
public import NetWire
public import Sockets

/// Asks HTTP servers. Connections that stay open are used again.
///
/// Sendable because nothing runs at the same time as its user.
public final class HTTPClient: @unchecked Sendable {
  /// Finds the addresses of a name.
  public typealias Resolve = @Sendable (String) async -> [IPAddress]

  /// How much of a response is taken.
  public var limits = HTTPLimits()
  /// How long one request may take, with its redirections.
  public var timeout: Duration = .seconds(30)
  /// How many redirections are followed.
  public var redirectionLimit = 5

  private static let idleLimit = 8
  private static let idleTime: Duration = .seconds(15)

  private let network: Network
  private let resolve: Resolve
  private var idle: [ClientConnection] = []

  /// A client that knows the addresses of hosts by `resolve`; addresses need none.
  public init(_ network: Network, resolve: @escaping Resolve = { _ in [] }) {
    self.network = network
    self.resolve = resolve
  }

  /// Gets what is at a URL, following redirections.
  public func get(_ url: String) async throws(HTTPClientError) -> ClientResponse {
    let deadline = MonotonicClock.now.advanced(by: timeout)
    guard var location = HTTPLocation(url) else { throw .badURL }
    for _ in 0...redirectionLimit {
      let request = HTTPRequest(
        method: .get, scheme: "http", authority: location.authority, path: location.path)
      let response = try await send(request, [], to: location, until: deadline)
      guard let reference = Self.redirection(response.head) else { return response }
      guard let next = location.resolving(reference) else { throw .badRedirection }
      location = next
    }
    throw .badRedirection
  }

  /// Sends a request, with content if there is any, to the server that its authority names, and
  /// follows no redirection.
  public func send(
    _ request: HTTPRequest, content: [UInt8] = []
  ) async throws(HTTPClientError) -> ClientResponse {
    let authority = request.authority ?? ""
    guard let location = HTTPLocation("http://" + authority) else { throw .badURL }
    let deadline = MonotonicClock.now.advanced(by: timeout)
    return try await send(request, content, to: location, until: deadline)
  }

  private static func redirection(_ head: HTTPResponse) -> String? {
    switch head.status.code {
    case 301, 302, 303, 307, 308: head.headerFields[.location]
    default: nil
    }
  }

  private func send(
    _ request: HTTPRequest, _ content: [UInt8], to location: HTTPLocation,
    until deadline: MonotonicClock.Instant
  ) async throws(HTTPClientError) -> ClientResponse {
    let verb = HTTPVerb(request.method)
    let bytes = try Self.bytes(of: request, content, verb)
    if let connection = takeIdle(location.authority) {
      do throws(HTTPClientError) {
        return try await exchange(connection, bytes, verb, until: deadline)
      } catch {
        // The server may have closed it while the request was on its way: what may be asked twice
        // is asked again (RFC 9110, section 9.2.2).
        guard !connection.hasReceived, verb == .get || verb == .head else { throw error }
      }
    }
    let connection = try await connect(to: location, until: deadline)
    return try await exchange(connection, bytes, verb, until: deadline)
  }

  private static func bytes(
    of request: HTTPRequest, _ content: [UInt8], _ verb: HTTPVerb
  ) throws(HTTPClientError) -> [UInt8] {
    var request = request
    request.headerFields[.transferEncoding] = nil
    request.headerFields[.contentLength] =
      content.isEmpty && verb != .post && verb != .put ? nil : "\(content.count)"
    var bytes: [UInt8] = []
    do throws(HTTPSerializer.Failure) {
      try HTTPSerializer.append(request, to: &bytes)
    } catch {
      throw .badRequest
    }
    return bytes + content
  }

  private func exchange(
    _ connection: ClientConnection, _ request: [UInt8], _ verb: HTTPVerb,
    until deadline: MonotonicClock.Instant
  ) async throws(HTTPClientError) -> ClientResponse {
    let response = try await connection.send(request, verb: verb, until: deadline)
    if connection.isPersistent {
      if idle.count == Self.idleLimit {
        idle.removeFirst()
      }
      idle.append(connection)
    }
    return response
  }

  private func takeIdle(_ authority: String) -> ClientConnection? {
    let now = MonotonicClock.now
    idle.removeAll { $0.idleSince.duration(to: now) > Self.idleTime }
    let index = idle.lastIndex { $0.authority.utf8.elementsEqual(authority.utf8) }
    return index.map { idle.remove(at: $0) }
  }

  private func connect(
    to location: HTTPLocation, until deadline: MonotonicClock.Instant
  ) async throws(HTTPClientError) -> ClientConnection {
    var failure = HTTPClientError.unknownHost
    for address in await addresses(of: location.host) {
      do throws(StreamError) {
        let stream = try await network.connect(
          to: SocketAddress(address, port: location.port),
          timeout: MonotonicClock.now.duration(to: deadline))
        return ClientConnection(stream, authority: location.authority, limits: limits)
      } catch {
        failure = .stream(error)
      }
    }
    throw failure
  }

  private func addresses(of host: String) async -> [IPAddress] {
    if let address = IPAddress(host) {
      return [address]
    }
    return await resolve(host)
  }
}
