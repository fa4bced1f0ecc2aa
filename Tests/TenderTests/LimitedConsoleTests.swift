// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import SystemCalls
import Testing

@testable import Tender

@Suite(.timeLimit(.minutes(1))) struct LimitedConsoleTests {
  private let buffer = BufferConsole(limit: 16 << 20)
  private let counters: MachineCounters
  private let stop: EventDescriptorBox

  private final class EventDescriptorBox {
    let event: EventDescriptor
    init() throws { event = try EventDescriptor() }
  }

  init() throws {
    counters = MachineCounters(try ImageFixture().image().headers.manifest)
    stop = try EventDescriptorBox()
  }

  private func console(rate: UInt64? = nil, limit: UInt64? = nil) throws -> LimitedConsole {
    var configuration = MachineConfiguration(image: try ImageFixture().image(), console: buffer)
    configuration.consoleRate = rate
    configuration.consoleLimit = limit
    return LimitedConsole(configuration, counters)
  }

  private func write(_ text: String, to console: LimitedConsole) throws {
    // SAFETY: integers have no padding.
    try console.write(unsafe Array(text.utf8).span.bytes, until: stop.event.number)
  }

  @Test func withoutLimitsEverythingPassesAndIsCounted() throws {
    let console = try console()
    try write("one ", to: console)
    try write("two", to: console)
    #expect(buffer.text == "one two")
    #expect(counters.statistics.consoleBytes == 7)
    #expect(counters.statistics.droppedConsoleBytes == 0)
  }

  @Test(arguments: [(1, "a"), (3, "abc"), (4, "abcd"), (6, "abcdef"), (7, "abcdef")])
  func behindTheLimitNothingIsWritten(limit: UInt64, text: String) throws {
    let console = try console(limit: limit)
    try write("abc", to: console)
    try write("def", to: console)
    #expect(buffer.text == text)
    #expect(counters.statistics.consoleBytes == UInt64(text.utf8.count))
    #expect(counters.statistics.droppedConsoleBytes == 6 - UInt64(text.utf8.count))
  }

  @Test func rateSlowsAndLosesNothing() throws {
    let console = try console(rate: 1 << 20)
    let text = String(repeating: "x", count: 1 << 19)
    let start = monotonicNanoseconds()
    try write(text, to: console)
    let elapsed = monotonicNanoseconds() - start
    // Half a second's worth, less a tenth and the last piece.
    #expect(elapsed > 390_000_000)
    #expect(elapsed < 5_000_000_000)
    #expect(buffer.text.utf8.count == text.utf8.count)
  }

  @Test func belowTheRateNothingWaits() throws {
    let console = try console(rate: 1 << 20)
    let start = monotonicNanoseconds()
    for _ in 0..<100 { try write("a line of text\n", to: console) }
    #expect(monotonicNanoseconds() - start < 200_000_000)
    #expect(buffer.text.utf8.count == 1500)
  }

  @Test func stopEndsTheWait() throws {
    let console = try console(rate: 1)
    try write("x", to: console)
    stop.event.raise()
    let start = monotonicNanoseconds()
    try write("more", to: console)
    #expect(monotonicNanoseconds() - start < 1_000_000_000)
    #expect(buffer.text == "x")
  }

  /// What is over the limit does not wait for the rate.
  @Test func droppedBytesDoNotWait() throws {
    let console = try console(rate: 1 << 10, limit: 10)
    let start = monotonicNanoseconds()
    for _ in 0..<1000 { try write(String(repeating: "x", count: 1000), to: console) }
    #expect(monotonicNanoseconds() - start < 1_000_000_000)
    #expect(counters.statistics.droppedConsoleBytes == 999_990)
  }
}
