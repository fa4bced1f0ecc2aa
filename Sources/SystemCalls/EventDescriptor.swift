// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// An eventfd(2): a flag that `poll` can wait for.
public struct EventDescriptor: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// A lowered flag.
  public init() throws(SystemCallError) {
    let number = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
    guard number >= 0 else { throw SystemCallError("eventfd", on: "eventfd") }
    descriptor = Descriptor(owning: number)
  }

  /// The number to poll; readable while the flag is raised.
  public var number: CInt { descriptor.number }

  /// Raises the flag. Async-signal-safe.
  public func raise() {
    // Fails only when 2^64 - 2 have raised it, but then somebody would wait for ever.
    while eventfd_write(number, 1) != 0 {
      precondition(Glibc.errno != EBADF, "the descriptor is our own")
    }
  }

  /// Lowers the flag; how often it was raised since it was lowered last.
  @discardableResult
  public func lower() -> UInt64 {
    var count: eventfd_t = 0
    // Fails only when the flag is lowered already.
    _ = unsafe eventfd_read(number, &count)
    return count
  }
}
