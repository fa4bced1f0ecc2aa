// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CommandLineOptions
internal import Glibc
internal import Sandbox
internal import SystemCalls
internal import Tender

/// The guest's console on standard output.
struct ConsoleOutput {
  /// What the machine writes to.
  let console: any Console
  private let escaping: EscapingConsole?

  init(_ option: ConsoleOption) throws(SystemCallError) {
    let output = DescriptorConsole(try Descriptor(duplicating: STDOUT_FILENO), name: "console")
    let isEscaped =
      switch option {
      case .auto: Descriptor.isTerminal(STDOUT_FILENO)
      case .raw: false
      case .escaped: true
      }
    escaping = isEscaped ? EscapingConsole(output) : nil
    console = escaping ?? output
  }

  /// Writes what has waited for the rest of a character, when the guest has ended.
  func finish() {
    guard let escaping, let output = escaping.descriptorAccess.outputs.first else { return }
    // A terminal that is stopped is not waited for, and nobody misses this much.
    var poll = PollSet(readable: [], writable: [output])
    guard (try? poll.wait(timeoutNanoseconds: 0)) == 1 else { return }
    // poll(2) passes over a negative number.
    try? escaping.finish(until: -1)
  }
}
