// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import SystemCalls
internal import SystemPackage
internal import Tender

/// What came from a process.
struct ProcessOutput {
  /// The first of what it wrote to standard error.
  var messages: [UInt8] = []
  /// Its result.
  var result: [UInt8] = []
  /// What the console failed with.
  var consoleFailure: SystemCallError?

  var text: String { String(decoding: messages, as: UTF8.self) }
}

/// The descriptors that a child has as its own: standard input with nothing in it, and pipes for standard
/// output, standard error and its result.
struct ChildPipes: ~Copyable {
  private var input: Descriptor?
  private var console: PipeEnds
  private var messages: PipeEnds
  private var result: PipeEnds

  /// How many the child has.
  static let count = 4
  /// The number of its end of the result.
  static let resultNumber: CInt = 3
  private static let messagesLimit = 64 << 10

  init() throws(SystemCallError) {
    let input = try Descriptor(opening: "/dev/null", flags: O_RDONLY)
    let console = try PipeEnds()
    let messages = try PipeEnds()
    let result = try PipeEnds()
    self.input = consume input
    self.console = console
    self.messages = messages
    self.result = result
  }

  /// What the child gets, in the order of its numbers.
  var childNumbers: [CInt] {
    var numbers: [CInt] = []
    switch input {
    case .some(let input): numbers.append(input.number)
    case nil: preconditionFailure("the child has its ends already")
    }
    return numbers + [console.writerNumber, messages.writerNumber, result.writerNumber]
  }

  /// Leaves those to the child alone, whose end is then that of the pipes.
  mutating func closeChildEnds() {
    input = nil
    console.closeWriter()
    messages.closeWriter()
    result.closeWriter()
  }

  /// Reads everything until the child's end, and passes what its guest says on to `sink`. When
  /// `stopDescriptor` is readable and `patience` nanoseconds have passed, or the sink fails, the child is
  /// killed.
  func read(
    to sink: any Console, of child: ChildProcess, until stopDescriptor: CInt, patience: UInt64
  ) -> ProcessOutput {
    var output = ProcessOutput()
    var poll = PollSet(
      readable: [
        console.reader.number, messages.reader.number, result.reader.number, stopDescriptor,
      ])
    var openCount = 3
    var deadline: UInt64?
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while openCount > 0 {
      let now = monotonicNanoseconds()
      if let end = deadline, now >= end {
        child.send(SIGKILL)
        deadline = .max
      }
      do throws(SystemCallError) {
        let wait = deadline.map { $0 - now }
        _ = try poll.wait(timeoutNanoseconds: wait == nil || wait == .max - now ? nil : wait)
      } catch {
        child.send(SIGKILL)
        output.consoleFailure = error
        return output
      }
      if poll.isReady(3), deadline == nil {
        poll.setWatched(3, false)
        deadline = monotonicNanoseconds() + patience
      }
      for index in 0..<3 where poll.isReady(index) {
        let count = read(index, into: &buffer)
        if count == 0 {
          poll.setWatched(index, false)
          openCount -= 1
          continue
        }
        take(buffer[..<count], of: index, to: sink, until: stopDescriptor, &output)
        if output.consoleFailure != nil { child.send(SIGKILL) }
      }
    }
    return output
  }

  /// Reads from the pipe at `index`; 0 at its end.
  private func read(_ index: Int, into buffer: inout [UInt8]) -> Int {
    var span = buffer.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var bytes = unsafe span.mutableBytes
    do throws(Errno) {
      switch index {
      case 0: return try console.reader.read(into: &bytes)
      case 1: return try messages.reader.read(into: &bytes)
      default: return try result.reader.read(into: &bytes)
      }
    } catch {
      return 0
    }
  }

  private func take(
    _ bytes: ArraySlice<UInt8>, of index: Int, to sink: any Console, until stopDescriptor: CInt,
    _ output: inout ProcessOutput
  ) {
    switch index {
    case 0:
      guard output.consoleFailure == nil else { return }
      do throws(SystemCallError) {
        // SAFETY: integers have no padding, and the bytes outlive the call.
        try sink.write(unsafe bytes.span.bytes, until: stopDescriptor)
      } catch {
        output.consoleFailure = error
      }
    case 1: output.messages += bytes.prefix(Self.messagesLimit - output.messages.count)
    default: output.result += bytes.prefix(ResultReport.limit - output.result.count)
    }
  }
}
