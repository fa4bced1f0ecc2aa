// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import SystemCalls
import Testing
import Virtqueue

@testable import Tender

/// A machine's queues on a thread of their own, with the test as the guest and the machine's thread.
@Suite(.timeLimit(.minutes(1))) struct IOThreadTests {
  private static let size: UInt64 = 0x1000

  /// Makes a read of the sector `index` available, to buffers of its own.
  private static func post(_ queue: borrowing QueueFixture, _ index: Int) {
    let start = QueueFixture.buffers + UInt64(index % 64) * size
    var header = BlockRequestHeader()
    header.sector = UInt64(index % 16)
    queue.memory.store(header, at: GuestAddress(start))
    queue.post(
      0,
      [
        .init(address: start, count: 16),
        .init(address: start + 512, count: 512, isWritten: true),
        .init(address: start + 16, count: 1, isWritten: true),
      ])
  }

  private static func withThread(
    _ body: (borrowing QueueFixture, IOThread) throws -> Void
  ) throws {
    let disk = MemoryBlockDevice(contents: (0..<8192).map { UInt8($0 / 512) })
    let queue = try QueueFixture(devices: [.block("storage")]) { try $0.attach(block: disk) }
    _ = queue.server.prepareToSleep(queue.memory)
    try unsafe withUnsafePointer(to: queue.memory) { memory in
      // SAFETY: the thread goes before the memory.
      let thread = unsafe IOThread(
        queue.server, queue.table, memory, queue.counters, try IOLoop.Shared(), stop: queue.stop)
      try thread.start {}
      defer { unsafe thread.finish(memory.pointee) }
      try body(queue, thread)
    }
  }

  /// What `poll` does until the device has news. False when they do not come.
  private static func wait(_ thread: IOThread, _ memory: borrowing GuestMemory) throws -> Bool {
    while try thread.look(memory).isEmpty {
      defer { thread.wokeUp() }
      guard thread.prepareToSleep(memory) else { continue }
      var poll = PollSet(readable: thread.descriptors)
      guard try poll.wait(timeoutNanoseconds: 10_000_000_000) == 1 else { return false }
      thread.becameReady(0)
    }
    return true
  }

  @Test func noWakeUpIsLost() throws {
    try Self.withThread { queue, thread in
      for index in 0..<20_000 {
        Self.post(queue, index)
        // A guest that goes on rings; one that has nothing to do calls `poll`.
        if index % 3 == 0 { thread.doorbellRang(queue.memory) }
        if index % 5 == 0 { for _ in 0..<(index % 1000) { GuestMemory.fence() } }
        try #require(try Self.wait(thread, queue.memory), "request \(index) is not done")
        let (count, sector) = (queue.usedIndex(0), UInt8(index % 16))
        try #require(count == UInt16(truncatingIfNeeded: index + 1))
        let data = QueueFixture.buffers + UInt64(index % 64) * Self.size + 512
        #expect(queue.memory.load(UInt8.self, at: GuestAddress(data)) == sector)
        queue.take(0, upTo: count)
      }
    }
  }

  @Test func faultInterruptsTheMachineAndIsThrown() throws {
    try Self.withThread { queue, thread in
      try queue.stop.withCurrentThread {
        queue.post(0, [.init(address: QueueFixture.buffers, count: 0)])
        thread.doorbellRang(queue.memory)
        var poll = PollSet(readable: [queue.stop.descriptor])
        #expect(try poll.wait(timeoutNanoseconds: 10_000_000_000) == 1)
        do throws(ServiceError) {
          try thread.check()
          Issue.record("no fault")
        } catch {
          guard case .guest(let fault) = error else { throw error }
          #expect(fault.cause == .queue(handle: 1, .request, .empty(descriptor: 0)))
        }
      }
    }
  }

  @Test func completionDoesAllThatIsAvailable() throws {
    try Self.withThread { queue, thread in
      for index in 0..<64 { Self.post(queue, index) }
      try thread.complete(queue.memory)
      #expect(queue.usedIndex(0) == 64)
    }
  }

  @Test func anIdleThreadCostsNothing() throws {
    try Self.withThread { queue, thread in
      Self.post(queue, 0)
      #expect(try Self.wait(thread, queue.memory))
      queue.take(0, upTo: 1)
      let before = Self.processorNanoseconds()
      var poll = PollSet(readable: thread.descriptors)
      _ = try poll.wait(timeoutNanoseconds: 300_000_000)
      #expect(Self.processorNanoseconds() - before < 100_000_000)
    }
  }

  /// The processor time of this process.
  private static func processorNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
