// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct Solo5FormErrorTests {
  @Test(
    arguments: [
      ("--mem=64", "no image to run: hvtrun APP.elf"),
      ("--", "no image to run: hvtrun APP.elf"),
      ("--dumpcore app.hvt", "unknown option '--dumpcore'"),
      ("--gdb app.hvt", "unknown option '--gdb'"),
      ("--gdb-port=1234 app.hvt", "unknown option '--gdb-port'"),
      ("--frobnicate:a=b app.hvt", "unknown option '--frobnicate:a'"),
      ("--Net:a=b app.hvt", "unknown option '--Net:a'"),
      ("-v app.hvt", "unknown option '-v'"),
      ("--net -- app.hvt", "--net needs a value"),
      ("--quiet=1 app.hvt", "--quiet takes no value"),
    ])
  func wordsThatDoNotFitAreRefused(line: String, message expected: String) {
    #expect(solo5Message(line) == expected)
  }

  @Test(arguments: ["0", "1", "4097", "18446744073709551616"])
  func memoryOutOfRangeIsRefused(text: String) {
    #expect(
      solo5Message("--mem=\(text) app.hvt") == "--mem=\(text): not a number of MiB from 2 to 4096")
  }

  @Test(
    arguments: [
      ("--mem= app.hvt", "--mem needs a value"),
      ("--mem=-1 app.hvt", "'-1' is not a size such as 64M"),
      ("--mem=64x app.hvt", "'64x' is not a size such as 64M"),
      ("--mem 64 app.hvt", "size '64' needs a unit: 64M for MiB"),
    ])
  func otherMemoryIsRefused(line: String, message expected: String) {
    #expect(solo5Message(line) == expected)
  }

  private static let prefixes = ["--net:", "--net-mac:", "--block:", "--block-sector-size:"]

  @Test(
    arguments: prefixes,
    ["", "a-b", "a_b", "a.b", "a:b", "ä", "a b", String(repeating: "a", count: 68)])
  func nameThatNoDeviceHasIsRefused(prefix: String, name: String) {
    for argument in ["\(prefix)\(name)=x", "\(prefix)\(name)"] {
      #expect(throws: UsageError.deviceName(name, in: argument)) {
        try solo5([argument, "app.hvt"])
      }
    }
  }

  @Test(arguments: prefixes)
  func valueStandsBehindTheEqualsSign(prefix: String) {
    for line in ["\(prefix)a app.hvt", "\(prefix)a= app.hvt"] {
      #expect(solo5Message(line) == "\(prefix)a needs a value")
    }
  }

  @Test func nameMayHave67Characters() throws {
    let name = String(repeating: "aZ0", count: 22) + "9"
    #expect(try solo5("--net:\(name)=tap0 app.hvt")?.nets.map(\.name) == [name])
  }

  @Test(
    arguments: [
      ("--net-mac:a=x app.hvt", "--net-mac:a: no --net:a=... attaches that device"),
      ("--net-mac:a=x --net:b=tap0 app.hvt", "--net-mac:a: no --net:a=... attaches that device"),
      ("--net-mac:a=x --block:a=x app.hvt", "--net-mac:a: no --net:a=... attaches that device"),
      ("--net-mac:a=x --net tap0 app.hvt", "--net-mac:a: no --net:a=... attaches that device"),
      (
        "--block-sector-size:a=512 --net:a=x app.hvt",
        "--block-sector-size:a: no --block:a=... attaches that device"
      ),
      (
        "--block:A=x --block-sector-size:a=512 app.hvt",
        "--block-sector-size:a: no --block:a=... attaches that device"
      ),
    ])
  func propertyNeedsItsDevice(line: String, message expected: String) {
    #expect(solo5Message(line) == expected)
  }

  @Test(arguments: ["x", "-1", "+512", "4K", "65536", "512 "])
  func sectorSizeIsANumber(text: String) {
    #expect(throws: UsageError.number("--block-sector-size:a", text)) {
      try solo5(["--block-sector-size:a=\(text)", "--block:a=x", "app.hvt"])
    }
  }
}
