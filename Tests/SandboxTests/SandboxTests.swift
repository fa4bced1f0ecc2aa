// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import Sandbox

@Suite struct SandboxTests {
  /// This process has the threads of the tests.
  @Test func processWithOtherThreadsIsRefused() throws {
    let sandbox = try Sandbox(SandboxConfiguration())
    #expect(throws: SandboxError.notAlone) { try sandbox.enter(DescriptorAccess()) }
    let strict = try Sandbox(SandboxConfiguration(.strict))
    #expect(throws: SandboxError.notAlone) { try strict.goOnInChild(forwarding: []) }
  }

  @Test func whatStrictLacksIsNamedTogether() {
    let error = SandboxError.lacking([.landlock, .keyrings])
    #expect(
      error.description == "sandbox: strict needs what this kernel lacks: Landlock 6, keyrings")
  }

  @Test func onlyAControlGroupIsOne() {
    for path in ["/tmp", "/nowhere"] {
      let error = #expect(throws: SandboxError.self) { _ = try ControlGroup(path: path) }
      #expect(error?.description == "\(path): not a control group of version 2")
    }
  }

  @Test(arguments: KernelRule.allCases)
  func kernelTellsWhatItHas(rule: KernelRule) {
    let finding = rule.finding
    #expect(!finding.detail.isEmpty)
    // These kernels are the ones that the project is proved on.
    if rule != .coreScheduling { #expect(finding.isComplete, "\(rule.name): \(finding.detail)") }
  }
}
