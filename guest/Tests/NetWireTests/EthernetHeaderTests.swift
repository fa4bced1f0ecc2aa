// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct EthernetHeaderTests {
  let header = EthernetHeader(destination: guest, source: host, type: .arp)
  let bytes: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x06]

  @Test func emitsItsFieldsInOrder() {
    #expect(emitted(14) { header.emit(into: &$0) } == bytes)
  }

  @Test func readsWhatItEmits() {
    #expect(parsed(bytes, as: EthernetHeader.init) == header)
  }

  @Test(arguments: 0..<14) func readRejectsAFrame(of count: Int) {
    #expect(parsed(Array(bytes.prefix(count)), as: EthernetHeader.init) == nil)
  }

  @Test func describesItself() {
    #expect(header.description == "02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x806")
  }
}
