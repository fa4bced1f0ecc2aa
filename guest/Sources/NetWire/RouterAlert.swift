// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The option that has routers look at packets that are not for them: reports of group members.
public enum RouterAlert {
  /// The bytes of the option in an IPv4 header (RFC 2113).
  public static let size4 = 4
  /// The bytes of the hop-by-hop header with the option in an IPv6 packet (RFC 2711).
  public static let size6 = 8

  /// Writes the hop-by-hop header in front of a payload.
  public static func emit6(into bytes: inout MutableSpan<UInt8>, nextHeader: IPProtocol) {
    bytes[0] = nextHeader.rawValue
    bytes[1] = 0
    bytes[2] = 5
    bytes[3] = 2
    bytes.store(0 as UInt16, at: 4)
    // Two bytes of padding.
    bytes[6] = 1
    bytes[7] = 0
  }
}

extension IPv4Header {
  /// Writes the header with the router alert behind it, where there has to be room. It is part of the
  /// header: `totalLength` has to count it.
  public func emitWithRouterAlert(into bytes: inout MutableSpan<UInt8>) {
    emit(into: &bytes)
    bytes[0] = 0x46
    bytes.store(0x9404_0000 as UInt32, at: Self.size)
    bytes.store(0 as UInt16, at: 10)
    var checksum = InternetChecksum()
    checksum.add(bytes.span.extracting(0..<Self.size + RouterAlert.size4))
    bytes.store(checksum.value, at: 10)
  }
}
