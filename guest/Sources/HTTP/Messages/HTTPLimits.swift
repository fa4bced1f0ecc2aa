// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How much of a message is taken before it is refused.
public struct HTTPLimits: Sendable {
  /// The size of the request line, without its end.
  public var startLineBytes = 8192
  /// The size of the whole head.
  public var headBytes = 16384
  /// The number of header fields, and of trailer fields.
  public var fieldCount = 100
  /// The size of the content.
  public var bodyBytes: UInt64 = 1 << 20
  /// The size of all chunk extensions of one body together.
  public var chunkExtensionBytes = 4096
  /// The size of the trailer section.
  public var trailerBytes = 8192

  /// The usual limits.
  public init() {}
}
