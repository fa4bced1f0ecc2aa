// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import Testing

@testable import Tender

@Suite(.timeLimit(.minutes(1))) struct StopSignalTests {
  /// Whether the stop's descriptor polls readable.
  private static func isReadable(_ stop: StopSignal) throws(SystemCallError) -> Bool {
    var poll = PollSet(readable: [stop.descriptor])
    return try poll.wait(timeoutNanoseconds: 0) == 1
  }

  @Test func nothingIsRequestedAtFirst() throws {
    let stop = try StopSignal()
    let isRequested = try stop.withCurrentThread { () throws(SystemCallError) in
      try stop.isRequested()
    }
    #expect(!isRequested)
  }

  @Test func requestBeforeTheRunIsSeen() throws {
    let stop = try StopSignal()
    stop.request()
    stop.request()
    #expect(try stop.isRequested())
    let isRequested = try stop.withCurrentThread { () throws(SystemCallError) in
      try stop.isRequested()
    }
    #expect(isRequested)
  }

  @Test func requestIsSeenByPoll() throws {
    let stop = try StopSignal()
    let found = try stop.withCurrentThread { () throws(SystemCallError) in
      let before = try Self.isReadable(stop)
      stop.request()
      stop.request()
      return (before, try Self.isReadable(stop))
    }
    #expect(found == (false, true))
  }

  /// As a handler of SIGTERM does, which may not call `request`.
  @Test func signalAloneIsARequest() throws {
    let stop = try StopSignal()
    let isRequested = try stop.withCurrentThread { () throws(SystemCallError) in
      raise(StopSignal.number)
      return try stop.isRequested()
    }
    #expect(isRequested)
    #expect(StopSignal.number == Machine.stopSignalNumber)
  }

  @Test func requestFromAnotherThreadEndsAWait() throws {
    let stop = try StopSignal()
    let ready = try stop.withCurrentThread { () throws(SystemCallError) in
      try startThread {
        usleep(5000)
        stop.request()
      }
      var poll = PollSet(readable: [stop.descriptor])
      return try poll.wait(timeoutNanoseconds: nil)
    }
    #expect(ready == 1)
  }

  @Test func requestsOfOneMachineLeaveOthersAlone() throws {
    let (one, other) = (try StopSignal(), try StopSignal())
    try one.withCurrentThread { () throws(SystemCallError) in one.request() }
    let isRequested = try other.withCurrentThread { () throws(SystemCallError) in
      try other.isRequested()
    }
    #expect(!isRequested)
  }

  @Test func threadGetsItsSignalsBack() throws {
    func blocked() -> [Bool] {
      var mask = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
      return [StopSignal.number, SIGPIPE].map { unsafe sigismember(&mask, $0) == 1 }
    }
    let stop = try StopSignal()
    let before = blocked()
    let during = stop.withCurrentThread { blocked() }
    #expect(during == [true, true])
    #expect(blocked() == before)
  }
}
