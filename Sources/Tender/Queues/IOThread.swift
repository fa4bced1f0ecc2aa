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
  /// Nil once it has ended.
  private var thread: JoinedThread?

  /// Starts to serve `server`'s queues, those of `table`, in `memory`, which must outlive this. A fault
  /// or a failure of the host interrupts the machine's thread and is thrown by `check`.
  @unsafe
  init(
    _ server: QueueServer, _ table: QueueTable, _ memory: UnsafePointer<GuestMemory>,
    _ counters: MachineCounters, stop: StopSignal
  ) throws(SystemCallError) {
    queues = table.entries.map { (UInt64($0.handle), QueueIndices($0)) }
    let shared = try IOLoop.Shared()
    self.shared = shared
    // SAFETY: from now on only the thread uses the server, and the memory outlives it.
    nonisolated(unsafe) let (server, memory) = unsafe (server, memory)
    thread = try JoinedThread {
      var loop = unsafe IOLoop(server, shared, counters)
      do throws(ServiceError) {
        try unsafe loop.run(memory.pointee)
      } catch {
        shared.failure.withLock { $0 = error }
        stop.interrupt()
      }
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

  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> UInt64 {
    GuestMemory.fence()
    // `poll` is as good as a doorbell.
    if queues.contains(where: { $0.indices.needsDoorbell(in: memory) }) {
      shared.serverIsAsleep.wake(shared.doorbell)
    }
    return news(memory)
  }

  private func news(_ memory: borrowing GuestMemory) -> UInt64 {
    var set: UInt64 = 0
    for queue in queues where queue.indices.hasNews(in: memory) { set |= 1 << queue.handle }
    return set
  }

  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool {
    shared.machineIsAsleep.fallAsleep()
    GuestMemory.fence()
    return news(memory) == 0
  }

  func wokeUp() {
    shared.machineIsAsleep.wakeUp()
    shared.news.lower()
  }

  var descriptors: [CInt] { [shared.news.number] }

  func isWatched(_ index: Int) -> Bool { true }

  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    join(.complete)
    try check()
  }

  func check() throws(ServiceError) {
    if let failure = shared.failure.withLock({ $0 }) { throw failure }
  }
}
