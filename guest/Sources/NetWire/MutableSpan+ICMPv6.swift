// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension MutableSpan<UInt8> {
  /// Puts the checksum into a message of ICMPv6, which these bytes are (RFC 4443, section 2.3).
  mutating func sealICMPv6(source: IPv6Address, destination: IPv6Address) {
    store(0 as UInt16, at: 2)
    let envelope = PseudoHeader(
      source: .v6(source), destination: .v6(destination), payloadProtocol: .icmpv6)
    var checksum = envelope.checksum(length: count)
    checksum.add(span)
    store(checksum.value, at: 2)
  }
}
