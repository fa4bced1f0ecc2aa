// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// What is done about loss (RFC 6675, RFC 8985, RFC 6582, RFC 6298).
@Suite struct TCPRecoveryTests {
  /// An established connection that has sent ten segments of 1000 bytes.
  private func makeSending(sack: Bool = true, count: Int = 10_000) -> ScriptedPeer {
    var peer = makeEstablished(offering: offer(sack: sack))
    let written = peer.connection.write(pattern(count), at: peer.now)
    #expect(written == count)
    let sent = peer.sent()
    #expect(sent.count == min(count / 1000, 10))
    peer.now = peer.now.advanced(byNanoseconds: 10_000_000)
    return peer
  }

  @Test func threeSelectiveAcknowledgmentsRetransmit() {
    let peer = makeSending()
    #expect(peer.send(.ack, blocks: [1000..<2000]).isEmpty)
    #expect(peer.send(.ack, blocks: [1000..<3000]).isEmpty)
    let segments = peer.send(.ack, blocks: [1000..<4000])
    #expect(segments.map(\.sequence) == [peer.expected])
    #expect(segments.first?.payload == pattern(1000))
  }

  @Test func reorderingTimerRetransmits() {
    var peer = makeSending()
    #expect(peer.send(.ack, blocks: [1000..<2000]).isEmpty)
    let segments = peer.waitForDeadline()
    #expect(segments.map(\.sequence) == [peer.expected])
    #expect(peer.now < .milliseconds(1030))
  }

  @Test func onlyGapsAreRetransmitted() {
    let peer = makeSending()
    let segments = peer.send(.ack, blocks: [7000..<9000, 4000..<6000, 1000..<3000])
    let missing = [0, 3000, 6000].map { peer.expected &+ UInt32($0) }
    #expect(segments.map(\.sequence) == missing)
    let last = peer.send(.ack, acknowledging: 10_000)
    #expect(last.isEmpty)
    #expect(peer.connection.deadline == nil)
  }

  @Test func duplicatesWithoutSelectiveAcknowledgments() {
    let peer = makeSending(sack: false)
    #expect(peer.send(.ack).isEmpty)
    #expect(peer.send(.ack).isEmpty)
    let first = peer.send(.ack)
    #expect(first.map(\.sequence) == [peer.expected])
    // A partial acknowledgment says that the next was lost, too (RFC 6582).
    let second = peer.send(.ack, acknowledging: 3000)
    #expect(second.map(\.sequence) == [peer.expected &+ 3000])
    #expect(second.first?.payload.count == 1000)
    #expect(peer.send(.ack, acknowledging: 10_000).isEmpty)
  }

  @Test func tailLossIsProbed() {
    var peer = makeSending()
    #expect(peer.send(.ack, acknowledging: 7000).isEmpty)
    let start = peer.now
    let probe = peer.waitForDeadline()
    #expect(probe.map(\.sequence) == [peer.expected &+ 9000])
    #expect(peer.now.nanoseconds(since: start) < 50_000_000)
    peer.now = peer.now.advanced(byNanoseconds: 10_000_000)
    let segments = peer.send(.ack, acknowledging: 7000, blocks: [9000..<10_000])
    let later = segments.isEmpty ? peer.waitForDeadline() : segments
    #expect(later.map(\.sequence) == [7000, 8000].map { peer.expected &+ $0 })
  }

  /// RFC 8985, section 7.2: twice the round trip, and what the peer may wait with the acknowledgment of
  /// one segment.
  @Test(arguments: [(0, 10), (10, 20), (100, 200)] as [(UInt64, UInt64)])
  func probeWaitsForTwoRoundTrips(roundTrip: UInt64, delay: UInt64) {
    for count in [1, 3] {
      var peer = makeEstablished(roundTrip: roundTrip)
      let written = peer.connection.write(pattern(count * 1000), at: peer.now)
      #expect(written == count * 1000 && peer.sent().count == count)
      let start = peer.now
      let probe = peer.waitForDeadline()
      #expect(probe.map(\.sequence) == [peer.expected &+ UInt32(count - 1) * 1000])
      let waited = peer.now.nanoseconds(since: start) / 1_000_000
      #expect(waited == (count == 1 ? 200 + delay : delay) || waited == 200 + roundTrip)
    }
  }

