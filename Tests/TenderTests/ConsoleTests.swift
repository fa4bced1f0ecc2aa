// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import Synchronization
import SystemCalls
import SystemPackage
import Testing

@testable import Tender

@Suite struct BufferConsoleTests {
  @Test func textIsKept() throws {
    let console = BufferConsole()
    #expect(console.text == "")
    try console.write("one ", until: -1)
    try console.write("", until: -1)
    try console.write("two\n", until: -1)
    #expect(console.text == "one two\n")
  }

  @Test(arguments: [(0, ""), (3, "abc"), (4, "abcd"), (6, "abcdef"), (7, "abcdef")])
  func onlyTheFirstBytesAreKept(limit: Int, text: String) throws {
    let console = BufferConsole(limit: limit)
    try console.write("abc", until: -1)
    try console.write("def", until: -1)
    #expect(console.text == text)
  }

  @Test func bytesThatAreNoTextStandForOneCharacter() throws {
    let console = BufferConsole(limit: 4)
    try console.write("abcé", until: -1)
    #expect(console.text == "abc\u{fffd}")
  }
}

@Suite(.timeLimit(.minutes(1))) struct DescriptorConsoleTests {
  /// A console on a pipe, and the pipe's other end.
  private final class Fixture {
    let console: DescriptorConsole
    private var reader: Descriptor?
    let stop: EventDescriptor

    init() throws {
      let stop = try EventDescriptor()
      var numbers: [CInt] = [-1, -1]
      guard unsafe pipe(&numbers) == 0 else { throw Errno.current }
      self.stop = stop
      reader = Descriptor(owning: numbers[0])
      console = DescriptorConsole(Descriptor(owning: numbers[1]), name: "console")
    }

    func closeReader() { reader = nil }

    /// What the pipe holds, up to `count` bytes.
    func text(_ count: Int) throws -> String {
      var bytes = [UInt8](repeating: 0, count: count)
      var span = bytes.mutableSpan
      // SAFETY: any bytes are UInt8s.
      var raw = unsafe span.mutableBytes
      let done = try reader?.read(into: &raw) ?? 0
      return String(decoding: bytes.prefix(done), as: UTF8.self)
    }
  }

  @Test func textIsWritten() throws {
    let fixture = try Fixture()
    try fixture.console.write("hello\n", until: fixture.stop.number)
    try fixture.console.write("", until: fixture.stop.number)
    #expect(try fixture.text(100) == "hello\n")
  }

  /// Nobody reads, so the pipe fills up, and only the stop ends the write.
  @Test func fullPipeIsReleasedByTheStop() throws {
    let fixture = try Fixture()
    let writing = ConsoleWrite(fixture.console)
    try writing.start(String(repeating: "x", count: 1 << 20), until: fixture.stop.number)
    usleep(20_000)
    #expect(!writing.hasEnded)
    fixture.stop.raise()
    #expect(try writing.awaitedError() == nil)
    #expect(try fixture.text(1 << 20).utf8.count < 1 << 20)
  }

  @Test func fullPipeIsReleasedByItsReader() throws {
    let fixture = try Fixture()
    let text = String(repeating: "x", count: 200_000)
    let writing = ConsoleWrite(fixture.console)
    try writing.start(text, until: fixture.stop.number)
    var count = 0
    while count < text.utf8.count { count += try fixture.text(1 << 16).utf8.count }
    #expect(count == text.utf8.count)
    #expect(try writing.awaitedError() == nil)
  }

  @Test func stopThatCameBeforeLeavesTheTextOut() throws {
    let fixture = try Fixture()
    fixture.stop.raise()
    try fixture.console.write("hello\n", until: fixture.stop.number)
    fixture.stop.lower()
    try fixture.console.write("later\n", until: fixture.stop.number)
    #expect(try fixture.text(100) == "later\n")
  }

  @Test func readerThatWentIsAnErrorAndNoSignal() throws {
    let fixture = try Fixture()
    fixture.closeReader()
    // The machine's thread, which blocks SIGPIPE.
    let console = fixture.console
    let stop = fixture.stop.number
    let error = #expect(throws: SystemCallError.self) {
      try StopSignal().withCurrentThread { () throws(SystemCallError) in
        try console.write("hello\n", until: stop)
      }
    }
    #expect(error?.description == "console: write: Broken pipe")
  }

  @Test func nonBlockingPipeIsWaitedFor() throws {
    var numbers: [CInt] = [-1, -1]
    guard unsafe pipe(&numbers) == 0 else { throw Errno.current }
    let reader = Descriptor(owning: numbers[0])
    let writer = Descriptor(owning: numbers[1])
    try writer.setNonBlocking()
    let writing = ConsoleWrite(DescriptorConsole(writer, name: "console"))
    let stop = try EventDescriptor()
    try writing.start(String(repeating: "x", count: 100_000), until: stop.number)
    var bytes = [UInt8](repeating: 0, count: 100_000)
    var count = 0
    while count < bytes.count {
      var span = bytes.mutableSpan
      // SAFETY: any bytes are UInt8s.
      var raw = unsafe span.mutableBytes
      count += try reader.read(into: &raw)
    }
    #expect(count == 100_000)
    #expect(try writing.awaitedError() == nil)
  }
}

/// A write to a console on a thread of its own.
private final class ConsoleWrite: Sendable {
  private let console: any Console
  private let result = Mutex<Result<Void, SystemCallError>?>(nil)

  init(_ console: any Console) {
    self.console = console
  }

  func start(_ text: String, until stop: CInt) throws {
    try startThread { [self] in
      let outcome = Result { () throws(SystemCallError) in try console.write(text, until: stop) }
      result.withLock { $0 = outcome }
    }
  }

  var hasEnded: Bool { result.withLock { $0 != nil } }

  /// What the write ended with; nil when nothing went wrong.
  func awaitedError() throws -> SystemCallError? {
    while !hasEnded { usleep(1000) }
    return result.withLock {
      if case .failure(let error)? = $0 { error } else { nil }
    }
  }
}
