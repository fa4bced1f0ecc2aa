// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// Resets, and segments that somebody else may have made (RFC 9293, section 3.10; RFC 5961).
@Suite struct TCPResetTests {
  @Test func resetAtTheNextNumberEndsTheConnection() {
    let peer = makeEstablished()
    let answer = peer.send(.rst)
    #expect(answer.isEmpty)
    #expect(peer.connection.state == .closed)
    #expect(peer.connection.failure == .reset)
  }

  @Test(arguments: [1, 1000, 65534]) func resetInsideTheWindowIsChallenged(offset: Int) {
    let peer = makeEstablished()
    let answer = peer.send(.rst, offset: offset)
    #expect(answer.map(\.flags) == [.ack])
    #expect(peer.connection.state == .established)
  }

  @Test(arguments: [-1, 65536, Int(Int32.max), Int(Int32.min)])
  func resetOutsideOfTheWindowIsDropped(offset: Int) {
    let peer = makeEstablished()
    let answer = peer.send(.rst, offset: offset)
    #expect(answer.isEmpty)
    #expect(peer.connection.state == .established)
  }

  @Test(arguments: [-1, 0, 5]) func synIsChallenged(offset: Int) {
    let peer = makeEstablished()
    let answer = peer.send(.syn, offset: offset)
    #expect(answer.map(\.flags) == [.ack])
    #expect(answer.first?.header.acknowledgment == peer.next)
    #expect(peer.connection.state == .established)
  }

  @Test func challengesAreLimited() {
    var peer = makeEstablished()
    let count = (0..<100).reduce(0) { sum, _ in sum + peer.send(.syn).count }
    #expect(count == 10)
    peer.now = peer.now.advanced(byNanoseconds: 5_000_000_000)
    #expect(peer.send(.syn).count == 1)
  }

  @Test(arguments: [1, 100_000, Int(Int32.max), -70_000, Int(Int32.min)])
  func acknowledgmentOfWhatWasNotSentIsChallenged(distance: Int) {
    let peer = makeEstablished()
    let answer = peer.send(.ack, [1, 2], acknowledging: distance)
    #expect(answer.map(\.flags) == [.ack])
    #expect(answer.first?.header.acknowledgment == peer.next)
    #expect(peer.connection.readable == 0)
  }

  @Test func oldAcknowledgmentBringsItsData() {
    let peer = makeEstablished()
    peer.send(.ack, [1, 2], acknowledging: -5)
    #expect(peer.connection.readable == 2)
  }

  @Test func segmentWithoutAcknowledgmentIsDropped() {
    let peer = makeEstablished()
    let answer = peer.send([], [1, 2])
    #expect(answer.isEmpty)
    #expect(peer.connection.readable == 0)
  }

  @Test func refusedConnection() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(0))
    let peer = ScriptedPeer(connection: client, next: 0, expected: 8)
    _ = peer.sent()
    let answer = peer.send([.rst, .ack])
    #expect(answer.isEmpty)
    #expect(client.failure == .refused)
    #expect(client.state == .closed)
  }

  @Test func resetWithoutOurNumberDoesNotRefuse() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(0))
    var peer = ScriptedPeer(connection: client, next: 0, expected: 7)
    _ = peer.sent()
    peer.send([.rst, .ack])
    peer.send(.rst)
    peer.expected = 9
    peer.send([.rst, .ack])
    #expect(client.state == .synSent)
  }

  @Test func wrongAcknowledgmentInSynSentIsReset() {
    let client = TCPConnection(
      connecting: .client, initialSequence: 7, maximumSegmentSize: 1460, at: .milliseconds(0))
    let peer = ScriptedPeer(connection: client, next: 0, expected: 100)
    _ = peer.sent()
    let answer = peer.send([.syn, .ack])
    #expect(answer.map(\.flags) == [.rst])
    #expect(answer.map(\.sequence) == [100])
    #expect(client.state == .synSent)
  }

  @Test func wrongAcknowledgmentInSynReceivedIsReset() {
    let now = Instant.milliseconds(1)
    let syn = TCPHeader(
      sourcePort: 1000, destinationPort: 80, sequence: 5, acknowledgment: 0, flags: .syn,
      window: 100)
    let server = TCPConnection(
      accepting: syn, flow: .server, initialSequence: 9, maximumSegmentSize: 1460, at: now)
    _ = server.sent(at: now)
    let peer = ScriptedPeer(connection: server, next: 6, expected: 55)
    let answer = peer.send(.ack)
    #expect(answer.map(\.flags) == [.rst])
    #expect(answer.map(\.sequence) == [55])
    #expect(server.state == .synReceived)
  }

  @Test func abortResets() {
    let peer = makeEstablished()
    let written = peer.connection.write([1, 2, 3], at: peer.now)
    #expect(written == 3)
    _ = peer.sent()
    peer.connection.abort(at: peer.now)
    let segments = peer.sent()
    #expect(segments.map(\.flags) == [[.rst, .ack]])
    #expect(segments.map(\.sequence) == [peer.expected &+ 3])
    #expect(peer.connection.failure == .aborted)
    #expect(peer.connection.deadline == nil)
  }

  @Test func closingWithUnreadDataResets() {
    let peer = makeEstablished()
    peer.send(.ack, [1])
    peer.connection.close(at: peer.now)
    #expect(peer.sent().map(\.flags) == [[.rst, .ack]])
  }

  @Test func dataAfterClosingResets() {
    let peer = makeEstablished()
    peer.connection.close(at: peer.now)
    #expect(peer.sent().map(\.flags) == [[.fin, .ack]])
    let answer = peer.send(.ack, [1], acknowledging: 1)
    #expect(answer.map(\.flags) == [[.rst, .ack]])
    #expect(peer.connection.state == .closed)
  }

  @Test func closedConnectionDoesNotWaitForEver() {
    var peer = makeEstablished()
    peer.connection.close(at: peer.now)
    _ = peer.sent()
    peer.send(.ack, acknowledging: 1)
    #expect(peer.connection.state == .finWait2)
    _ = peer.wait(milliseconds: 60_000)
    #expect(peer.connection.state == .closed)
  }

  @Test func resetInTimeWaitIsIgnored() {
    let peer = makeEstablished()
    peer.connection.finish(at: peer.now)
    _ = peer.sent()
    peer.send([.fin, .ack], acknowledging: 1)
    peer.send(.rst, offset: 1, acknowledging: 1)
    #expect(peer.connection.state == .timeWait)
  }

  @Test func oldTimestampIsDropped() {
    var peer = makeEstablished(.init(), offering: offer(timestamp: 1000))
    peer.timestamp = 999
    let answer = peer.send(.ack, [1, 2])
    #expect(answer.count == 1)
    #expect(answer.first?.header.options.timestamps?.echo == 1000)
    #expect(peer.connection.readable == 0)
    peer.timestamp = 1001
    peer.send(.ack, [1, 2])
    #expect(peer.connection.readable == 2)
    peer.timestamp = nil
    peer.send(.ack, [1, 2, 3])
    #expect(peer.connection.readable == 2)
  }

  @Test func timestampIsForgottenAfter24Days() {
    var peer = makeEstablished(.init(), offering: offer(timestamp: 1000))
    peer.now = peer.now.advanced(byNanoseconds: 25 * 86_400 * 1_000_000_000)
    peer.timestamp = 999
    peer.send(.ack, [1, 2])
    #expect(peer.connection.readable == 2)
  }
}
