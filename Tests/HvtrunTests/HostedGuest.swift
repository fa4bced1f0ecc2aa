// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// A built guest under the built hvtrun, at 10.0.0.2 and fd00::2 of a namespace of its own, with what
/// talks to it from there. It ends with its last user.
struct HostedGuest {
  let network: TapNamespace
  let machine: TapMachine

  init(_ name: String, gateway: String = "10.0.0.1") throws {
    network = try TapNamespace()
    try system("ip", "-n", network.name, "link", "set", "lo", "up")
    try system(
      "ip", "-n", network.name, "address", "add", "fd00::1/64", "dev", network.tap, "nodad")
    machine = try TapMachine(
      in: network, image: try BuiltGuest.path(name),
      options: [
        "--mem", "256M", "--", "--ipv4=10.0.0.2/24", "--ipv4-gateway=\(gateway)",
        "--ipv6=fd00::2/64",
      ], command: try BuiltCommand.path())
  }

  /// Runs a program of a package that scripts/setup installs, in the namespace.
  func run(_ program: String, _ words: String...) throws -> CommandResult {
    try Self.need(program)
    return try CommandResult(of: network.prefix + [program] + words)
  }

  /// Starts a program that ends by itself, or else is told to after so long, or when `terminate` does.
  func start(_ program: String, _ words: [String], seconds: Int, output: Pipe) throws -> Process {
    try Self.need(program)
    return try Process(
      running: network.prefix + ["timeout", "-k", "1", "\(seconds)", program] + words,
      output: output, errors: output)
  }

  private static func need(_ program: String) throws {
    let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
    let isThere =
      program.hasPrefix("/")
      || folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    try #require(isThere, "\(program) is missing: run scripts/setup --test")
  }

  /// A program of Tests/Hostile, which says what is wrong.
  func expect(
    _ program: String, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Hostile/\(program).py").path
    let result = try CommandResult(of: network.prefix + ["timeout", "60", path] + words)
    #expect(
      result.status == 0, "\(result.output)\(result.errors.suffix(400))",
      sourceLocation: sourceLocation)
  }

  /// Expects an answer to an ordinary request, soon.
  func expectAnswer(
    from host: String = "10.0.0.2", path: String = "/",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try run("curl", "-sf", "--max-time", "5", "http://\(host)\(path)")
    #expect(result.status == 0, "curl's status", sourceLocation: sourceLocation)
  }

  /// Waits until the guest uses its address of version 6.
  func awaitIPv6() throws {
    for _ in 0..<50 {
      let result = try run("ping", "-c", "1", "-W", "1", "fd00::2")
      if result.status == 0 { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
    Issue.record("no answer from fd00::2")
  }

  /// Ends the guest, which has to be up.
  func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) {
    let status = machine.stop()
    #expect(status == 143, sourceLocation: sourceLocation)
  }
}
