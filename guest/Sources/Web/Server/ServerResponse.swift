// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP
public import HTTPTypes
public import Sockets

/// What a server answers.
public struct ServerResponse: Sendable {
  /// Where the content comes from.
  public enum Content: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// A file, with its own fields and status.
    case file(StaticFile)
    /// What a function writes: this many bytes, or as many as it likes.
    case stream(length: UInt64?, @Sendable (ServerBody) async throws(StreamError) -> Void)
  }

  /// Status and fields.
  public var head: HTTPResponse
  /// The content.
  public var content: Content

  /// A response.
  public init(_ head: HTTPResponse, _ content: Content = .bytes([])) {
    self.head = head
    self.content = content
  }

  /// A response that is only a status.
  public static func status(_ status: HTTPResponse.Status) -> ServerResponse {
    ServerResponse(HTTPResponse(status: status))
  }

  /// Text.
  public static func text(
    _ text: String, status: HTTPResponse.Status = .ok,
    type: String = "text/plain; charset=utf-8"
  ) -> ServerResponse {
    ServerResponse(
      HTTPResponse(status: status, headerFields: [.contentType: type]), .bytes(Array(text.utf8)))
  }

  /// JSON text.
  public static func json(
    _ text: String, status: HTTPResponse.Status = .ok
  ) -> ServerResponse {
    .text(text, status: status, type: "application/json")
  }

  /// A file.
  public static func file(_ file: StaticFile) -> ServerResponse {
    ServerResponse(HTTPResponse(status: .ok), .file(file))
  }
}
