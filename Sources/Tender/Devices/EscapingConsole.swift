// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Sandbox
internal import Synchronization
public import SystemCalls

/// A console that passes on what `ConsoleText` makes of the guest's output, for terminals.
public final class EscapingConsole: Console {
  private let console: any Console
  private let state = Mutex(State())

  /// So many of the guest's bytes are made text at a time, whatever it writes at once.
  private static let pieceSize = 4096

  private struct State {
    var text = ConsoleText()
    /// What was passed on last, for its room.
    var output: [UInt8] = []
  }

  /// Passes text on to `console`.
  public init(_ console: any Console) {
    self.console = console
  }

  /// Those of the console that it passes on to.
  public var descriptorAccess: DescriptorAccess { console.descriptorAccess }

  /// Passes `bytes` on as text. The last of them may wait for the rest of a character.
  public func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
    for start in stride(from: 0, to: bytes.byteCount, by: Self.pieceSize) {
      let piece = bytes.extracting(start..<min(start + Self.pieceSize, bytes.byteCount))
      try pass(until: stopDescriptor) { $0.text.append(piece, to: &$0.output) }
    }
  }

  /// Passes on what has waited for the rest of a character, as after the guest's end.
  public func finish(until stopDescriptor: CInt) throws(SystemCallError) {
    try pass(until: stopDescriptor) { $0.text.finish(&$0.output) }
  }

  private func pass(
    until stopDescriptor: CInt, _ body: (inout State) -> Void
  ) throws(SystemCallError) {
    let output = state.withLock { state in
      state.output.removeAll(keepingCapacity: true)
      body(&state)
      return state.output
    }
    // SAFETY: integers have no padding, and the array outlives the call.
    try console.write(unsafe output.span.bytes, until: stopDescriptor)
  }
}
