// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PCAPNG
import Testing

@Suite struct BlockEncoderTests {
  @Test func sectionHeaderIsAsSpecified() {
    var encoder = BlockEncoder()
    encoder.addSection(application: "hvtrun")
    #expect(
      encoder.bytes == [
        0x0a, 0x0d, 0x0d, 0x0a, 44, 0, 0, 0,  // Type and length.
        0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,  // Byte order and version.
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // No length of the section.
        4, 0, 6, 0, 0x68, 0x76, 0x74, 0x72, 0x75, 0x6e, 0, 0,  // shb_userappl, padded.
        0, 0, 0, 0, 44, 0, 0, 0,  // End of options, length.
      ])
  }

  @Test func interfaceHasNameAddressAndResolution() {
    var encoder = BlockEncoder()
    let number = encoder.addInterface(name: "net", macAddress: [2, 0, 0, 0, 0, 9])
    #expect(number == 0)
    #expect(
      encoder.bytes == [
        1, 0, 0, 0, 52, 0, 0, 0,  // Type and length.
        1, 0, 0, 0, 0, 0, 0, 0,  // Ethernet, no limit.
        2, 0, 3, 0, 0x6e, 0x65, 0x74, 0,  // if_name
        6, 0, 6, 0, 2, 0, 0, 0, 0, 9, 0, 0,  // if_MACaddr
        9, 0, 1, 0, 9, 0, 0, 0,  // if_tsresol: 10^-9 s.
        0, 0, 0, 0, 52, 0, 0, 0,  // End of options, length.
      ])
    let next = encoder.addInterface(name: "", macAddress: [2, 0, 0, 0, 0, 9])
    #expect(next == 1)
  }

  @Test(
    arguments: [(BlockEncoder.Direction.inbound, 1), (.outbound, 2)]
      as [(
        BlockEncoder.Direction, UInt8
      )])
  func packetHasTimeCountsAndDirection(direction: BlockEncoder.Direction, flags: UInt8) {
    var encoder = BlockEncoder()
    encoder.addPacket(on: 3, direction, at: 0x0102_0304_0506_0708, originalCount: 6) {
      $0 += [1, 2, 3, 4, 5]
    }
    #expect(
      encoder.bytes == [
        6, 0, 0, 0, 52, 0, 0, 0,  // Type and length.
        3, 0, 0, 0, 4, 3, 2, 1, 8, 7, 6, 5,  // Interface, time.
        5, 0, 0, 0, 6, 0, 0, 0,  // What there is, what there was.
        1, 2, 3, 4, 5, 0, 0, 0,
        2, 0, 4, 0, flags, 0, 0, 0,  // epb_flags
        0, 0, 0, 0, 52, 0, 0, 0,  // End of options, length.
      ])
  }

  @Test(arguments: [0, 1, 2, 3, 4, 65_550])
  func everyBlockIsPadded(count: Int) {
    var encoder = BlockEncoder()
    encoder.addPacket(on: 0, .inbound, at: 0, originalCount: count) {
      $0 += [UInt8](repeating: 7, count: count)
    }
    #expect(encoder.bytes.count == 44 + (count + 3) / 4 * 4)
    #expect(BlockEncoder.wholeBlocks(in: encoder.bytes, encoder.bytes.count) == encoder.bytes.count)
  }

  @Test func exchangeHandsOverAndKeepsTheNumbers() {
    var encoder = BlockEncoder()
    var other: [UInt8] = [1, 2, 3]
    _ = encoder.addInterface(name: "a", macAddress: [])
    let blocks = encoder.bytes
    encoder.exchange(&other)
    #expect(other == blocks)
    #expect(encoder.bytes.isEmpty)
    let next = encoder.addInterface(name: "b", macAddress: [])
    #expect(next == 1)
  }

  @Test func onlyWholeBlocksCount() {
    var encoder = BlockEncoder()
    var ends = [0]
    encoder.addSection(application: "")
    ends.append(encoder.bytes.count)
    _ = encoder.addInterface(name: "a", macAddress: [])
    ends.append(encoder.bytes.count)
    encoder.addPacket(on: 0, .inbound, at: 0, originalCount: 3) { $0 += [1, 2, 3] }
    ends.append(encoder.bytes.count)
    for count in 0...encoder.bytes.count {
      #expect(
        BlockEncoder.wholeBlocks(in: encoder.bytes, count) == ends.last { $0 <= count })
    }
  }
}
