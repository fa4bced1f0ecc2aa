// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import GuestMemory
internal import Sandbox
internal import Synchronization
internal import SystemCalls

/// What an `IOThread` does: serves the queues as long as there is something to do, looks for more for a
/// while, and then sleeps.
struct IOLoop: ~Copyable {
  private let server: QueueServer
  private let shared: Shared
  private let counters: MachineCounters
  /// The doorbell, then what the server waits for.
  private var descriptors: PollSet
  private var spin = AdaptiveSpin()
  private var meter: ProcessorMeter?

  /// What the machine has ordered the thread to do.
  enum Order: UInt8, AtomicRepresentable {
    case serve
    /// To end, when everything that was made available is done.
    case complete
    /// To end.
    case end
  }

  /// What the two threads share, besides the guest's memory.
  final class Shared: Sendable {
    /// Wakes this thread: the guest has made something available, or there is an order.
    let doorbell: EventDescriptor
    /// Wakes the machine's thread: something was used.
    let news: EventDescriptor
    let serverIsAsleep = SleepFlag()
    let machineIsAsleep = SleepFlag()
    let order = Atomic(Order.serve)
    /// Whether this thread has done its work; `news` is raised then.
    let hasEnded = Atomic(false)
    /// What ended this thread before its time.
    let failure = Mutex<ServiceError?>(nil)

    init() throws(SystemCallError) {
      doorbell = try EventDescriptor()
      news = try EventDescriptor()
    }

    var descriptorAccess: DescriptorAccess {
      var access = DescriptorAccess()
      access.streams = [doorbell.number, news.number]
      return access
    }
  }

  /// On the thread that runs it.
  init(
    _ server: QueueServer, _ shared: Shared, _ counters: MachineCounters, _ quota: ProcessorQuota?
  ) {
    meter = quota.map { ProcessorMeter($0) }
    self.server = server
    self.shared = shared
    self.counters = counters
    descriptors = PollSet(readable: [shared.doorbell.number] + server.descriptors)
  }

  mutating func run(_ memory: borrowing GuestMemory) throws(ServiceError) {
    defer { server.finish(memory) }
    while true {
      let order = shared.order.load(ordering: .acquiring)
      if order == .end { return }
      // Before anything else is taken, which might go on for ever.
      if order == .complete { return try server.complete(memory) }
      let hasWorked = try server.serve(memory)
      tellNews(memory)
      try rest()
      if hasWorked {
        spin.restart()
        continue
      }
      if spin.goesOn() { continue }
      shared.serverIsAsleep.fallAsleep()
      if server.prepareToSleep(memory) { try sleep() }
      shared.serverIsAsleep.wakeUp()
    }
  }

  /// Sleeps for as long as the quota demands, in pieces, so that an order is not kept waiting.
  private mutating func rest() throws(ServiceError) {
    while case .sleep(let nanoseconds)? = meter?.charge() {
      let end = monotonicNanoseconds() + nanoseconds
      while case let now = monotonicNanoseconds(), now < end {
        if shared.order.load(ordering: .acquiring) != .serve { return }
        try pause(min(end - now, 5_000_000))
      }
    }
  }

  private func pause(_ nanoseconds: UInt64) throws(ServiceError) {
    do throws(SystemCallError) {
      var nothing = PollSet(readable: [])
      _ = try nothing.wait(timeoutNanoseconds: nanoseconds)
    } catch {
      throw .host(error)
    }
  }

  private func tellNews(_ memory: borrowing GuestMemory) {
    // `news` executes the fence that belongs between what was published and the look at the flag.
    if !server.news(memory).isEmpty { shared.machineIsAsleep.wake(shared.news) }
  }

  private mutating func sleep() throws(ServiceError) {
    for index in server.descriptors.indices {
      descriptors.setWatched(index + 1, server.isWatched(index))
    }
    let start = monotonicNanoseconds()
    do throws(SystemCallError) {
      _ = try descriptors.wait(timeoutNanoseconds: server.heldNanoseconds(at: start))
    } catch {
      throw .host(error)
    }
    spin.slept(monotonicNanoseconds() - start)
    for index in server.descriptors.indices where descriptors.isReady(index + 1) {
      server.becameReady(index)
    }
    if descriptors.isReady(0) { counters.doorbells.add(shared.doorbell.lower()) }
  }
}
