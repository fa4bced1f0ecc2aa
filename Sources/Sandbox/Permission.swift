// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A system call that a thread may make, with what its arguments must be.
package struct Permission: Sendable {
  /// What the entry is called: the system call, and which use of it where there are several.
  package let name: String
  /// The number of the system call.
  package let number: CInt
  /// The threads that may make it.
  package let roles: ThreadRoles
  /// What must all be true.
  package let conditions: [Condition]
  /// Why it is needed.
  package let reason: StaticString

  init(
    _ name: String, _ number: CInt, _ roles: ThreadRoles, _ conditions: [Condition],
    _ reason: StaticString
  ) {
    self.name = name
    self.number = number
    self.roles = roles
    self.conditions = conditions
    self.reason = reason
  }

  /// A demand on one argument. Arguments count from 0; of all but addresses and requests, the kernel
  /// takes the lower 32 bits, and so do we.
  package enum Condition: Sendable {
    /// The first one is one of these descriptors.
    case descriptor(@Sendable (DescriptorAccess) -> [CInt])
    /// It is this number.
    case equal(UInt32, UInt32)
    /// It is this word of 64 bits.
    case word(UInt32, UInt64)
    /// It has none of these bits.
    case without(UInt32, bits: UInt32)
    /// It is the number of our own process.
    case ownProcess(UInt32)
  }
}
