// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import Synchronization
import SystemCalls
import SystemPackage
import Testing

@Suite struct RetryTests {
  @Test(arguments: [0, 1, 5])
  func interruptedCallIsRepeated(interruptions: Int) {
    var calls = 0
    let result: Int? = retryingInterrupts {
      calls += 1
      Glibc.errno = EINTR
      return calls <= interruptions ? -1 : 7
    }
    #expect(result == 7)
    #expect(calls == interruptions + 1)
  }

  @Test(arguments: [EAGAIN, EBADF, EIO])
  func otherFailureEndsIt(error: CInt) {
    var calls = 0
    let result: CInt? = retryingInterrupts {
      calls += 1
      Glibc.errno = error
      return -1
    }
    #expect(result == nil)
    #expect(calls == 1)
    #expect(Errno.current == Errno(rawValue: error))
  }

  @Test func signalDoesNotEndARead() throws {
    let pipe = try PipeFixture()
    let reading = try InterruptedRead(of: pipe.reader)
    try reading.start()
    var attempts = 0
    while InterruptedRead.interruptions.load(ordering: .relaxed) < 10, attempts < 5000 {
      usleep(1000)
      reading.interrupt()
      attempts += 1
    }
    #expect(attempts < 5000, "the thread is interrupted")
    #expect(reading.result == nil)
    _ = try pipe.writer.write(bytes: [1, 2])
    #expect(try reading.awaitedResult() == [1, 2])
  }
}

/// A read(2) on a thread of its own, for signals to interrupt.
private final class InterruptedRead: Sendable {
  static let interruptions = Atomic(0)

  private let source: Descriptor
  private let done: EventDescriptor
  private let thread = Mutex<pthread_t?>(nil)
  private let bytes = Mutex<[UInt8]?>(nil)

  init(of source: borrowing Descriptor) throws {
    self.source = try Descriptor(duplicating: source.number)
    done = try EventDescriptor()
    // Without SA_RESTART, so that the call fails with EINTR.
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in
      InterruptedRead.interruptions.add(1, ordering: .relaxed)
    }
    unsafe sigaction(SIGUSR2, &action, nil)
  }

  func start() throws {
    try startThread { [self] in
      // Threads of the test's pool block signals, and this one inherits that.
      var signals = sigset_t()
      unsafe sigemptyset(&signals)
      unsafe sigaddset(&signals, SIGUSR2)
      unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      thread.withLock { $0 = pthread_self() }
      let read = try? source.bytes(8)
      thread.withLock { $0 = nil }
      bytes.withLock { $0 = read }
      done.raise()
    }
  }

  func interrupt() {
    thread.withLock { if let thread = $0 { pthread_kill(thread, SIGUSR2) } }
  }

  var result: [UInt8]? { bytes.withLock(\.self) }

  func awaitedResult() throws -> [UInt8]? {
    var poll = PollSet(readable: [done.number])
    while try poll.wait(timeoutNanoseconds: nil) == 0 {}
    return result
  }
}
