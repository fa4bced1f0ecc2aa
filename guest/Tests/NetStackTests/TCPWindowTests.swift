// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// Windows, acknowledgments, and when to send (RFC 9293, section 3.8; RFC 7323, section 2).
@Suite struct TCPWindowTests {
  @Test func everySecondFullSegmentIsAcknowledged() {
    var peer = makeEstablished()
    #expect(peer.send(.ack, pattern(1000)).isEmpty)
    peer.next &+= 1000
    let answer = peer.send(.ack, pattern(1000))
    #expect(answer.map(\.header.acknowledgment) == [peer.next &+ 1000])
  }

  @Test func acknowledgmentIsDelayedAtMost40Milliseconds() {
    var peer = makeEstablished()
    #expect(peer.send(.ack, [1]).isEmpty)
    #expect(peer.wait(milliseconds: 39).isEmpty)
    #expect(peer.wait(milliseconds: 1).map(\.flags) == [.ack])
    #expect(peer.connection.deadline == nil)
  }

  @Test func acknowledgmentGoesWithData() {
    var peer = makeEstablished()
    peer.send(.ack, [1])
    let written = peer.connection.write([2], at: peer.now)
    #expect(written == 1)
    let segments = peer.sent()
    #expect(segments.map(\.header.acknowledgment) == [peer.next &+ 1])
    peer.next &+= 1
    peer.send(.ack, acknowledging: 1)
    #expect(peer.wait(milliseconds: 1000).isEmpty)
  }

