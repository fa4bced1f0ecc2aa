// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames
public import NetWire

/// A segment that a connection has to send.
public struct TCPSegment: Sendable {
  /// The header, all but its checksum.
  public var header: TCPHeader
  /// The payload, where the connection keeps it until it is acknowledged.
  public var payload = FrameParts()
  /// The most bytes of payload in one packet. A payload that is larger is to be divided into packets
  /// of this size.
  public var packetSize: Int

  /// A segment without payload.
  public init(header: TCPHeader, packetSize: Int) {
    self.header = header
    self.packetSize = packetSize
  }
}
