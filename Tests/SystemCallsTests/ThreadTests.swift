// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import Testing

@Suite struct ThreadTests {
  @Test func bodyRunsOnAThreadOfItsOwn() async throws {
    let isOther = try await withCheckedThrowingContinuation { continuation in
      do {
        let caller = pthread_self()
        try startThread { continuation.resume(returning: pthread_self() != caller) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
    #expect(isOther)
  }

  @Test func bodyIsReleasedAfterTheRun() throws {
    let pipe = try PipeFixture()
    try LateWriter(to: pipe).release(afterMilliseconds: 0)
    var poll = PollSet(readable: [pipe.reader.number])
    #expect(try poll.wait(timeoutNanoseconds: 10_000_000_000) == 1)
  }
}