  @Test func outOfOrderDataIsAcknowledgedAtOnce() {
    var peer = makeEstablished()
    let first = peer.send(.ack, [2], offset: 1)
    #expect(first.map(\.header.acknowledgment) == [peer.next])
    #expect(first.first?.header.options.blockCount == 1)
    #expect(
      first.first?.header.options.block(0)
        == TCPOptions.Block(left: peer.next &+ 1, right: peer.next &+ 2))
    let second = peer.send(.ack, [1])
    #expect(second.map(\.header.acknowledgment) == [peer.next &+ 2])
    #expect(second.first?.header.options.blockCount == 0)
    let read = peer.connection.readAll()
    #expect(read == [1, 2])
    peer.next &+= 2
    // What arrived twice is told first (RFC 2883).
    let third = peer.send(.ack, [1], offset: -2)
    #expect(
      third.first?.header.options.block(0)
        == TCPOptions.Block(left: peer.next &- 2, right: peer.next &- 1))
  }

  /// Segments that are looked at together (RFC 5681, section 4.2).
  @Test(arguments: [true, false])
  func eachSegmentOutOfOrderIsAcknowledged(sack: Bool) {
    var peer = makeEstablished(offering: offer(sack: sack))
    for offset in [0, 1000] {
      peer.receive(pattern(1000), offset: offset)
    }
    for offset in [3000, 5000, 7000, 9000, 11_000] {
      peer.receive(pattern(1000), offset: offset)
    }
    let answers = peer.sent()
    // One for what is in order, and five duplicates of it.
    let numbers = [UInt32](repeating: peer.next &+ 2000, count: 6)
    #expect(answers.map(\.header.acknowledgment) == numbers)
    #expect(Set(answers.map(\.header.window)).count == 1)
    #expect(answers.allSatisfy { $0.payload.isEmpty })
    var told: Set<UInt32> = []
    for answer in answers {
      for index in 0..<answer.header.options.blockCount {
        told.insert(answer.header.options.block(index).left &- peer.next)
      }
    }
    // Together they tell of more than has room in one.
    #expect(told == (sack ? [3000, 5000, 7000, 9000, 11_000] : []))
    let newest = answers.last.map { $0.header.options }
    #expect(!sack || newest?.block(0).left == peer.next &+ 11_000)
    peer.next &+= 2000
    #expect(peer.sent().isEmpty)
  }

  /// An acknowledgment that moves on is no duplicate, so that a gap that is filled leaves none behind
  /// that would look like another loss.
  @Test func filledGapIsAcknowledgedOnce() {
    let peer = makeEstablished(offering: offer(sack: false))
    for offset in [1000, 2000, 3000, 0] {
      peer.receive(pattern(1000), offset: offset)
    }
    #expect(peer.sent().map(\.header.acknowledgment) == [peer.next &+ 4000])
  }

  @Test func duplicateAcknowledgmentsAreBounded() {
    let peer = makeEstablished()
    for offset in 1...1000 {
      peer.receive([1], offset: 2 * offset)
    }
    #expect(peer.sent().count == 64)
  }

  @Test func finishOutOfOrderWaits() {
    let peer = makeEstablished()
    peer.send([.fin, .ack], [2], offset: 1)
    #expect(peer.connection.state == .established)
    let answer = peer.send(.ack, [1])
    #expect(peer.connection.state == .closeWait)
    #expect(answer.map(\.header.acknowledgment) == [peer.next &+ 3])
    let read = peer.connection.readAll()
    #expect(read == [1, 2])
    #expect(peer.connection.isAtEnd)
  }

  @Test func windowIsScaled() {
    var peer = makeEstablished(offering: offer(windowScale: 7))
    peer.window = 10
    peer.send(.ack)
    let written = peer.connection.write(pattern(5000), at: peer.now)
    #expect(written == 5000)
    #expect(peer.sent().map(\.payload.count) == [1000])
    let answer = peer.send(.ack, [1], offset: 5)
    #expect(answer.first?.header.window == UInt16(262_144 >> 5))
  }

  @Test func synWindowIsNotScaled() {
    let now = Instant.milliseconds(1)
    var syn = TCPHeader(
      sourcePort: 1000, destinationPort: 80, sequence: 5, acknowledgment: 0, flags: .syn,
      window: 1000)
    syn.options = offer(windowScale: 7)
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, options: .plain, at: now)
    _ = client.sent(at: now)
    syn.flags = [.syn, .ack]
    syn.acknowledgment = 8
    client.receive(SentSegment(syn, []), at: now)
    let written = client.write(pattern(5000), at: now)
    #expect(written == 5000)
    #expect(client.sent(at: now).map(\.payload.count) == [1000])
  }

  @Test func nothingIsSentBeyondTheWindow() {
    var peer = makeEstablished()
    peer.window = 2500
    peer.send(.ack)
    let written = peer.connection.write(pattern(10_000), at: peer.now)
    #expect(written == 10_000)
    let segments = peer.sent()
    #expect(segments.map(\.payload.count) == [1000, 1000])
    // A part of a segment is not worth it (RFC 9293, section 3.8.6.2.1).
    #expect(peer.send(.ack, acknowledging: 1000).map(\.payload.count) == [1000])
  }

  @Test func closedWindowIsProbed() {
    var peer = makeEstablished()
    peer.window = 0
    peer.send(.ack)
    let written = peer.connection.write([7, 8, 9], at: peer.now)
    #expect(written == 3)
    #expect(peer.sent().isEmpty)
    var times: [UInt64] = []
    for _ in 0..<4 {
      let start = peer.now
      let probe = peer.waitForDeadline()
      #expect(probe.map(\.payload) == [[7]])
      times.append(peer.now.nanoseconds(since: start) / 1_000_000)
      peer.send(.ack)
    }
    #expect(times[1] >= 2 * times[0] && times[2] >= 2 * times[1])
    // It stays open as long as the peer answers.
    for _ in 0..<40 {
      _ = peer.waitForDeadline()
      peer.send(.ack)
    }
    #expect(peer.connection.state == .established)
    peer.window = 1000
    let rest = peer.send(.ack, acknowledging: 1)
    #expect(rest.map(\.payload) == [[8, 9]])
  }

  @Test func finishWaitsForTheWindow() {
    var peer = makeEstablished()
    peer.window = 0
    peer.send(.ack)
    peer.connection.finish(at: peer.now)
    #expect(peer.sent().isEmpty)
    #expect(peer.waitForDeadline().map(\.flags) == [[.fin, .ack]])
    peer.send(.ack, acknowledging: 1)
    #expect(peer.connection.state == .finWait2)
  }

  @Test func windowIsNotTakenFromAnOldSegment() {
    var peer = makeEstablished()
    peer.send(.ack, [1])
    peer.next &+= 1
    peer.window = 5000
    peer.send(.ack)
    peer.window = 1
    peer.send(.ack, [1], offset: -1)
    let written = peer.connection.write(pattern(3000), at: peer.now)
    #expect(written == 3000)
    #expect(peer.sent().map(\.payload.count) == [1000, 1000, 1000])
  }

  @Test func fullBufferClosesTheWindow() {
    var options = TCPConnection.Options.plain
    options.receiveLimit = 4000
    var peer = makeEstablished(options)
    for _ in 0..<4 {
      peer.send(.ack, pattern(1000))
      peer.next &+= 1000
    }
    let probe = peer.send(.ack, [1])
    #expect(probe.map(\.header.window) == [0])
    #expect(probe.map(\.header.acknowledgment) == [peer.next])
    // A little room is not told (RFC 9293, section 3.8.6.2.2).
    _ = peer.connection.read(atMost: 100) { _ in }
    #expect(peer.sent().isEmpty)
    _ = peer.connection.read(atMost: 2000) { _ in }
    #expect(peer.sent().map(\.header.window) == [2100])
  }

  @Test func zeroWindowTakesAcknowledgments() {
    var options = TCPConnection.Options.plain
    options.receiveLimit = 1000
    var peer = makeEstablished(options)
    peer.send(.ack, pattern(1000))
    peer.next &+= 1000
    let written = peer.connection.write([1, 2], at: peer.now)
    #expect(written == 2)
    _ = peer.sent()
    peer.send(.ack, [5], acknowledging: 2)
    #expect(peer.connection.deadline == nil)
  }

  @Test func nagleHoldsSmallSegmentsBack() {
    var options = TCPConnection.Options.plain
    options.noDelay = false
    let peer = makeEstablished(options)
    let first = peer.connection.write([1], at: peer.now)
    #expect(first == 1)
    #expect(peer.sent().map(\.payload) == [[1]])
    let second = peer.connection.write([2], at: peer.now)
    let third = peer.connection.write([3], at: peer.now)
    #expect(second + third == 2)
    #expect(peer.sent().isEmpty)
    #expect(peer.send(.ack, acknowledging: 1).map(\.payload) == [[2, 3]])
  }

  @Test func segmentationMakesLargeSegments() {
    let peer = makeEstablished()
    let written = peer.connection.write(pattern(9500), at: peer.now)
    #expect(written == 9500)
    let segments = peer.sent(limit: 5500)
    #expect(segments.map(\.payload.count) == [5000, 4500])
    #expect(segments.map(\.packetSize) == [1000, 1000])
    #expect(segments.flatMap(\.payload) == pattern(9500))
  }

  @Test func initialWindowIsTenSegments() {
    var peer = makeEstablished()
    let written = peer.connection.write(pattern(50_000), at: peer.now)
    #expect(written == 50_000)
    #expect(peer.sent().count == 10)
    peer.now = .milliseconds(1050)
    // Slow start: two more for each that is acknowledged.
    #expect(peer.send(.ack, acknowledging: 2000).count == 4)
  }

  @Test func smallerPathSendsAgainInSmallerSegments() {
    let peer = makeEstablished()
    let written = peer.connection.write(pattern(4000), at: peer.now)
    #expect(written == 4000)
    #expect(peer.sent().count == 4)
    peer.connection.pathMTUChanged(maximumSegmentSize: 500, at: peer.now)
    let segments = peer.sent()
    #expect(segments.map(\.payload.count) == Array(repeating: 500, count: 8))
    #expect(segments.flatMap(\.payload) == pattern(4000))
  }

  @Test(arguments: [0, 1, 64]) func tinySegmentSizeIsNotObeyed(size: UInt16) {
    let peer = makeEstablished(offering: offer(segmentSize: size))
    let written = peer.connection.write(pattern(1000), at: peer.now)
    #expect(written == 1000)
    #expect(peer.sent().first?.payload.count == 128)
  }
}
