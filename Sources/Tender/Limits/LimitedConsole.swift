// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import SystemCalls

/// A machine's console with its limits. Only the machine's thread uses it.
///
/// Over the rate, the guest waits, as for the reader of a full pipe: an honest one loses nothing, and
/// a flood costs nobody else anything. Behind the last byte of the limit, nothing is written any more.
final class LimitedConsole {
  private let console: any Console
  private var bucket: TokenBucket?
  /// The bytes that may still be written.
  private var left: UInt64
  private let counters: MachineCounters

  /// What is written at once under a rate.
  private static let pieceSize = 4096

  init(_ configuration: MachineConfiguration, _ counters: MachineCounters) {
    console = configuration.console
    bucket = configuration.consoleRate.map { TokenBucket(unitsPerSecond: $0) }
    left = configuration.consoleLimit ?? .max
    self.counters = counters
  }

  /// Writes what may be written of `bytes`; waits for the rate, but no longer than until
  /// `stopDescriptor` polls readable.
  func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
    let count = Int(min(UInt64(bytes.byteCount), left))
    left -= UInt64(count)
    counters.consoleBytes.add(UInt64(count))
    counters.droppedConsoleBytes.add(UInt64(bytes.byteCount - count))
    guard bucket != nil else {
      if count > 0 { try console.write(bytes.extracting(first: count), until: stopDescriptor) }
      return
    }
    for start in stride(from: 0, to: count, by: Self.pieceSize) {
      let piece = bytes.extracting(start..<min(start + Self.pieceSize, count))
      guard try awaitTurn(until: stopDescriptor) else { return }
      try console.write(piece, until: stopDescriptor)
      bucket?.charge(UInt64(piece.byteCount), at: monotonicNanoseconds())
    }
  }

  /// Waits until something may be written; false when the guest is to stop.
  private func awaitTurn(until stopDescriptor: CInt) throws(SystemCallError) -> Bool {
    while let wait = bucket?.wait(at: monotonicNanoseconds()), wait > 0 {
      var poll = PollSet(readable: [stopDescriptor])
      if try poll.wait(timeoutNanoseconds: wait) > 0 { return false }
    }
    return true
  }
}
