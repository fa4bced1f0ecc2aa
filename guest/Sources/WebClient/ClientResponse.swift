// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// What a server answered.
public struct ClientResponse: Sendable {
  /// Status and fields.
  public let head: HTTPResponse
  /// The content.
  public let content: [UInt8]
  /// The fields behind chunked content.
  public let trailers: HTTPFields

  /// The content as text; what is not UTF-8 is replaced.
  public var text: String { String(decoding: content, as: UTF8.self) }
}
