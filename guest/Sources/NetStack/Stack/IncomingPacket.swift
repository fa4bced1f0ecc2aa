// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// A packet that has arrived, as far as it is of use besides its payload.
struct IncomingPacket: ~Copyable, ~Escapable {
  /// Where it has arrived.
  let interface: Interface
  /// The packet from its header on, or as much of it as an error message quotes.
  let bytes: Span<UInt8>
  /// Whether its checksum needs no look.
  let isVerified: Bool

  @_lifetime(copy bytes)
  init(_ interface: Interface, _ bytes: Span<UInt8>, isVerified: Bool) {
    self.interface = interface
    self.bytes = bytes
    self.isVerified = isVerified
  }
}
