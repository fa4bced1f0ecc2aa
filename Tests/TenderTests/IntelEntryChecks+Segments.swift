// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux

@testable import Tender

extension IntelEntryChecks {
  typealias SegmentPath = WritableKeyPath<kvm_sregs, kvm_segment> & Sendable

  private static let dataSegments: [(String, SegmentPath)] = [
    ("DS", \.ds), ("ES", \.es), ("FS", \.fs), ("GS", \.gs),
  ]
  private static let userSegments: [(String, SegmentPath)] =
    [("CS", \.cs), ("SS", \.ss)] + dataSegments

  /// Section 27.3.1.2, for a guest that is not in virtual-8086 mode.
  static let segments: [StateCheck] =
    selectors + bases + userSegments.flatMap { userSegment($0.0, $0.1) }
    + dataSegments.flatMap { dataSegment($0.0, $0.1) } + codeAndStack + taskState
    + localDescriptorTable

  private static let selectors: [StateCheck] = [
    StateCheck("TR: the selector's TI is clear") {
      $0.special.tr.selector & 4 == 0
    } violate: {
      $0.special.tr.selector |= 4
    },
    StateCheck("LDTR: the selector's TI is clear when it is usable") {
      $0.special.ldt.unusable == 1 || $0.special.ldt.selector & 4 == 0
    } violate: {
      $0.special.ldt.unusable = 0
      $0.special.ldt.selector = 4
    },
    StateCheck("SS: the selector's RPL is that of CS") {
      $0.special.ss.selector & 3 == $0.special.cs.selector & 3
    } violate: {
      $0.special.ss.selector &= ~3
    },
  ]

  private static let bases: [StateCheck] =
    ([("TR", \.tr), ("FS", \.fs), ("GS", \.gs)] as [(String, SegmentPath)]).map { name, path in
      StateCheck("\(name): the base is canonical") {
        $0.special[keyPath: path].base.isCanonical
      } violate: {
        $0.special[keyPath: path].base = 1 << 47
      }
    }
    + ([("CS", \.cs), ("SS", \.ss), ("DS", \.ds), ("ES", \.es)] as [(String, SegmentPath)])
    .map { name, path in
      StateCheck("\(name): bits 63 to 32 of the base are clear") {
        $0.special[keyPath: path].base >> 32 == 0
      } violate: {
        $0.special[keyPath: path].base = 1 << 32
      }
    }

  /// What CS, SS, DS, ES, FS and GS have in common.
  private static func userSegment(_ name: String, _ path: SegmentPath) -> [StateCheck] {
    [
      StateCheck("\(name): usable") {
        $0.special[keyPath: path].unusable == 0
      } violate: {
        $0.special[keyPath: path].unusable = 1
      },
      StateCheck("\(name): S is set") {
        $0.special[keyPath: path].s == 1
      } violate: {
        $0.special[keyPath: path].s = 0
      },
      StateCheck("\(name): P is set") {
        $0.special[keyPath: path].present == 1
      } violate: {
        $0.special[keyPath: path].present = 0
      },
      granularity(name, path),
    ]
  }

  /// G is clear if a bit of the limit's 11 to 0 is, and set if one of its 31 to 20 is.
  private static func granularity(_ name: String, _ path: SegmentPath) -> StateCheck {
    StateCheck("\(name): G fits the limit") {
      let segment = $0.special[keyPath: path]
      return (segment.limit & 0xfff == 0xfff || segment.g == 0)
        && (segment.limit >> 20 == 0 || segment.g == 1)
    } violate: {
      $0.special[keyPath: path].g ^= 1
    }
  }

  private static func dataSegment(_ name: String, _ path: SegmentPath) -> [StateCheck] {
    [
      StateCheck("\(name): accessed, and readable if it is code") {
        let type = $0.special[keyPath: path].type
        return type & 1 == 1 && (type & 8 == 0 || type & 2 == 2)
      } violate: {
        $0.special[keyPath: path].type = 2
      },
      StateCheck("\(name): DPL is at least the selector's RPL") {
        let segment = $0.special[keyPath: path]
        return segment.type > 11 || UInt16(segment.dpl) >= segment.selector & 3
      } violate: {
        $0.special[keyPath: path].dpl = 2
      },
    ]
  }

  private static let codeAndStack: [StateCheck] = [
    StateCheck("CS: accessed code") {
      [9, 11, 13, 15].contains($0.special.cs.type)
    } violate: {
      $0.special.cs.type = 10
    },
    StateCheck("CS: DPL is that of SS, or below for conforming code") {
      let (code, stack) = ($0.special.cs, $0.special.ss)
      return code.type < 12 ? code.dpl == stack.dpl : code.dpl <= stack.dpl
    } violate: {
      $0.special.cs.dpl = 0
    },
    StateCheck("CS: D is clear where L is set in IA-32e mode") {
      !$0.special.efer.has(ControlBit.longModeActive) || $0.special.cs.l == 0
        || $0.special.cs.db == 0
    } violate: {
      $0.special.cs.db = 1
    },
    StateCheck("SS: accessed data that can be written") {
      [3, 7].contains($0.special.ss.type)
    } violate: {
      $0.special.ss.type = 1
    },
    StateCheck("SS: DPL is the selector's RPL") {
      UInt16($0.special.ss.dpl) == $0.special.ss.selector & 3
    } violate: {
      $0.special.ss.dpl = 0
    },
  ]

  private static let taskState: [StateCheck] = [
    StateCheck("TR: usable") {
      $0.special.tr.unusable == 0
    } violate: {
      $0.special.tr.unusable = 1
    },
    StateCheck("TR: a busy 64-bit TSS in IA-32e mode") {
      $0.special.tr.type == 11
    } violate: {
      $0.special.tr.type = 9
    },
    StateCheck("TR: S is clear") {
      $0.special.tr.s == 0
    } violate: {
      $0.special.tr.s = 1
    },
    StateCheck("TR: P is set") {
      $0.special.tr.present == 1
    } violate: {
      $0.special.tr.present = 0
    },
    granularity("TR", \.tr),
  ]

  /// Each holds for an LDTR that is not usable.
  private static let localDescriptorTable: [StateCheck] = [
    StateCheck("LDTR: the base is canonical when it is usable") {
      $0.special.ldt.unusable == 1 || $0.special.ldt.base.isCanonical
    } violate: {
      $0.special.ldt.unusable = 0
      $0.special.ldt.base = 1 << 47
    },
    StateCheck("LDTR: an LDT, a present system segment, when it is usable") {
      let table = $0.special.ldt
      return table.unusable == 1 || table.type == 2 && table.s == 0 && table.present == 1
    } violate: {
      $0.special.ldt.unusable = 0
    },
    StateCheck("LDTR: G fits the limit when it is usable") {
      let table = $0.special.ldt
      return table.unusable == 1
        || (table.limit & 0xfff == 0xfff || table.g == 0)
          && (table.limit >> 20 == 0 || table.g == 1)
    } violate: {
      $0.special.ldt.unusable = 0
      $0.special.ldt.limit = 0xf_0000
      $0.special.ldt.g = 1
    },
  ]
}
