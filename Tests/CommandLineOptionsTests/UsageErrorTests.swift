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
      (
        .unknownOptionAfterImage("--a"),
        "unknown option '--a': the guest's own arguments stand after '--'"
      ),
      (
        .solo5OptionAfterImage("--net:a"),
        "'--net:a' stands after the image: the options of solo5-hvt's form stand before it"
      ),
      (.missingValue("--mem"), "--mem needs a value"),
      (.unexpectedValue("--quiet"), "--quiet takes no value"),
      (.size("64X"), "'64X' is not a size such as 64M"),
      (.sizeWithoutUnit("64"), "size '64' needs a unit: 64M for MiB"),
      (.mebibytes("1"), "--mem=1: not a number of MiB from 2 to 4096"),
      (
        .macAddress("x"),
        "'x' is not the MAC address of one interface, such as 52:54:00:12:34:56"
      ),
      (
        .deviceName("a-b", in: "--net:a-b=c"),
        "'a-b' in '--net:a-b=c' is not the name of a device: 1 to 67 letters and digits"
      ),
      (
        .noDeviceFor("--net-mac", "a", attachedBy: "--net"),
        "--net-mac:a: no --net:a=... attaches that device"
      ),
      (.ioMode("x"), "--io=x: neither inline nor thread"),
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
