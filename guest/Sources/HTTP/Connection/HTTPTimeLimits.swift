// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How long a server waits for the other side, in nanoseconds.
public struct HTTPTimeLimits: Sendable {
  /// For the first byte of a request.
  public var idle: UInt64 = 60_000_000_000
  /// From the first byte of a head to the last.
  public var head: UInt64 = 10_000_000_000
  /// For content, besides the time that it takes at `bodyBytesPerSecond`.
  public var bodyGrace: UInt64 = 10_000_000_000
  /// The slowest that content may come.
  public var bodyBytesPerSecond: UInt64 = 512
  /// For the client to take a piece of an answer, of at most 64 KiB.
  public var write: UInt64 = 60_000_000_000

  /// The usual times.
  public init() {}
}
