// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import Synchronization
internal import SystemCalls
internal import Virtqueue

/// A thread that serves a machine's queues while the guest runs, as the machine's own thread deals with
/// it. The two share the guest's memory, two flags that can be slept on, and who sleeps.
///
/// No wake-up is lost: each side says that it is about to sleep, executes a fence and looks once more;
/// the other writes what there is to see, executes a fence and looks whether somebody sleeps.
final class IOThread: QueueService {
  private let queues: [(handle: UInt64, indices: QueueIndices)]
  private let shared: IOLoop.Shared
  private let stop: StopSignal
  /// Nil once it has ended.
  private var thread: JoinedThread?

  /// Starts to serve `server`'s queues, those of `table`, in `memory`, which must outlive this. A fault
  /// or a failure of the host interrupts the machine's thread and is thrown by `check`.
  @unsafe
  init(
    _ server: QueueServer, _ table: QueueTable, _ memory: UnsafePointer<GuestMemory>,
    _ counters: MachineCounters, stop: StopSignal, quota: ProcessorQuota? = nil
  ) throws(SystemCallError) {
    self.stop = stop
    queues = table.entries.map { (UInt64($0.handle), QueueIndices($0)) }
    let shared = try IOLoop.Shared()
    self.shared = shared
    // SAFETY: from now on only the thread uses the server, and the memory outlives it.
    nonisolated(unsafe) let (server, memory) = unsafe (server, memory)
    thread = try JoinedThread {
      var loop = unsafe IOLoop(server, shared, counters, quota)
      do throws(ServiceError) {
        try unsafe loop.run(memory.pointee)
      } catch {
        shared.failure.withLock { $0 = error }
        stop.interrupt()
      }
      shared.end.raise()
    }
  }

  deinit { join(.end) }

  /// What the doorbell's port raises.
  func withDoorbell<Failure: Error>(
    _ body: (borrowing EventDescriptor) throws(Failure) -> Void
  ) throws(Failure) {
    try body(shared.doorbell)
  }

  private func join(_ order: IOLoop.Order) {
    shared.order.store(order, ordering: .releasing)
    shared.doorbell.raise()
    thread = nil
  }

  // MARK: - QueueService

  var isEmpty: Bool { queues.isEmpty }

  func serves(_ handle: UInt64) -> Bool { queues.contains { $0.handle == handle } }

  func doorbellRang(_ memory: borrowing GuestMemory) { shared.doorbell.raise() }

  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> QueueNews {
    GuestMemory.fence()
    // `poll` is as good as a doorbell.
    if queues.contains(where: { $0.indices.needsDoorbell(in: memory) }) {
      shared.serverIsAsleep.wake(shared.doorbell)
    }
    return news(memory)
  }

  private func news(_ memory: borrowing GuestMemory) -> QueueNews {
    var news = QueueNews()
    for queue in queues { news.add(queue.indices.newsCount(in: memory), from: queue.handle) }
    return news
  }

  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool {
    shared.machineIsAsleep.fallAsleep()
    GuestMemory.fence()
    return news(memory).isEmpty
  }

  func wokeUp() { shared.machineIsAsleep.wakeUp() }

  func becameReady(_ index: Int) { shared.news.lower() }

  var descriptors: [CInt] { [shared.news.number] }

  func isWatched(_ index: Int) -> Bool { true }

  func heldNanoseconds(at now: UInt64) -> UInt64? { nil }

  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    shared.order.store(.complete, ordering: .releasing)
    shared.doorbell.raise()
    // Limits may make it long, and only this thread sees every stop.
    do throws(SystemCallError) {
      var poll = PollSet(readable: [shared.end.number, stop.descriptor])
      _ = try poll.wait(timeoutNanoseconds: nil)
      _ = try stop.isRequested()
    } catch {
      throw .host(error)
    }
    join(.complete)
    try check()
  }

  func finish(_ memory: borrowing GuestMemory) { join(.end) }

  func check() throws(ServiceError) {
    if let failure = shared.failure.withLock({ $0 }) { throw failure }
  }
}
