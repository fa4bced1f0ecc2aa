// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc
internal import SystemCalls
internal import SystemPackage

/// The filter of one thread, made of the table by libseccomp.
@safe
final class SystemCallFilter {
  private let context: scmp_filter_ctx

  /// What `permissions` give a thread of `role` with its descriptors.
  init(
    _ permissions: [Permission], for role: ThreadRoles, _ access: DescriptorAccess
  ) throws(SandboxError) {
    guard let context = unsafe seccomp_init(SCMP_ACT_KILL_PROCESS) else {
      throw Self.failure("seccomp_init", -ENOMEM)
    }
    unsafe self.context = unsafe context
    try set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)
    // The system calls' own error numbers.
    try set(SCMP_FLTATR_API_SYSRAWRC, 1)
    // A tree, not a chain: the time of a call does not depend on its place.
    try set(SCMP_FLTATR_CTL_OPTIMIZE, 2)
    for permission in permissions where !permission.roles.isDisjoint(with: role) {
      for comparisons in Self.comparisons(of: permission, access) {
        try allow(permission.number, comparisons)
      }
    }
  }

  deinit { unsafe seccomp_release(context) }

  private func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(SandboxError) {
    let result = unsafe seccomp_attr_set(context, attribute, value)
    if result < 0 { throw Self.failure("seccomp_attr_set", result) }
  }

  private func allow(
    _ number: CInt, _ comparisons: [scmp_arg_cmp]
  ) throws(SandboxError) {
    let result = unsafe seccomp_rule_add_array(
      context, SCMP_ACT_ALLOW, number, UInt32(comparisons.count), comparisons)
    if result < 0 { throw Self.failure("seccomp_rule_add", result) }
  }

  /// What `permission` demands, once for each descriptor.
  private static func comparisons(
    of permission: Permission, _ access: DescriptorAccess
  ) -> [[scmp_arg_cmp]] {
    var alternatives: [[scmp_arg_cmp]] = [[]]
    for condition in permission.conditions {
      switch condition {
      case .descriptor(let list):
        // Not a Set: the program's first hash table takes half a millisecond.
        let numbers = list(access).sorted()
        let distinct = numbers.indices.filter { $0 == 0 || numbers[$0] != numbers[$0 - 1] }
        alternatives = alternatives.flatMap { rest in
          distinct.map { rest + [.masked(0, .max, UInt32(bitPattern: numbers[$0]))] }
        }
      case .equal(let argument, let value): alternatives.append(.masked(argument, .max, value))
      case .without(let argument, let bits): alternatives.append(.masked(argument, bits, 0))
      case .ownProcess(let argument):
        alternatives.append(.masked(argument, .max, UInt32(bitPattern: getpid())))
      case .word(let argument, let value):
        alternatives.append(
          scmp_arg_cmp(arg: argument, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0))
      }
    }
    return alternatives
  }

  /// Confines the calling thread to the filter.
  func load() throws(SandboxError) {
    let result = unsafe seccomp_load(context)
    if result < 0 { throw Self.failure("seccomp", result) }
  }

  private static func failure(_ call: StaticString, _ result: CInt) -> SandboxError {
    .step(SystemCallError(call, on: "sandbox", errno: Errno(rawValue: -result)))
  }
}

extension [[scmp_arg_cmp]] {
  /// Adds a demand to each alternative.
  fileprivate mutating func append(_ comparison: scmp_arg_cmp) {
    for index in indices { self[index].append(comparison) }
  }
}

extension scmp_arg_cmp {
  fileprivate static func masked(_ argument: UInt32, _ mask: UInt32, _ value: UInt32) -> Self {
    Self(
      arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: UInt64(mask), datum_b: UInt64(value))
  }
}
