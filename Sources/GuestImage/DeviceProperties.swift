// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HVTABI

/// What the tender tells the guest about a device that it has attached.
public enum DeviceProperties: Hashable, Sendable {
  /// A disk of `capacity` bytes in blocks of `blockSize`.
  case block(capacity: UInt64, blockSize: UInt16, isReadOnly: Bool)
  /// A network interface with its address and the largest payload of its frames.
  case net(mac: MACAddress, mtu: UInt16)

  /// The kind of device that has these properties.
  public var kind: DeviceKind {
    switch self {
    case .block: .block
    case .net: .net
    }
  }
}

/// The address of a network interface, in the order of transmission.
public struct MACAddress: Hashable, Sendable, LosslessStringConvertible {
  private let bits: UInt64

  /// Makes the address of the six `octets`; nil when they are not six.
  public init?(_ octets: [UInt8]) {
    guard octets.count == 6 else { return nil }
    bits = octets.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads the form `52:54:00:12:34:56`; nil for anything else.
  public init?(_ description: String) {
    var octets: [UInt8] = []
    for part in description.split(separator: ":", omittingEmptySubsequences: false) {
      guard part.utf8.count == 2, part.first != "+", part.first != "-",
        let octet = UInt8(part, radix: 16)
      else { return nil }
      octets.append(octet)
    }
    self.init(octets)
  }

  /// The six octets.
  public var octets: [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: bits >> (40 - 8 * $0)) }
  }

  /// Whether it names a group of interfaces and so cannot be the address of one.
  public var isMulticast: Bool { bits >> 40 & 1 == 1 }

  /// The form `52:54:00:12:34:56`.
  public var description: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
