// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
@testable import GuestImage
import JSON
import Testing

@Suite struct ImageReportTests {
  @Test func textShowsAllThatRunningNeeds() throws {
    let report = ImageReport(try ImageFixture().parse())
    #expect(
      report.text == """
        entry     0x100010
        program   0x100000..<0x104000 (16 KiB)
        memory    at least 2 MiB
        ABI       native 1, on hvt 2, with a stack of 64 KiB
        queues    none
        segments
          r-x  0x100000..<0x100100  256 bytes at 0x0
          r--  0x101000..<0x101040  64 bytes at 0x0
          rw-  0x102000..<0x103800  16 bytes at 0x0
        devices
          1   net    service
          2   block  storage
        notes
          Solo5  ABI1  16 bytes
          Solo5  MFT1  324 bytes
          HVT    NAT1  16 bytes

        """)
  }

  @Test func textOfAnImageWithoutDevices() throws {
    let manifest = ManifestFixture(entries: [.reserved])
    let odd = NoteFixture(owner: [0x1b, 0x5b, 0x41, 0], type: 3, descriptor: [])
    let report = ImageReport(
      try ImageFixture.notes([.abi(), .manifest(manifest), odd]).parse())
    #expect(report.text.contains("\nABI       Solo5 hvt 2\n"))
    #expect(report.json.contains("\n  \"guest\": \"solo5\",\n"))
    #expect(report.text.contains("\ndevices   none\n"))
    #expect(report.text.hasSuffix("\n  ?[A    3     0 bytes\n"))
  }

  @Test func jsonHasTheSameContents() throws {
    let fixture = ImageFixture(
      segments: [.load(5, address: 0x10_0000, fileSize: 256, memorySize: 512)])
    let report = ImageReport(try fixture.parse())
    #expect(
      report.json.hasPrefix(
        """
        {
          "entry": 1048592,
          "memoryEnd": 1052672,
          "minimumMemorySize": 2097152,
          "guest": "native",
          "abi": {
            "target": "hvt",
            "version": 2
          },
          "native": {
            "version": 1,
            "stackSize": 65536
          },
          "queues": null,
          "segments": [
            {
              "address": 1048576,
              "memorySize": 512,
              "fileOffset": 0,
              "fileSize": 256,
              "permissions": "r-x"
            }
          ],
          "devices": [
            {
              "handle": 1,
              "kind": "net",
              "name": "service"
            },
        """))
    #expect(report.json.hasSuffix("\n      \"size\": 16\n    }\n  ]\n}\n"))
  }

  @Test func jsonOfWhatIsNotThere() throws {
    let manifest = ManifestFixture(entries: [.reserved])
    let report = ImageReport(try ImageFixture.notes([.abi(), .manifest(manifest)]).parse())
    #expect(report.json.contains("\n  \"native\": null,\n"))
    #expect(report.json.contains("\n  \"devices\": [],\n"))
  }

  @Test(arguments: [
    ("plain é 🙂", "\"plain é 🙂\""), ("a\"b\\c", "\"a\\\"b\\\\c\""),
    ("\u{0}\n\u{1f}\u{7f}", "\"\\u0000\\u000a\\u001f\\u007f\""),
    ("\r\n", "\"\\u000d\\u000a\""),
  ])
  func stringsAreEscaped(string: String, text: String) {
    #expect(JSON.string(string).text == text)
  }

  @Test func numbersAreWhole() {
    #expect(JSON.array([.number(0), .number(.max)]).text == "[\n  0,\n  18446744073709551615\n]")
    #expect(JSON.object([]).text == "{}")
  }
}
