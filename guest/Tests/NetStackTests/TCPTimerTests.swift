// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// Timers that are not about loss (RFC 9293, section 3.8).
@Suite struct TCPTimerTests {
  @Test func keepAliveAsksAndGivesUp() {
    var options = TCPConnection.Options.plain
    options.keepAlive = 10_000_000_000
    var peer = makeEstablished(options)
    #expect(peer.wait(milliseconds: 9_999).isEmpty)
    let probes = peer.wait(milliseconds: 2)
    #expect(probes.map(\.sequence) == [peer.expected &- 1])
    #expect(probes.map(\.payload.count) == [0])
    peer.send(.ack)
    let silence = peer.wait(milliseconds: 9_000)
    #expect(silence.isEmpty)
    _ = peer.wait(milliseconds: 200_000)
    #expect(peer.connection.failure == .timedOut)
  }

  @Test func keepAliveIsAnswered() {
    let peer = makeEstablished()
    let answer = peer.send(.ack, offset: -1)
    #expect(answer.map(\.header.acknowledgment) == [peer.next])
    let withByte = peer.send(.ack, [0], offset: -1)
    #expect(withByte.map(\.header.acknowledgment) == [peer.next])
    #expect(peer.connection.readable == 0)
  }

  @Test func idleConnectionHasNoTimer() {
    let peer = makeEstablished()
    #expect(peer.connection.deadline == nil)
  }

  @Test func userTimeoutEndsTheConnection() {
    var options = TCPConnection.Options.plain
    options.userTimeout = 5_000_000_000
    var peer = makeEstablished(options)
    let written = peer.connection.write([1], at: peer.now)
    #expect(written == 1)
    _ = peer.sent()
    _ = peer.wait(milliseconds: 15_000)
    #expect(peer.connection.failure == .timedOut)
  }

  @Test func closedWindowWithoutAnswersEndsTheConnection() {
    var options = TCPConnection.Options.plain
    options.userTimeout = 20_000_000_000
    var peer = makeEstablished(options)
    peer.window = 0
    peer.send(.ack)
    let written = peer.connection.write([1], at: peer.now)
    #expect(written == 1)
    _ = peer.sent()
    _ = peer.wait(milliseconds: 70_000)
    #expect(peer.connection.failure == .timedOut)
  }

  /// A peer that keeps its window closed and answers every probe keeps a connection, but none that was
  /// left behind with something to be sent.
  @Test(arguments: [false, true]) func closedWindowEndsWhatWasLeftBehind(isLeft: Bool) {
    var peer = makeEstablished()
    peer.window = 0
    peer.send(.ack)
    let written = peer.connection.write([1, 2], at: peer.now)
    #expect(written == 2)
    _ = peer.sent()
    if isLeft {
      peer.connection.close(at: peer.now)
    }
    for _ in 0..<400 where peer.connection.state != .closed {
      if !peer.wait(milliseconds: 1000).isEmpty {
        peer.send(.ack)
      }
    }
    #expect(peer.connection.failure == (isLeft ? .timedOut : nil))
  }

  @Test func observerIsToldOncePerSegment() {
    let peer = makeEstablished()
    let observer = CountingObserver()
    peer.connection.observer = observer
    peer.send(.ack)
    #expect(observer.count == 0)
    peer.send(.ack, [1, 2])
    #expect(observer.count == 1)
    peer.send([.fin, .ack], offset: 2)
    #expect(observer.count == 2)
    peer.send(.rst, offset: 3)
    #expect(observer.count == 3)
  }

  @Test func observerIsToldOfRoom() {
    let peer = makeEstablished()
    let observer = CountingObserver()
    peer.connection.observer = observer
    let written = peer.connection.write(pattern(300_000), at: peer.now)
    #expect(written == 256 << 10)
    #expect(peer.connection.writable == 0)
    var acknowledged = 0
    while observer.count == 0, acknowledged < 250_000 {
      acknowledged += peer.sent().reduce(0) { $0 + $1.payload.count }
      peer.connection.receive(peer.segment(.ack, acknowledging: acknowledged), at: peer.now)
    }
    #expect(observer.count == 1)
    #expect(peer.connection.writable > 0)
  }
}

private final class CountingObserver: TCPObserver {
  var count = 0
  func connectionChanged(_ connection: TCPConnection) {
    count += 1
  }
}
