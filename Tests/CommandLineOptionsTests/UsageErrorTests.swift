// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct UsageErrorTests {
  @Test(
    arguments: [
      (.noImage, "no image to run: hvtrun APP.elf"),
      (.noImageToInspect, "no image to inspect: hvtrun inspect APP.elf"),
      (
        .twoImages("a", "b"),
        "two images to run, 'a' and 'b': the guest's own arguments stand after '--'"
      ),
      (.extraArgument("a"), "unexpected argument 'a'"),
      (.unknownOption("--a"), "unknown option '--a'"),
      (.missingValue("--mem"), "--mem needs a value"),
      (.unexpectedValue("--quiet"), "--quiet takes no value"),
      (.size("64X"), "'64X' is not a size such as 64M"),
      (.number("mtu", "x"), "mtu=x: not a number in range"),
      (.descriptor("@x"), "'@x' is not a descriptor such as @3"),
      (
        .unknownSetting(option: .block, "rw"), "--block: unknown or malformed setting 'rw'"
      ),
    ] as [(UsageError, String)])
  func messageNamesTheWordsAtFault(error: UsageError, message: String) {
    #expect(error.description == message)
  }
}
