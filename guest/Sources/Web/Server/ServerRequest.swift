// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP
public import NetWire

/// Why the content of a request cannot be had.
public enum ContentError: Error, Sendable {
  /// It is more than was asked for.
  case tooLarge
  /// The connection is gone, or the client sends something else than HTTP.
  case lost
}

/// A request that a server has received.
///
/// Sendable because nothing runs at the same time as its user.
public final class ServerRequest: @unchecked Sendable {
  /// Method, target and fields.
  public let head: HTTPRequestHead
  /// The parts of the path that the route leaves open.
  public let parameters: PathParameters
  private let session: ServerSession

  init(_ head: HTTPRequestHead, _ parameters: PathParameters, _ session: ServerSession) {
    self.head = head
    self.parameters = parameters
    self.session = session
  }

  /// The client's address and port.
  public var remoteAddress: SocketAddress { session.stream.remoteAddress }

  /// The next piece of the content; nil at its end. It is read from the connection as it is asked for.
  public func nextPiece() async throws(ContentError) -> [UInt8]? {
    try await session.nextPiece()
  }

  /// All of the content, up to `limit` bytes.
  public func content(atMost limit: Int = 1 << 16) async throws(ContentError) -> [UInt8] {
    var content: [UInt8] = []
    while let piece = try await nextPiece() {
      guard piece.count <= limit - content.count else { throw .tooLarge }
      content.append(copyOf: piece.span)
    }
    return content
  }
}
