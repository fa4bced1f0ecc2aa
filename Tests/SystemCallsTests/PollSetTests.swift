// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import SystemCalls
import Testing

@Suite struct PollSetTests {
  @Test func onlyReadyDescriptorsAreReady() throws {
    let one = try EventDescriptor()
    let other = try EventDescriptor()
    let pipe = try PipeFixture()
    other.raise()
    var poll = PollSet(readable: [one.number, other.number], writable: [pipe.writer.number])
    #expect(try poll.wait(timeoutNanoseconds: 0) == 2)
    #expect(poll.readiness(of: 3) == [false, true, true])

    other.lower()
    one.raise()
    #expect(try poll.wait(timeoutNanoseconds: nil) == 2)
    #expect(poll.readiness(of: 3) == [true, false, true])
  }

  @Test func nothingReadyEndsWithTheTimeOut() throws {
    let event = try EventDescriptor()
    var poll = PollSet(readable: [event.number])
    #expect(poll.readiness(of: 1) == [false])
    let start = ContinuousClock.now
    #expect(try poll.wait(timeoutNanoseconds: 20_000_000) == 0)
    #expect(ContinuousClock.now - start >= .milliseconds(20))
    #expect(poll.readiness(of: 1) == [false])
  }

  @Test func readinessIsThatOfTheLastWait() throws {
    let event = try EventDescriptor()
    var poll = PollSet(readable: [event.number])
    event.raise()
    #expect(try poll.wait(timeoutNanoseconds: 0) == 1)
    #expect(poll.readiness(of: 1) == [true])
    event.lower()
    #expect(try poll.wait(timeoutNanoseconds: 0) == 0)
    #expect(poll.readiness(of: 1) == [false])
  }

  @Test(arguments: [nil, 9_223_372_036_854_775_807, .max] as [UInt64?])
  func longTimeOutEndsWithAnEvent(timeoutNanoseconds: UInt64?) throws {
    let pipe = try PipeFixture()
    var poll = PollSet(readable: [pipe.reader.number])
    try LateWriter(to: pipe).release(afterMilliseconds: 5)
    #expect(try poll.wait(timeoutNanoseconds: timeoutNanoseconds) == 1)
  }

  @Test func closedPipeIsReady() throws {
    let reader: Descriptor
    do {
      let pipe = try PipeFixture()
      reader = try Descriptor(duplicating: pipe.reader.number)
    }
    var poll = PollSet(readable: [reader.number])
    #expect(try poll.wait(timeoutNanoseconds: nil) == 1)
    #expect(poll.readiness(of: 1) == [true])
  }

  @Test func closedNumberIsReadySoThatItsUseFails() throws {
    var poll = PollSet(readable: [1 << 30])
    #expect(try poll.wait(timeoutNanoseconds: nil) == 1)
    #expect(poll.readiness(of: 1) == [true])
  }

  @Test func emptySetOnlyWaits() throws {
    var poll = PollSet(readable: [])
    #expect(try poll.wait(timeoutNanoseconds: 1_000_000) == 0)
  }
}
