// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a parser found at the start of some bytes.
public struct HTTPParserStep<Event> {
  /// How many of the bytes are done with. The next call gets those behind them.
  public let consumed: Int
  /// What the bytes made complete. Nil when more bytes are needed; all were consumed then.
  public let event: Event?

  init(consumed: Int, event: Event?) {
    self.consumed = consumed
    self.event = event
  }
}
