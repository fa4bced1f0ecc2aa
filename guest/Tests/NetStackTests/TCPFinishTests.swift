// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import NetWire
import Testing

/// What an application can still do behind its end.
struct TCPFinishTests {
  /// Nothing is taken, in no state, whichever way it is written, and there is no room to wait for.
  private func expectNoWriting(_ peer: ScriptedPeer, in state: TCPConnection.State) {
    let connection = peer.connection
    #expect(connection.state == state)
    let copied = connection.write([1, 2, 3], at: peer.now)
    let shared = connection.write(FrameMemory(count: 3), 0..<3, at: peer.now)
    #expect(copied == 0 && shared == 0)
    #expect(connection.writable == 0)
    #expect(peer.sent().allSatisfy { $0.payload.isEmpty })
  }

  @Test func nothingIsWrittenBehindTheOwnEnd() {
    var peer = makeEstablished()
    peer.connection.finish(at: peer.now)
    expectNoWriting(peer, in: .finWait1)
    peer.send(.ack, acknowledging: 1)
    expectNoWriting(peer, in: .finWait2)
    peer.send([.fin, .ack], acknowledging: 1)
    expectNoWriting(peer, in: .timeWait)
    _ = peer.wait(milliseconds: 60_000)
    expectNoWriting(peer, in: .closed)
  }

  @Test func nothingIsWrittenBehindBothEnds() {
    let closing = makeEstablished()
    closing.connection.finish(at: closing.now)
    _ = closing.sent()
    closing.send([.fin, .ack])
    expectNoWriting(closing, in: .closing)
    let last = makeEstablished()
    last.send([.fin, .ack])
    last.connection.finish(at: last.now)
    expectNoWriting(last, in: .lastAck)
  }

  /// Whoever has filled the buffer and then ends is told of the room, so that he does not wait for it.
  @Test func whoWaitsForRoomIsToldOfTheEnd() {
    let peer = makeEstablished()
    let observer = CountingObserver()
    peer.connection.observer = observer
    while peer.connection.write(pattern(50_000), at: peer.now) > 0 {}
    peer.connection.finish(at: peer.now)
    var acknowledged = 0
    var sent = peer.sent()
    while case let count = sent.reduce(0, { $0 + $1.payload.count }), count > 0 {
      acknowledged += count
      sent = peer.send(.ack, acknowledging: acknowledged)
    }
    #expect(observer.count > 0)
    expectNoWriting(peer, in: .finWait1)
  }
}

private final class CountingObserver: TCPObserver {
  private(set) var count = 0

  func connectionChanged(_: TCPConnection) { count += 1 }
}
