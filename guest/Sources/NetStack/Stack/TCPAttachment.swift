// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What the stack knows of a connection.
struct TCPAttachment {
  /// How packets reach the other side.
  var path: Path
  /// The station that they are handed to, as the interface's neighbors had it at `generation`.
  var station: MACAddress?
  var generation: UInt64 = 0
  /// The listener that has the connection until it is accepted.
  var listener: ListenQueue?
  /// Whether the listener counts it as half open.
  var isHalfOpen = false
  var isInTimeWait = false

  init(path: Path, listener: ListenQueue? = nil) {
    self.path = path
    self.listener = listener
  }
}
