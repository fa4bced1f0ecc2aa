// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames

extension TCPControlBlock {
  /// How many bytes may be written now.
  var writable: Int {
    isWritingPossible ? sendBuffer.room : 0
  }

  private var isWritingPossible: Bool {
    switch state {
    case .synSent, .synReceived, .established, .closeWait: !isFinishing
    case .finWait1, .finWait2, .closing, .lastAck, .timeWait, .closed: false
    }
  }

  /// Takes copies of as many of the bytes as there is room for, and returns how many: 0 also if
  /// nothing may be written any more. The observer is told when there is room again.
  mutating func write(_ bytes: Span<UInt8>, at now: Instant) -> Int {
    guard isWritingPossible else { return 0 }
    let count = sendBuffer.append(bytes)
    noteWriter(count < bytes.count)
    return count
  }

  /// Takes as many of the bytes as there is room for without copying them, and returns how many. They
  /// must not change any more.
  mutating func write(_ memory: FrameMemory, _ range: Range<Int>, at now: Instant) -> Int {
    guard isWritingPossible else { return 0 }
    let count = sendBuffer.append(memory, range)
    noteWriter(count < range.count)
    return count
  }

  private mutating func noteWriter(_ isShort: Bool) {
    isWriterWaiting = isShort || sendBuffer.room <= 0
  }

  /// Nothing is written any more: a FIN follows what was (RFC 9293, section 3.10.4). Reading goes on.
  mutating func finish(at now: Instant) {
    guard !isFinishing else { return }
    switch state {
    case .synSent:
      if sendBuffer.count == 0 {
        close()
      }
    case .established: state = .finWait1
    case .closeWait: state = .lastAck
    case .synReceived: break
    case .finWait1, .finWait2, .closing, .lastAck, .timeWait, .closed: return
    }
    isFinishing = true
  }

  /// Nothing is written and nothing read any more: finishes, or resets the connection if there is
  /// something that nobody has read, or ever will (RFC 9293, section 3.6.1).
  mutating func close(at now: Instant) {
    if readable > 0 {
      abort(at: now)
      return
    }
    isAbandoned = true
    finish(at: now)
    lingerIfAbandoned(at: now)
  }

  /// Somebody who has finished for good does not wait for the peer for ever.
  mutating func lingerIfAbandoned(at now: Instant) {
    if isAbandoned, state == .finWait2, lingerDeadline == .never {
      lingerDeadline = now.advanced(byNanoseconds: options.timeWait)
    }
  }

  /// Ends the connection at once with a reset (RFC 9293, section 3.10.5).
  mutating func abort(at now: Instant) {
    reset(.aborted)
    hasNews = false
  }

  mutating func reset(_ error: TCPError) {
    switch state {
    case .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck:
      owedReset = .abort
    case .synSent, .timeWait: break
    case .closed: return
    }
    fail(error)
  }

  /// How many bytes may be read now.
  var readable: Int { receiveBuffer.readable }

  /// Whether everything was read and nothing follows.
  var isAtEnd: Bool { isFinishReceived && receiveBuffer.readable == 0 }

  /// Gives up to `limit` bytes to `body`, piece by piece, and removes them. Returns how many. It may
  /// be that the peer is to be told how its window has grown.
  mutating func read(atMost limit: Int, _ body: (Span<UInt8>) -> Void) -> Int {
    let count = receiveBuffer.read(atMost: limit, body)
    if count > 0, state != .closed, isWindowUpdateDue {
      isAcknowledgmentOwed = true
    }
    return count
  }
}
