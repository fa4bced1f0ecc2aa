// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemPackage

/// A system call that failed: which call, on what, and why.
public struct SystemCallError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call by its C name; an `ioctl` by its request.
  public let call: StaticString
  /// What the call was made on, such as a path.
  public let object: String
  /// The error number that the kernel gave.
  public let errno: Errno

  /// Makes the error of `call` on `object` from `errno`, by default the thread's current one.
  public init(_ call: StaticString, on object: String, errno: Errno = .current) {
    self.call = call
    self.object = object
    self.errno = errno
  }

  /// In the form `object: call: cause`.
  public var description: String { "\(object): \(call): \(errno)" }

  /// Whether both say the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.description == b.description
  }
}

extension Errno {
  /// The calling thread's `errno`.
  public static var current: Errno { Errno(rawValue: systemErrno()) }
}
