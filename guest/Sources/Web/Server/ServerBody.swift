// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Sockets

/// Takes the content of a response in pieces.
///
/// Sendable because nothing runs at the same time as its user.
public final class ServerBody: @unchecked Sendable {
  private let session: ServerSession

  init(_ session: ServerSession) {
    self.session = session
  }

  /// Writes a piece; returns when the connection has room for more.
  public func write(_ bytes: Span<UInt8>) async throws(StreamError) {
    session.appendBody(bytes)
    try await session.flush()
  }
}