  @Test func timeoutRetransmitsOneSegmentAndBacksOff() {
    var peer = makeSending(sack: false)
    var times: [UInt64] = []
    for _ in 0..<2 {
      let start = peer.now
      let segments = peer.waitForDeadline()
      #expect(segments.map(\.sequence) == [peer.expected])
      #expect(segments.first?.payload.count == 1000)
      times.append(peer.now.nanoseconds(since: start) / 1_000_000)
    }
    #expect(times[0] >= 190 && times[1] >= 2 * times[0])
    // Slow start.
    let next = peer.send(.ack, acknowledging: 1000)
    #expect(next.map(\.sequence) == [1000, 2000].map { peer.expected &+ $0 })
    #expect(peer.send(.ack, acknowledging: 10_000).isEmpty)
    #expect(peer.connection.deadline == nil)
  }

  @Test func renegingPeerGetsEverythingAgain() {
    var peer = makeSending()
    // The first byte is acknowledged alone, so that the first that is missing is one it once had.
    peer.send(.ack, blocks: [0..<1000])
    var segments: [SentSegment] = []
    while segments.isEmpty {
      segments = peer.waitForDeadline()
    }
    var seen = Set(segments.map(\.sequence))
    for _ in 0..<10 {
      seen.formUnion(peer.waitForDeadline().map(\.sequence))
    }
    #expect(seen.contains(peer.expected))
    #expect(peer.connection.state == .established)
  }

  @Test func hostileBlocksAreIgnored() {
    let peer = makeSending()
    for block in [-5000..<(-1000), 9000..<20_000, 100_000..<200_000, -1000..<1000] {
      peer.send(.ack, blocks: [block])
    }
    var header = peer.segment(.ack)
    header.header.options.append(
      TCPOptions.Block(left: peer.expected &+ 2000, right: peer.expected &+ 1000))
    header.header.options.append(
      TCPOptions.Block(left: peer.expected, right: peer.expected &+ 0x8000_0000))
    peer.connection.receive(header, at: peer.now)
    #expect(peer.connection.state == .established)
    #expect(peer.send(.ack, acknowledging: 10_000).isEmpty)
    #expect(peer.connection.deadline == nil)
  }

  @Test func blackHoleLowersTheSegmentSize() {
    var peer = makeEstablished(offering: offer(segmentSize: 1460))
    let written = peer.connection.write(pattern(10_000), at: peer.now)
    #expect(written == 10_000)
    let first = peer.sent()
    #expect(first.first?.payload.count == 1460)
    var sizes: [Int] = []
    for _ in 0..<6 {
      sizes += peer.waitForDeadline().map(\.payload.count)
    }
    #expect(sizes.contains(1220))
    #expect(sizes.last == 536)
  }

  @Test func silentPeerEndsTheConnection() {
    var peer = makeSending()
    _ = peer.wait(milliseconds: 300_000)
    #expect(peer.connection.state == .closed)
    #expect(peer.connection.failure == .timedOut)
  }

  @Test func unreachablePeerIsTold() {
    var peer = makeSending()
    peer.connection.unreachable(hard: true, at: peer.now)
    #expect(peer.connection.state == .established)
    _ = peer.wait(milliseconds: 300_000)
    #expect(peer.connection.failure == .unreachable)
  }

  @Test(arguments: [0, 5, 20], [true, false])
  func transferArrivesWhole(lossPercent: UInt64, sack: Bool) {
    var options = TCPConnection.Options()
    options.usesSelectiveAcknowledgments = sack
    var link = makeLink(options, limit: sack ? 65_000 : 0)
    var random = 0x1234_5678_9abc_def0 &+ lossPercent
    link.fate = { _, _ in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let roll = random >> 33
      return roll % 100 < lossPercent ? nil : (roll / 100 % 10 == 0 ? 3_000_000 : 0)
    }
    let data = pattern(300_000)
    var written = 0
    var received: [UInt8] = []
    var steps = 0
    while steps < 200_000, link.client.state != .closed, link.server.state != .closed {
      steps += 1
      if written < data.count, link.client.writable > 0 {
        written += link.client.write(Array(data[written...].prefix(50_000)), at: link.now)
        if written == data.count {
          link.client.finish(at: link.now)
        }
      }
      received += link.server.readAll()
      if link.server.isAtEnd {
        link.server.finish(at: link.now)
      }
      if !link.step() {
        break
      }
    }
    #expect(received == data)
    #expect(link.client.failure == nil)
    #expect(link.server.failure == nil)
    #expect(steps < 20_000)
  }
}
