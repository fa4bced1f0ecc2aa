// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Exceptions by their vectors (SDM vol. 3, table 6-1).
enum Vector {
  static let debug = 1
  static let breakpoint = 3
  static let overflow = 4
  static let invalidOpcode = 6
  static let doubleFault = 8
  static let invalidTaskState = 10
  static let segmentNotPresent = 11
  static let stackFault = 12
  static let generalProtection = 13
  static let pageFault = 14

  /// Whether instructions of CPL 3 may raise it: INT3 and INTO, and `int` with their vectors.
  static func isOpenToUser(_ vector: Int) -> Bool { vector == breakpoint || vector == overflow }

  /// Whether `second`, found while the handler of `first` is entered, makes a double fault of the two
  /// (SDM vol. 3, table 6-5). Else `second` is handled first.
  static func makeDoubleFault(_ first: Int, _ second: Int) -> Bool {
    switch first {
    case pageFault: isContributory(second) || second == pageFault
    case _ where isContributory(first): isContributory(second)
    default: false
    }
  }

  private static func isContributory(_ vector: Int) -> Bool {
    vector == 0 || (10...13).contains(vector)
  }

  /// Whether the processor pushes an error code with the exception `vector`.
  static func hasErrorCode(_ vector: Int) -> Bool {
    switch vector {
    case 8, 10, 11, 12, 13, 14, 17, 21, 29, 30: true
    default: false
    }
  }
}
