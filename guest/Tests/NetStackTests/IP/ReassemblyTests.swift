// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

private let start = Instant(nanoseconds: 0)
private let sender = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0001))
private let receiver = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0002))
private let sender6 = IPAddress.v6(IPv6Address(high: 0xfe80 << 48, low: 1))
private let receiver6 = IPAddress.v6(IPv6Address(high: 0xfe80 << 48, low: 2))
private let header: [UInt8] = [0xaa, 0xbb]
private let whole = (0..<100).map { UInt8($0) }

extension Reassembly {
  /// Inserts the bytes `range` of `whole`, behind a header of two bytes.
  fileprivate mutating func insert(
    _ range: Range<Int>, of whole: [UInt8] = whole, id: UInt32 = 1, version: Int = 4,
    proto: IPProtocol = .udp, isLast: Bool? = nil, at now: Instant = start
  ) -> Outcome {
    let fragment = Fragment(
      source: version == 4 ? sender : sender6, destination: version == 4 ? receiver : receiver6,
      payloadProtocol: proto, identification: id, offset: range.lowerBound,
      moreFragments: !(isLast ?? (range.upperBound == whole.count)))
    let packet = header + whole[range]
    return insert(fragment, packet.span, payload: 2..<packet.count, at: now)
  }
}

extension Reassembly.Outcome {
  fileprivate var payload: [UInt8]? {
    guard case .complete(let packet) = self else { return nil }
    return packet.payload
  }
}

private let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [0, 2, 1, 3]]
private let pieces = [0..<24, 24..<48, 48..<96, 96..<100]

struct ReassemblyTests {
  @Test(arguments: orders, [4, 6]) func putsFragmentsTogether(order: [Int], version: Int) {
    var reassembly = Reassembly()
    for index in order.dropLast() {
      let outcome = reassembly.insert(pieces[index], version: version)
      #expect(outcome == .incomplete)
    }
    let outcome = reassembly.insert(pieces[order[3]], version: version)
    #expect(outcome.payload == whole)
    #expect(reassembly.count == 0)
    #expect(reassembly.deadline == nil)
  }

  @Test func keepsTheHeaderOfTheFirstFragment() {
    var reassembly = Reassembly()
    _ = reassembly.insert(96..<100)
    _ = reassembly.insert(0..<96)
    _ = reassembly.insert(0..<96)
    let outcome = reassembly.insert(96..<100)
    guard case .complete(let packet) = outcome else {
      Issue.record("not complete")
      return
    }
    #expect(packet.header == header)
  }

  @Test func theFirstFragmentsProtocolCounts() {
    var reassembly = Reassembly()
    _ = reassembly.insert(96..<100, version: 6, proto: .tcp)
    let outcome = reassembly.insert(0..<96, version: 6, proto: .udp)
    guard case .complete(let packet) = outcome else {
      Issue.record("not complete")
      return
    }
    #expect(packet.payloadProtocol == .udp)
  }

  @Test func aDuplicateIsIgnored() {
    var reassembly = Reassembly()
    _ = reassembly.insert(0..<24)
    _ = reassembly.insert(24..<96)
    let again = reassembly.insert(0..<24)
    let last = reassembly.insert(96..<100)
    #expect(again == .incomplete)
    #expect(last.payload == whole)
  }

  @Test(arguments: [16..<32, 0..<16, 8..<16, 0..<48, 16..<24, 0..<24])
  func anOverlapSpoilsThePacket(range: Range<Int>) {
    var reassembly = Reassembly()
    _ = reassembly.insert(0..<24)
    let changed = whole.map { ~$0 }
    let overlap = reassembly.insert(range, of: changed)
    #expect(overlap == .dropped)
    let rest = reassembly.insert(24..<100)
    #expect(rest == .dropped)
    let all = reassembly.insert(0..<24)
    #expect(all == .dropped)
    #expect(reassembly.byteCount == 0)
    let other = reassembly.insert(0..<24, id: 2)
    #expect(other == .incomplete)
  }

  @Test func twoEndsSpoilThePacket() {
    var reassembly = Reassembly()
    _ = reassembly.insert(48..<56, isLast: true)
    let second = reassembly.insert(96..<100)
    #expect(second == .dropped)
  }

