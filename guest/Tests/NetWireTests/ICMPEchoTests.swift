// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct ICMPEchoTests {
  let request = ICMPEcho(kind: .request, identifier: 0x1234, sequence: 7)

  @Test func emitsAndReadsBackWithAnyPayload() {
    for count in [8, 9, 64, 1480] {
      let bytes = emitted(count) { request.emit4(into: &$0) }
      #expect(parsed(bytes, as: ICMPEcho.init(v4:)) == request)
    }
  }

  @Test func emitsItsFieldsInOrder() {
    let bytes = emitted(8) { request.emit4(into: &$0) }
    #expect(bytes == [8, 0, 0xe5, 0xc4, 0x12, 0x34, 0, 7])
  }

  @Test(arguments: 0..<16) func aChangeOfAnyByteIsRejected(at offset: Int) {
    var bytes = emitted(16) { request.emit4(into: &$0) }
    bytes[offset] ^= 0x40
    #expect(parsed(bytes, as: ICMPEcho.init(v4:)) == nil)
  }

  @Test(arguments: 0..<8) func readRejectsAMessage(of count: Int) {
    let bytes = emitted(8) { request.emit4(into: &$0) }
    #expect(parsed(Array(bytes.prefix(count)), as: ICMPEcho.init(v4:)) == nil)
  }

  @Test func replyKeepsTheNumbers() {
    #expect(request.reply == ICMPEcho(kind: .reply, identifier: 0x1234, sequence: 7))
    #expect(request.reply.description == "echo reply id 4660 seq 7")
  }
}
