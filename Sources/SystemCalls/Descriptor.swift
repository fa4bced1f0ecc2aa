// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// An open file descriptor that is closed when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
  /// The descriptor's number.
  public let number: CInt

  /// Takes ownership of `number`, which must be open and nobody else's to close.
  public init(owning number: CInt) {
    self.number = number
  }

  /// open(2) with O_CLOEXEC.
  public init(opening path: String, flags: CInt) throws(SystemCallError) {
    let opened = retryingInterrupts { unsafe clinux_open(path, flags | O_CLOEXEC) }
    guard let number = opened else { throw SystemCallError("open", on: path) }
    self.number = number
  }

  /// open(2) for writing with O_CLOEXEC: a new file, or an old one without its contents.
  public init(creating path: String) throws(SystemCallError) {
    let opened = retryingInterrupts { unsafe clinux_create(path, O_WRONLY | O_CLOEXEC) }
    guard let number = opened else { throw SystemCallError("open", on: path) }
    self.number = number
  }

  /// fcntl(2) F_DUPFD_CLOEXEC: a descriptor of our own, at least `lowest`, for the file that `number`
  /// refers to.
  public init(duplicating number: CInt, atLeast lowest: CInt = 0) throws(SystemCallError) {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, lowest)
    guard copy >= 0 else { throw SystemCallError("dup", on: "@\(number)") }
    self.number = copy
  }

  deinit { close(number) }

  /// Sets O_NONBLOCK on the open file.
  public func setNonBlocking() throws(SystemCallError) {
    let flags = fcntl(number, F_GETFL)
    guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) >= 0 else {
      throw SystemCallError("fcntl", on: "@\(number)")
    }
  }
}
