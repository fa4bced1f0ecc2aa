// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A segment register that MOV can load.
public enum SegmentRegister: Equatable, Sendable {
  case es, ss, ds, fs, gs

  /// The register with `number` in a Sreg field (SDM vol. 2, table B-8); nil for CS and for the
  /// reserved numbers, which MOV refuses at any level.
  init?(number: UInt8) {
    switch number {
    case 0: self = .es
    case 2: self = .ss
    case 3: self = .ds
    case 4: self = .fs
    case 5: self = .gs
    default: return nil
    }
  }
}
