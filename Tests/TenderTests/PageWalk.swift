// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory

@testable import Tender

/// Address translation as the processor does it with 4-level paging (SDM vol. 3, section 4.5), for
/// tables that are not in memory yet.
struct PageWalk {
  let tables: PageTables

  /// What the processor found for an address.
  struct Translation: Equatable {
    var physicalAddress: UInt64
    /// What all levels together allow; `.guest` when user mode may.
    var access: PageAccess
    var isLarge: Bool
    var isAccessed: Bool
    var isDirty: Bool
    /// All entries on the way have their accessed bit.
    var areTablesAccessed: Bool
  }

  private enum Bit {
    static let present: UInt64 = 1 << 0
    static let writable: UInt64 = 1 << 1
    static let user: UInt64 = 1 << 2
    static let accessed: UInt64 = 1 << 5
    static let dirty: UInt64 = 1 << 6
    static let large: UInt64 = 1 << 7
    static let noExecute: UInt64 = 1 << 63
  }

  /// Bits 51 to 12, the address in an entry.
  private static let addressMask: UInt64 = 0x000f_ffff_ffff_f000

  /// The table at a physical address; nil when there is none.
  func table(at address: UInt64) -> [UInt64]? {
    guard address % 4096 == 0, (tables.base..<tables.end).contains(address) else { return nil }
    return tables.tables[Int((address - tables.base) / 4096)]
  }

  /// The translation of `address`; nil for a page fault.
  func translate(_ address: UInt64) -> Translation? {
    var tableAddress = tables.root
    var access: PageAccess = [.guest, .read, .write, .execute]
    var areTablesAccessed = true
    for shift: UInt64 in [39, 30, 21, 12] {
      let index = Int(address >> shift & 511)
      guard let entry = table(at: tableAddress)?[index], entry & Bit.present != 0 else {
        return nil
      }
      if entry & Bit.writable == 0 { access.remove(.write) }
      if entry & Bit.user == 0 { access.remove(.guest) }
      if entry & Bit.noExecute != 0 { access.remove(.execute) }
      let isLarge = entry & Bit.large != 0 && shift == 21
      guard shift == 12 || isLarge else {
        areTablesAccessed = areTablesAccessed && entry & Bit.accessed != 0
        tableAddress = entry & Self.addressMask
        continue
      }
      let offset = address & ((1 << shift) - 1)
      return Translation(
        physicalAddress: entry & Self.addressMask | offset, access: access, isLarge: isLarge,
        isAccessed: entry & Bit.accessed != 0, isDirty: entry & Bit.dirty != 0,
        areTablesAccessed: areTablesAccessed)
    }
    return nil
  }

  /// The bits that are reserved in an entry that is present, or that this project never sets (SDM
  /// vol. 3, tables 4-15 to 4-20): PWT, PCD, PAT or global, software's bits, addresses above 4 GiB.
  func hasReservedBits(_ entry: UInt64, isLarge: Bool) -> Bool {
    let always: UInt64 = 0x7fff_ffff_0000_0f18
    return entry & (isLarge ? always | 0x1f_f000 : always) != 0
  }
}
