// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import SystemCalls

/// An exception or a software interrupt on its way to the guest's handler.
struct GuestException {
  var vector: Int
  var errorCode: UInt64?
  /// What CR2 becomes, of a page fault.
  var faultAddress: UInt64?
  /// Whether the processor found it, rather than that an `int` asked for it.
  var isExternal = true

  /// #GP with the selector at fault, or 0.
  static func generalProtection(_ selector: UInt16 = 0) -> GuestException {
    GuestException(vector: Vector.generalProtection, errorCode: UInt64(selector & 0xfffc))
  }

  /// #NP.
  static func segmentNotPresent(_ selector: UInt16) -> GuestException {
    GuestException(vector: Vector.segmentNotPresent, errorCode: UInt64(selector & 0xfffc))
  }

  /// #SS, with the selector of a stack segment that is not present, or 0.
  static func stackFault(_ selector: UInt16) -> GuestException {
    GuestException(vector: Vector.stackFault, errorCode: UInt64(selector & 0xfffc))
  }

  /// #TS, for a task state without the stack that a gate names.
  static func invalidTaskState(_ selector: UInt16) -> GuestException {
    GuestException(vector: Vector.invalidTaskState, errorCode: UInt64(selector & 0xfffc))
  }

  /// The exception `vector`, for the gate of `interrupt`, through which nothing can be entered (SDM
  /// vol. 3, figure 6-7).
  static func gate(_ interrupt: Int, _ vector: Int) -> GuestException {
    let isInterruptTable: UInt64 = 1 << 1
    return GuestException(vector: vector, errorCode: UInt64(interrupt) << 3 | isInterruptTable)
  }

  /// What pushing to `address` at CPL 0 raises where the guest must not write.
  static func unwritable(_ address: UInt64, isReadable: Bool) -> GuestException {
    let isWrite: UInt64 = 1 << 1
    return address.isCanonical
      ? GuestException(
        vector: Vector.pageFault, errorCode: isWrite | (isReadable ? 1 : 0), faultAddress: address)
      : stackFault(0)
  }

  /// What reading `address` at CPL 0 raises where there is no memory.
  static func unreadable(_ address: UInt64, onStack isStack: Bool) -> GuestException {
    address.isCanonical
      ? GuestException(vector: Vector.pageFault, errorCode: 0, faultAddress: address)
      : isStack ? stackFault(0) : generalProtection()
  }

  /// What becomes of this one when the processor finds it on the way to the handler of `first` (SDM
  /// vol. 3, table 6-5).
  func found(whileDelivering first: GuestException) -> GuestException {
    if Vector.makeDoubleFault(first.vector, vector) {
      return GuestException(
        vector: Vector.doubleFault, errorCode: 0, faultAddress: faultAddress)
    }
    var exception = self
    // The bit EXT (SDM vol. 3, section 6.13), which a page fault's error code does not have.
    if first.isExternal, vector != Vector.pageFault { exception.errorCode? |= 1 }
    return exception
  }
}

/// Why an instruction of a deprivileged guest was not carried out.
enum EmulationError: Error {
  /// It raises an exception at CPL 0, too.
  case exception(GuestException)
  /// Such guests have no use for it.
  case unsupported
  /// It was `hlt`.
  case halted
  /// The host refused a system call.
  case host(SystemCallError)
}
