// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct HelpTests {
  private var lines: [Substring] { Command.helpText.split(separator: "\n") }

  @Test(arguments: RunOption.allCases)
  func everyOptionIsListedWithItsValueAndPurpose(option: RunOption) throws {
    let heading =
      "  " + [option.rawValue, option.valueName].compactMap(\.self).joined(separator: " ")
    let index = try #require(lines.firstIndex { $0 == heading })
    let purpose = option.help.split(separator: "\n").map { "      " + $0 }
    #expect(lines[(index + 1)...].prefix(purpose.count).map(String.init) == purpose)
  }

  @Test(arguments: ["  --help, -h", "  --version", "  inspect APP.elf", "  doctor"])
  func everyOtherWordIsListed(line: String) {
    #expect(lines.contains { $0 == line })
  }

  @Test func everyLineFitsATerminal() {
    for line in lines { #expect(line.count <= 100) }
  }

  @Test(
    arguments: [
      "hello.elf", "ping.elf --net tap0 -- --ipv4=10.0.0.2/24",
      "block.elf --mem 64M --block storage=disk.img,ro",
    ])
  func examplesAreListedAndRead(example: String) {
    #expect(lines.contains { $0 == "  hvtrun \(example)" })
    #expect(message(example) == nil)
  }

  @Test(arguments: ["the guest's own", "255", "125", "128 + the signal's number"])
  func exitStatusIsExplained(words: String) {
    #expect(Command.helpText.contains(words))
  }
}
