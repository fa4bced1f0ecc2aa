// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct ARPPacketTests {
  let request = ARPPacket(
    operation: .request, senderHardware: host, senderProtocol: hostAddress,
    targetHardware: MACAddress([0, 0, 0, 0, 0, 0]), targetProtocol: guestAddress)
  let bytes: [UInt8] = [
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
  ]

  @Test func emitsItsFieldsInOrder() {
    #expect(emitted(28) { request.emit(into: &$0) } == bytes)
  }

  @Test func readsWhatItEmits() {
    #expect(parsed(bytes, as: ARPPacket.init) == request)
  }

  @Test func readsAPacketThatEthernetFilledUp() {
    #expect(parsed(bytes + [UInt8](repeating: 0, count: 18), as: ARPPacket.init) == request)
  }

  @Test(arguments: 0..<28) func readRejectsAPacket(of count: Int) {
    #expect(parsed(Array(bytes.prefix(count)), as: ARPPacket.init) == nil)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7])
  func readRejectsAnotherValue(at offset: Int) {
    var bytes = bytes
    bytes[offset] = 0x77
    #expect(parsed(bytes, as: ARPPacket.init) == nil)
  }

  @Test func replySwapsSenderAndTarget() {
    let reply = request.reply(from: guest)
    #expect(
      reply
        == ARPPacket(
          operation: .reply, senderHardware: guest, senderProtocol: guestAddress,
          targetHardware: host, targetProtocol: hostAddress))
    #expect(reply.description == "10.0.0.2 is at 02:00:00:00:00:02")
    #expect(request.description == "who has 10.0.0.2, tell 10.0.0.1")
  }
}
