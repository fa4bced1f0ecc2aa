// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CommandLineOptions
internal import Glibc
internal import Sandbox
internal import SystemCalls

extension RunOptions {
  /// The sandbox that is asked for; nil for none.
  func makeSandbox() throws -> Sandbox? {
    var configuration: SandboxConfiguration
    switch sandbox {
    case .off: return nil
    case .standard: configuration = SandboxConfiguration(.standard)
    case .strict: configuration = SandboxConfiguration(.strict)
    }
    configuration.permitsCore = dumpsCore
    switch user {
    case nil: break
    case .stay?: configuration.user = .stay
    case .name(let name)?:
      guard let account = try UserAccount(named: name) else { throw UnknownUser(name: name) }
      configuration.user = .account(account)
    case .number(let user, let group?)?:
      configuration.user = .account(UserAccount(user: user, group: group))
    case .number(let user, nil)?:
      configuration.user = .account(try UserAccount(number: user))
    }
    return try Sandbox(configuration)
  }

  /// Joins the control group that is asked for.
  func joinControlGroup() throws {
    guard let cgroupPath else { return }
    try ControlGroup(path: cgroupPath).join()
  }
}

/// The value of `--user` names nobody.
struct UnknownUser: Error, CustomStringConvertible {
  let name: String

  var description: String { "--user \(name): no such user in /etc/passwd" }
}
