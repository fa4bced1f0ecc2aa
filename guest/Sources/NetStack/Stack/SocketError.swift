// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a socket cannot be had, or cannot do what it was asked.
public enum SocketError: Error {
  /// Another socket has the address, or no port is free.
  case addressInUse
  /// No network is known that the destination is in.
  case unreachable
  /// Nobody listens at the destination's port.
  case refused
  /// The datagram is larger than a packet can be.
  case messageSize
  /// There is no room for what is to be sent.
  case full
}