  @Test func nothingFollowsTheEnd() {
    var reassembly = Reassembly()
    _ = reassembly.insert(48..<56, isLast: true)
    let behind = reassembly.insert(56..<64)
    #expect(behind == .dropped)
    _ = reassembly.insert(48..<56, id: 2)
    let before = reassembly.insert(24..<32, id: 2, isLast: true)
    #expect(before == .dropped)
  }

  @Test func theFragmentsOfAPacketBelongTogether() {
    var reassembly = Reassembly()
    _ = reassembly.insert(0..<96, id: 1)
    let otherNumber = reassembly.insert(96..<100, id: 2)
    let otherProtocol = reassembly.insert(96..<100, id: 1, proto: .tcp)
    let otherVersion = reassembly.insert(96..<100, id: 1, version: 6)
    #expect(otherNumber == .incomplete)
    #expect(otherProtocol == .incomplete)
    #expect(otherVersion == .incomplete)
  }

  @Test func refusesWhatNoPacketHas() {
    var reassembly = Reassembly()
    let unaligned = reassembly.insert(0..<20)
    #expect(unaligned == .unaligned)
    let packet = [UInt8](repeating: 0, count: 65536 + 8)
    let large = reassembly.insert(65528..<65536, of: packet)
    #expect(large == .tooLarge)
    let large4 = reassembly.insert(65512..<65520, of: packet)
    #expect(large4 == .tooLarge)
    let large6 = reassembly.insert(65512..<65520, of: packet, version: 6)
    #expect(large6 == .incomplete)
    let empty = reassembly.insert(48..<48, isLast: true)
    #expect(empty == .dropped)
  }

  @Test func theLargestPacketArrives() {
    var reassembly = Reassembly()
    let packet = (0..<65535).map { UInt8(truncatingIfNeeded: $0) }
    _ = reassembly.insert(32768..<65535, of: packet, version: 6)
    let outcome = reassembly.insert(0..<32768, of: packet, version: 6)
    #expect(outcome.payload == packet)
  }

  @Test func tinyFragmentsAreGivenUp() {
    var reassembly = Reassembly()
    let packet = [UInt8](repeating: 0, count: 4096)
    for offset in stride(from: 0, to: 128 * 8, by: 8) {
      let outcome = reassembly.insert(offset..<offset + 8, of: packet)
      #expect(outcome == .incomplete)
    }
    let outcome = reassembly.insert(1024..<1032, of: packet)
    #expect(outcome == .dropped)
  }

  @Test func theOldestPacketMakesRoom() {
    var reassembly = Reassembly(packetLimit: 4)
    for id in 0..<5 {
      _ = reassembly.insert(0..<96, id: UInt32(id))
    }
    #expect(reassembly.count == 4)
    let first = reassembly.insert(96..<100, id: 0)
    #expect(first == .incomplete)
    let last = reassembly.insert(96..<100, id: 4)
    #expect(last.payload == whole)
  }

  @Test func bytesAreBounded() {
    var reassembly = Reassembly(packetLimit: 16, byteLimit: 128 << 10)
    let packet = [UInt8](repeating: 0, count: 65000)
    for id in 0..<16 {
      _ = reassembly.insert(60000..<60008, of: packet, id: UInt32(id))
      #expect(reassembly.byteCount <= 128 << 10)
    }
    #expect(reassembly.count == 2)
    _ = reassembly.insert(0..<8, of: packet, id: 99)
    _ = reassembly.insert(60000..<60008, of: packet, id: 14)
    #expect(reassembly.byteCount <= 128 << 10)
  }

  @Test(arguments: [(4, 30), (6, 60)]) func packetsExpire(version: Int, seconds: UInt64) {
    var reassembly = Reassembly()
    _ = reassembly.insert(0..<24, version: version)
    _ = reassembly.insert(48..<96, version: version)
    _ = reassembly.insert(48..<96, id: 2, version: version)
    let deadline = Instant(nanoseconds: seconds * 1_000_000_000)
    #expect(reassembly.deadline == deadline)
    let early = reassembly.nextExpired(at: Instant(nanoseconds: deadline.nanoseconds - 1))
    #expect(early == nil)
    let late = reassembly.insert(24..<48, version: version, at: deadline)
    #expect(late == .dropped)
    let expired = reassembly.nextExpired(at: deadline)
    #expect(expired?.quote == header + whole[0..<24])
    // Of the other packet nothing can be said.
    let other = reassembly.nextExpired(at: deadline)
    #expect(other == nil)
    #expect(reassembly.count == 0)
  }
}
