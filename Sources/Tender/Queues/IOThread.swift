// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import Sandbox
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
  /// What the thread needs.
  let threadAccess: DescriptorAccess
  /// What it does.
  private let prepareServer: @Sendable () -> Void
  private let serve: @Sendable () -> Void
  /// Nil before it has started, and once it has ended.
  private var thread: JoinedThread?

  /// Serves `server`'s queues, those of `table`, in `memory`, which must outlive this, from `start` on.
  /// `shared` is nobody else's. A fault or a failure of the host interrupts the machine's thread and is
  /// thrown by `check`.
  @unsafe
  init(
    _ server: QueueServer, _ table: QueueTable, _ memory: UnsafePointer<GuestMemory>,
    _ counters: MachineCounters, _ shared: IOLoop.Shared, stop: StopSignal,
    quota: ProcessorQuota? = nil
  ) {
    queues = table.entries.map { (UInt64($0.handle), QueueIndices($0)) }
    self.shared = shared
    self.stop = stop
    var access = server.descriptorAccess.adding(shared.descriptorAccess)
    access.waits.append(stop.descriptor)
    threadAccess = access
    // SAFETY: from the start on only the thread uses the server, and the memory outlives it.
    nonisolated(unsafe) let (server, memory) = unsafe (server, memory)
    prepareServer = { unsafe server.prepare() }
    serve = {
      var loop = unsafe IOLoop(server, shared, counters, quota)
      do throws(ServiceError) {
        try unsafe loop.run(memory.pointee)
      } catch {
        shared.failure.withLock { $0 = error }
        stop.interrupt()
      }
      shared.hasEnded.store(true, ordering: .releasing)
      shared.news.raise()
    }
  }

  func start(
    entering enter: @escaping @Sendable () throws(MachineError) -> Void
  ) throws(MachineError) {
    let prepareServer = prepareServer
    thread = try JoinedThread(
      failed: MachineError.systemCall,
      entering: { () throws(MachineError) in
        prepareServer()
        try enter()
      }, serve)
  }

  deinit { end() }

  private func give(_ order: IOLoop.Order) {
    shared.order.store(order, ordering: .releasing)
    shared.doorbell.raise()
  }

  /// Ends the thread, which begins nothing more.
  private func end() {
    // It may be in the middle of a long batch, which it leaves for a stop only.
    if thread != nil { stop.request() }
    give(.end)
    thread = nil
  }

  /// Waits until the thread has done its work. A signal that stops the machine is seen by this thread
  /// alone, which passes it on.
  private func waitForEnd() throws(SystemCallError) {
    var poll = PollSet(readable: [shared.news.number, stop.descriptor])
    while !shared.hasEnded.load(ordering: .acquiring) {
      _ = try poll.wait(timeoutNanoseconds: nil)
      if poll.isReady(0) { shared.news.lower() }
      if poll.isReady(1) {
        _ = try stop.isRequested()
        poll.setWatched(1, false)
      }
    }
  }

  // MARK: - QueueService

  var isEmpty: Bool { queues.isEmpty }

  func prepare() {}

  var descriptorAccess: DescriptorAccess { shared.descriptorAccess }

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
    give(.complete)
    do throws(SystemCallError) {
      try waitForEnd()
    } catch {
      throw .host(error)
    }
    thread = nil
    try check()
  }

  func finish(_ memory: borrowing GuestMemory) { end() }

  func check() throws(ServiceError) {
    if let failure = shared.failure.withLock({ $0 }) { throw failure }
  }
}
