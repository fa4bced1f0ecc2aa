// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill
import Glibc
import Sandbox

/// Every system call that a thread must not make, and every one that it may with arguments that it must
/// not use.
struct Sweep {
  private let role: ThreadRoles
  private let access: DescriptorAccess

  /// More than the kernel has.
  private static let numberLimit: CInt = 600
  /// uretprobe and uprobe, which the kernel lets past every filter: it makes them itself, and ends who
  /// else does.
  private static let probes: ClosedRange<CInt> = 335...336
  private static let x32: UInt64 = 0x4000_0000

  init(parsing words: inout ArraySlice<String>) throws {
    role = try ThreadRoles(named: words.popFirst())
    var access = DescriptorAccess()
    // None of them is open: what is allowed fails.
    access.processors = [20]
    access.streams = [21]
    access.outputs = [22]
    access.captures = [23]
    access.disks = [24]
    access.images = [25]
    access.rings = [26]
    access.waits = [27]
    self.access = access
  }

  private struct Call {
    let name: String
    let number: UInt64
    var arguments: [UInt64]
  }

  func run() throws {
    var calls: [Call] = []
    let allowed = SystemCallTable.permissions.filter { !$0.roles.isDisjoint(with: role) }
    for number in 0..<Self.numberLimit
    where !allowed.contains(where: { $0.number == number }) && !Self.probes.contains(number) {
      calls.append(Call(name: "call \(number)", number: UInt64(number), arguments: Self.zeros))
    }
    for permission in allowed {
      // The same call of another table.
      calls.append(
        Call(
          name: "x32 \(permission.name)", number: Self.x32 | UInt64(permission.number),
          arguments: arguments(of: permission)))
      calls += violations(of: permission)
    }
    var survivors = 0
    for call in calls where try !kills(call) {
      say("survived: \(call.name) \(call.arguments)")
      survivors += 1
    }
    say("\(calls.count) calls, \(survivors) survived")
    exit(survivors == 0 ? 0 : 1)
  }

  /// Stands for the number of the process that makes the call.
  private static let ownProcess = UInt64.max - 1

  private static let zeros = [UInt64](repeating: 0, count: 6)

  /// Arguments that `permission` allows.
  private func arguments(of permission: Permission) -> [UInt64] {
    var arguments = Self.zeros
    for condition in permission.conditions {
      switch condition {
      case .descriptor(let list): arguments[0] = UInt64(list(access).first ?? 0)
      case .equal(let index, let value): arguments[Int(index)] = UInt64(value)
      case .word(let index, let value): arguments[Int(index)] = value
      case .without: break
      case .ownProcess(let index): arguments[Int(index)] = Self.ownProcess
      }
    }
    return arguments
  }

  /// Calls that break one condition each, and no other entry allows.
  private func violations(of permission: Permission) -> [Call] {
    var calls: [Call] = []
    func add(_ index: Int, _ value: UInt64) {
      var call = Call(
        name: permission.name, number: UInt64(permission.number),
        arguments: arguments(of: permission))
      call.arguments[index] = value
      calls.append(call)
    }
    for condition in permission.conditions {
      switch condition {
      case .descriptor(let list):
        let others = access.all + [STDIN_FILENO, STDOUT_FILENO, 19, 28, -1]
        for other in others where !list(access).contains(other) {
          add(0, UInt64(UInt32(bitPattern: other)))
        }
      case .equal(let index, let value):
        for bit in 0..<32 where !isOperation(value ^ 1 << bit, permission) {
          add(Int(index), UInt64(value ^ 1 << bit))
        }
      case .word(let index, let value):
        for bit in 0..<64 { add(Int(index), value ^ 1 << bit) }
      case .without(let index, let bits):
        for bit in 0..<32 where bits & 1 << bit != 0 { add(Int(index), 1 << bit) }
      case .ownProcess(let index):
        for other in [0, 1, getppid(), getpid()] { add(Int(index), UInt64(other)) }
      }
    }
    return calls
  }

  /// Whether another entry of the same call has `value` as its demand.
  private func isOperation(_ value: UInt32, _ permission: Permission) -> Bool {
    SystemCallTable.permissions.contains { other in
      guard other.number == permission.number, !other.roles.isDisjoint(with: role) else {
        return false
      }
      return other.conditions.contains { condition in
        if case .equal(_, value) = condition { true } else { false }
      }
    }
  }

  /// Whether the kernel kills the process at the call.
  private func kills(_ call: Call) throws -> Bool {
    let (role, access) = (role, access)
    var body = {
      do {
        let sandbox = try Sandbox(SandboxConfiguration())
        try sandbox.wallIn(keeping: [])
        try sandbox.confine(role, access)
      } catch {
        say("\(error)")
        exit(1)
      }
      let arguments = call.arguments.map { UInt($0 == Self.ownProcess ? UInt64(getpid()) : $0) }
      _ = unsafe drill_call(Int(call.number), arguments)
      // Were SIGABRT of what stands behind us forbidden, too, nobody could tell.
      say("survived: \(call.name) \(call.arguments)")
    }
    let signal = unsafe withUnsafeMutablePointer(to: &body) { pointer in
      unsafe drill_in_child(
        { context in unsafe context.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
    }
    return signal == SIGSYS
  }
}
