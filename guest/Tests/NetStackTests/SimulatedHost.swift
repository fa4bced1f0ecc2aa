// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import NetWire
import TestSupport

/// A host of a simulated network, with an application that writes a stream, reads one and checks it.
final class SimulatedHost: TCPObserver {
  /// What the application does.
  struct Behaviour {
    /// How many bytes it writes.
    var total: UInt64 = 0
    /// The most bytes that it writes at once.
    var largestWrite = 65_536
    /// The most bytes that it reads at once.
    var largestRead = 1 << 30
    /// The longest that it waits between two reads, in nanoseconds.
    var pause: UInt64 = 0
    /// Whether it finishes when the peer has, and not before.
    var finishesLast = false
    /// Whether it writes and reads now more and now less, instead of as much as it can.
    var isFickle = true
  }

  var behaviour: Behaviour
  private(set) var connection: TCPConnection?
  /// Where the bytes are from that it writes, and that it reads.
  private let ownOrigin: UInt64
  private let peerOrigin: UInt64
  private(set) var written: UInt64 = 0
  private(set) var received: UInt64 = 0
  /// Whether every byte that was read is the one that the peer wrote.
  private(set) var isIntact = true
  private(set) var isFinished = false
  /// When the last byte so far was read.
  private(set) var receivedAt = Instant(nanoseconds: 0)
  private var isNotified = true
  private var nextRead = Instant(nanoseconds: 0)
  private var random: SeededNumbers

  init(_ behaviour: Behaviour, origin: UInt64, peerOrigin: UInt64, seed: UInt64) {
    self.behaviour = behaviour
    ownOrigin = origin
    self.peerOrigin = peerOrigin
    random = SeededNumbers(seed: seed)
  }

  func take(_ connection: TCPConnection) {
    self.connection = connection
    connection.observer = self
  }

  func connectionChanged(_: TCPConnection) {
    isNotified = true
  }

  /// Whether it has read all that the peer wrote, and finished itself.
  var isDone: Bool { isFinished && connection?.isAtEnd == true }

  /// When it wants to be called even if nothing happens.
  var wakeTime: Instant? {
    guard let connection, connection.readable > 0 else { return nil }
    return nextRead
  }

  /// Writes and reads as far as it may, if there is news of the connection.
  func act(at now: Instant) {
    guard let connection else { return }
    if connection.readable > 0, now >= nextRead {
      read(connection, at: now)
    }
    guard isNotified else { return }
    isNotified = false
    write(connection, at: now)
    // To finish before there is a connection means not to want one.
    let mayFinish =
      connection.state != .synSent && (!behaviour.finishesLast || connection.isAtEnd)
    if written == behaviour.total, !isFinished, mayFinish {
      isFinished = true
      connection.finish(at: now)
    }
  }

  private func write(_ connection: TCPConnection, at now: Instant) {
    while written < behaviour.total {
      let most = min(behaviour.total - written, UInt64(behaviour.largestWrite), 1 << 19)
      let count = behaviour.isFickle ? max(1, random.size(upTo: Int(most))) : Int(most)
      let bytes = Pattern.bytes(ownOrigin + written..<ownOrigin + written + UInt64(count))
      let taken =
        behaviour.isFickle && random.chance(200_000)
        ? connection.write(FrameMemory(copying: bytes.span, capacity: count), 0..<count, at: now)
        : connection.write(bytes.span, at: now)
      written += UInt64(taken)
      if taken < count {
        return
      }
    }
  }

  private func read(_ connection: TCPConnection, at now: Instant) {
    repeat {
      let largest = behaviour.largestRead
      let most = behaviour.isFickle ? max(1, random.size(upTo: largest)) : largest
      let count = connection.read(atMost: most) { bytes in
        if !Pattern.matches(bytes, at: peerOrigin + received) {
          isIntact = false
        }
        received += UInt64(bytes.count)
      }
      receivedAt = count > 0 ? now : receivedAt
    } while connection.readable > 0 && behaviour.pause == 0
    if connection.isAtEnd {
      isNotified = true
    }
    if behaviour.pause > 0 {
      nextRead = now.advanced(byNanoseconds: UInt64(random.size(upTo: Int(behaviour.pause))))
    }
  }
}
