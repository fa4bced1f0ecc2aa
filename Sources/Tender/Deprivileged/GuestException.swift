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

  /// #SS, for a stack segment that is not present.
  static func stackFault(_ selector: UInt16) -> GuestException {
    GuestException(vector: Vector.stackFault, errorCode: UInt64(selector & 0xfffc))
  }

  /// #GP, or #NP, for an interrupt without a handler (SDM vol. 3, figure 6-7). `isExternal` unless an
  /// instruction asked for it.
  static func noHandler(
    of interrupt: Int, isExternal: Bool, _ vector: Int = Vector.generalProtection
  ) -> GuestException {
    let isInterruptTable: UInt64 = 1 << 1
    return GuestException(
      vector: vector,
      errorCode: UInt64(interrupt) << 3 | isInterruptTable | (isExternal ? 1 : 0))
  }

  /// What pushing to `address` at CPL 0 raises where the guest must not write.
  static func unwritable(_ address: UInt64) -> GuestException {
    let isWrite: UInt64 = 1 << 1
    return address.isCanonical
      ? GuestException(vector: Vector.pageFault, errorCode: isWrite, faultAddress: address)
      : GuestException(vector: Vector.stackFault, errorCode: 0)
  }

  /// What reading `address` at CPL 0 raises where there is no memory.
  static func unreadable(_ address: UInt64) -> GuestException {
    address.isCanonical
      ? GuestException(vector: Vector.pageFault, errorCode: 0, faultAddress: address)
      : generalProtection()
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
