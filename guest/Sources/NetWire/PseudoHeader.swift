// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the checksums of UDP, TCP and ICMPv6 cover besides their own bytes (RFC 768, RFC 9293 section
/// 3.1, RFC 8200 section 8.1).
public struct PseudoHeader: Sendable {
  /// Who sent the packet.
  public var source: IPAddress
  /// Whom the packet is for.
  public var destination: IPAddress
  /// What the payload is.
  public var payloadProtocol: IPProtocol

  /// The pseudo header of packets between two hosts.
  public init(source: IPAddress, destination: IPAddress, payloadProtocol: IPProtocol) {
    self.source = source
    self.destination = destination
    self.payloadProtocol = payloadProtocol
  }

  /// A sum that has begun with this header, for `length` bytes of payload.
  public func checksum(length: Int) -> InternetChecksum {
    var checksum = InternetChecksum()
    checksum.add(source)
    checksum.add(destination)
    checksum.add(UInt16(payloadProtocol.rawValue))
    checksum.add(UInt32(length))
    return checksum
  }

  /// Whether the checksum in `payload` is right.
  public func verifies(_ payload: Span<UInt8>) -> Bool {
    var checksum = checksum(length: payload.count)
    checksum.add(payload)
    return checksum.value == 0
  }
}

extension InternetChecksum {
  fileprivate mutating func add(_ address: IPAddress) {
    switch address {
    case .v4(let address): add(address.rawValue)
    case .v6(let address):
      add(UInt32(truncatingIfNeeded: address.high >> 32))
      add(UInt32(truncatingIfNeeded: address.high))
      add(UInt32(truncatingIfNeeded: address.low >> 32))
      add(UInt32(truncatingIfNeeded: address.low))
    }
  }
}
