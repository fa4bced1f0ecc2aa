// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a connection ended before its time.
public enum TCPError: Error, Hashable, Sendable {
  /// The peer does not want it: it answered the first segment with a reset.
  case refused
  /// The peer has reset it.
  case reset
  /// We have reset it.
  case aborted
  /// The peer did not answer for too long.
  case timedOut
  /// The network says that there is no way to the peer.
  case unreachable
}

extension TCPError: CustomStringConvertible {
  /// A few words.
  public var description: String {
    switch self {
    case .refused: "connection refused"
    case .reset: "connection reset by the peer"
    case .aborted: "connection aborted"
    case .timedOut: "connection timed out"
    case .unreachable: "peer unreachable"
    }
  }
}
