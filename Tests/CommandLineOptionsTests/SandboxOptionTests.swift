// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import CommandLineOptions

@Suite struct SandboxOptionTests {
  @Test func standardIsTheDefault() throws {
    let options = try RunOptions(parsing: ["app.elf"])
    #expect(options.sandbox == .standard)
    #expect(options.user == nil)
    #expect(options.cgroupPath == nil)
    #expect(!options.dumpsCore)
  }

  @Test(arguments: SandboxOption.allCases)
  func sandboxIsRead(option: SandboxOption) throws {
    let options = try RunOptions(parsing: ["--sandbox", option.rawValue, "app.elf"])
    #expect(options.sandbox == option)
  }

  @Test(
    arguments: [
      ("stay", .stay), ("daemon", .name("daemon")), ("1234", .number(1234, group: nil)),
      ("0:0", .number(0, group: 0)), ("1:4294967294", .number(1, group: 4_294_967_294)),
    ] as [(String, UserOption)])
  func userIsRead(text: String, user: UserOption) throws {
    #expect(try RunOptions(parsing: ["--user=\(text)", "app.elf"]).user == user)
  }

  @Test(arguments: ["1:", ":1", "1:2:3", "name:1", "4294967295", "1:4294967295", "1:name"])
  func malformedUserIsNamed(text: String) {
    #expect(throws: UsageError.user(text)) {
      try RunOptions(parsing: ["--user=\(text)", "app.elf"])
    }
  }

  @Test func malformedSandboxIsNamed() {
    #expect(throws: UsageError.sandbox("none")) {
      try RunOptions(parsing: ["--sandbox", "none", "app.elf"])
    }
    #expect(throws: UsageError.userWithoutSandbox) {
      try RunOptions(parsing: ["--sandbox=off", "--user=stay", "app.elf"])
    }
  }

  @Test func groupAndCoreAreRead() throws {
    let options = try RunOptions(parsing: ["--cgroup", "/sys/fs/cgroup/x", "--core", "app.elf"])
    #expect(options.cgroupPath == "/sys/fs/cgroup/x")
    #expect(options.dumpsCore)
  }
}
