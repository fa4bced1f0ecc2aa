// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the device of an interface does for the frames that the stack sends.
public struct InterfaceOffloads: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// The set of the bits `rawValue`.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It divides what is sent as one frame into packets of TCP over IPv4.
  public static let segmentationV4 = InterfaceOffloads(rawValue: 1)
  /// The same over IPv6.
  public static let segmentationV6 = InterfaceOffloads(rawValue: 2)
}
