// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import SystemCalls

/// Why the guest cannot go on after an exit.
enum ServiceError: Error {
  /// It did what it must not.
  case guest(GuestFault)
  /// The host refused a system call.
  case host(SystemCallError)
}
