// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CHVTABI

/// A call from the guest to its tender: a 32-bit `out` to `port` with the address of an argument
/// block (SPEC.md, "Hypercalls").
public enum Hypercall: UInt16, CaseIterable, Sendable {
  case walltime = 1
  case puts = 2
  case poll = 3
  case blockWrite = 4
  case blockRead = 5
  case netWrite = 6
  case netRead = 7
  case halt = 8

  /// The I/O port that makes this call.
  public var port: UInt16 { UInt16(HVT_HYPERCALL_PORT) + rawValue }

  /// The call that `port` makes, or nil when the ABI has none there.
  public init?(port: UInt16) {
    guard port > UInt16(HVT_HYPERCALL_PORT) else { return nil }
    self.init(rawValue: port - UInt16(HVT_HYPERCALL_PORT))
  }
}

/// What a hypercall returns in its `ret` field.
public enum HypercallResult: Int32, Sendable {
  case ok = 0
  /// Nothing to read now; `poll` tells when there is.
  case again = 1
  /// An argument is outside what the device allows.
  case invalid = 2
  /// The host could not do it.
  case unspecified = 3
}
