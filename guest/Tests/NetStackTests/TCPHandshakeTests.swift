// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// Opening and closing (RFC 9293, sections 3.5 and 3.6).
@Suite struct TCPHandshakeTests {
  @Test func basicSynchronization() {
    var link = makeLink()
    for _ in 0..<2 {
      _ = link.step()
    }
    #expect(link.client.state == .established)
    _ = link.step()
    #expect(link.server.state == .established)
    #expect(link.client.deadline == nil)
    let silent = link.client.nextSegment(at: link.now) == nil
    #expect(silent)
  }

  @Test func synOffersEverything() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(5))
    let segments = client.sent(at: .milliseconds(5))
    #expect(segments.count == 1)
    let header = segments[0].header
    #expect(header.flags == .syn)
    #expect(header.sequence == 7)
    #expect(header.options.maximumSegmentSize == 1460)
    #expect(header.options.windowScale == 5)
    #expect(header.options.isSACKPermitted)
    #expect(header.options.timestamps == TCPOptions.Timestamps(value: 12, echo: 0))
    #expect(header.window == 0xffff)
  }

  @Test func answerHasOnlyWhatWasOffered() {
    let peer = makeEstablished(.init(), offering: TCPOptions())
    #expect(peer.connection.state == .established)
    let written = peer.connection.write(pattern(2000), at: peer.now)
    #expect(written == 2000)
    let segments = peer.sent()
    // The default size of segments.
    #expect(segments.map(\.payload.count) == [536, 536, 536, 392])
    #expect(segments[0].header.options == TCPOptions())
  }

  @Test func simultaneousOpen() {
    let now = Instant.milliseconds(1)
    let one = TCPConnection(
      connecting: .client, initialSequence: 100, maximumSegmentSize: 1460, at: now)
    let two = TCPConnection(
      connecting: .server, initialSequence: 300, maximumSegmentSize: 1460, at: now)
    let (oneSYN, twoSYN) = (one.sent(at: now), two.sent(at: now))
    one.receive(twoSYN[0], at: now)
    two.receive(oneSYN[0], at: now)
    #expect(one.state == .synReceived)
    let (oneAnswer, twoAnswer) = (one.sent(at: now), two.sent(at: now))
    #expect(oneAnswer.map(\.flags) == [[.syn, .ack]])
    one.receive(twoAnswer[0], at: now)
    two.receive(oneAnswer[0], at: now)
    #expect(one.state == .established)
    #expect(two.state == .established)
  }

  @Test func synIsRepeatedWithBackOff() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(0))
    var times: [UInt64] = []
    _ = client.sent(at: .milliseconds(0))
    for _ in 0..<3 {
      guard let deadline = client.deadline else { break }
      client.tick(at: deadline)
      let segments = client.sent(at: deadline)
      #expect(segments.map(\.flags) == [.syn])
      times.append(deadline.nanoseconds / 1_000_000)
    }
    #expect(times == [1000, 3000, 7000])
  }

  @Test func nobodyAnswers() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(0))
    var peer = ScriptedPeer(connection: client, next: 0)
    let first = peer.sent()
    #expect(first.count == 1)
    let segments = peer.wait(milliseconds: 400_000)
    #expect(segments.count < 20)
    #expect(client.state == .closed)
    #expect(client.failure == .timedOut)
    #expect(client.deadline == nil)
  }

  @Test func closeFromOneSide() {
    var peer = makeEstablished()
    peer.connection.finish(at: peer.now)
    #expect(peer.connection.state == .finWait1)
    let finish = peer.sent()
    #expect(finish.map(\.flags) == [[.fin, .ack]])
    peer.send(.ack, acknowledging: 1)
    #expect(peer.connection.state == .finWait2)
    let answer = peer.send([.fin, .ack], acknowledging: 1)
    #expect(peer.connection.state == .timeWait)
    #expect(answer.map(\.header.acknowledgment) == [peer.next &+ 1])
    #expect(peer.connection.isAtEnd)
    let last = peer.wait(milliseconds: 60_000)
    #expect(last.isEmpty)
    #expect(peer.connection.state == .closed)
    #expect(peer.connection.failure == nil)
  }

  @Test func halfClose() {
    var peer = makeEstablished()
    let answer = peer.send([.fin, .ack], [1, 2, 3])
    #expect(answer.count == 1)
    #expect(peer.connection.state == .closeWait)
    let read = peer.connection.readAll()
    #expect(read == [1, 2, 3])
    peer.next &+= 4
    let written = peer.connection.write([4, 5], at: peer.now)
    #expect(written == 2)
    let data = peer.sent()
    #expect(data.map(\.payload) == [[4, 5]])
    peer.connection.finish(at: peer.now)
    #expect(peer.connection.state == .lastAck)
    #expect(peer.sent().map(\.flags) == [[.fin, .ack]])
    peer.send(.ack, acknowledging: 3)
    #expect(peer.connection.state == .closed)
    #expect(peer.connection.failure == nil)
    #expect(peer.wait(milliseconds: 100_000).isEmpty)
  }

  @Test func simultaneousClose() {
    let peer = makeEstablished()
    peer.connection.finish(at: peer.now)
    _ = peer.sent()
    peer.send([.fin, .ack])
    #expect(peer.connection.state == .closing)
    peer.send(.ack, offset: 1, acknowledging: 1)
    #expect(peer.connection.state == .timeWait)
  }

  @Test func dataAndFinishGoTogether() {
    let peer = makeEstablished()
    let written = peer.connection.write([1, 2, 3], at: peer.now)
    #expect(written == 3)
    peer.connection.finish(at: peer.now)
    let segments = peer.sent()
    #expect(segments.count == 1)
    #expect(segments[0].payload == [1, 2, 3])
    #expect(segments[0].flags == [.fin, .psh, .ack])
    let more = peer.connection.write([4], at: peer.now)
    #expect(more == 0)
  }

  @Test func timeWaitAnswersTheFinishAgain() {
    var peer = makeEstablished()
    peer.connection.finish(at: peer.now)
    _ = peer.sent()
    peer.send([.fin, .ack], acknowledging: 1)
    _ = peer.wait(milliseconds: 30_000)
    let answer = peer.send([.fin, .ack], acknowledging: 1)
    #expect(answer.count == 1)
    _ = peer.wait(milliseconds: 40_000)
    #expect(peer.connection.state == .timeWait)
  }

  @Test func lostAnswerIsSentAgain() {
    let now = Instant.milliseconds(1)
    var syn = TCPHeader(
      sourcePort: 1000, destinationPort: 80, sequence: 5, acknowledgment: 0, flags: .syn,
      window: 100)
    syn.options = offer()
    let server = TCPConnection(
      accepting: syn, flow: .server, initialSequence: 9, maximumSegmentSize: 1460, at: now)
    #expect(server.sent(at: now).map(\.flags) == [[.syn, .ack]])
    server.receive(SentSegment(syn, []), at: now)
    #expect(server.sent(at: now).map(\.flags) == [[.syn, .ack]])
    var peer = ScriptedPeer(connection: server, next: 6, expected: 10)
    let repeated = peer.wait(milliseconds: 200_000)
    #expect(repeated.count == 5)
    #expect(server.failure == .timedOut)
  }

  @Test func cookieOpensAtOnce() {
    let now = Instant.milliseconds(1)
    let first = TCPHeader(
      sourcePort: 1000, destinationPort: 80, sequence: 50, acknowledgment: 90, flags: .ack,
      window: 1000)
    var agreement = TCPConnection.Agreement(maximumSegmentSize: 1200)
    agreement.isSACKPermitted = true
    let server = TCPConnection(
      cookie: first, agreement: agreement, flow: .server, maximumSegmentSize: 1460, at: now)
    #expect(server.state == .established)
    server.receive(first, [7, 8].span, at: now)
    let read = server.readAll()
    #expect(read == [7, 8])
    let written = server.write(pattern(3000), at: now)
    #expect(written == 3000)
    let segments = server.sent(at: now)
    #expect(segments.first?.payload.count == 1000)
    #expect(segments.first?.sequence == 90)
    #expect(segments.first?.header.acknowledgment == 52)
  }
}
