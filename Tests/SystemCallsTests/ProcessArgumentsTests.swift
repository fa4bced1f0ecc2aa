// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import SystemCalls
import Testing

@Suite struct ProcessArgumentsTests {
  @Test func wordsAreThoseOfTheRuntime() {
    #expect(!processArguments().isEmpty)
    #expect(processArguments() == CommandLine.arguments)
  }
}
