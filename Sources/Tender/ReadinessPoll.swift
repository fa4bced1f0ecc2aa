// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import SystemCalls

/// What the hypercall `poll` waits for (hvt-abi/SPEC.md, "poll" and "Running a queue").
struct ReadinessPoll: ~Copyable {
  /// The stop descriptor, those of the net devices without queues, and what the queues' service
  /// waits for.
  private var descriptors: PollSet
  /// The handles of the net devices without queues, in that order.
  private let handles: [Int]
  /// The limits of what they receive, where there are any.
  private let limiters: [DeviceLimiter?]
  private let hasLimits: Bool
  private let serviceCount: Int
  private var spin: AdaptiveSpin
  private var batching = Batching()

  init(
    _ configuration: MachineConfiguration, _ queues: any QueueService,
    _ limiters: [HypercallLimiter?], stop: StopSignal
  ) {
    var handles: [Int] = []
    var numbers: [CInt] = [stop.descriptor]
    for (handle, attachment) in configuration.attachments.enumerated() {
      if case .net(let device)? = attachment, !queues.serves(UInt64(handle)) {
        handles.append(handle)
        numbers.append(device.readinessDescriptor)
      }
    }
    self.handles = handles
    self.limiters = handles.map { limiters[$0]?.inbound }
    hasLimits = configuration.hasDeviceLimits
    serviceCount = queues.descriptors.count
    // To look at the queues finds nothing of a device without.
    spin = AdaptiveSpin(isUseful: handles.isEmpty && !queues.isEmpty)
    descriptors = PollSet(readable: numbers + queues.descriptors)
  }

  /// Has the queues served and waits until a device is ready, the time is up, or the guest is to stop.
  /// The ready devices, a bit for each handle.
  mutating func wait(
    timeoutNanoseconds: UInt64?, _ queues: any QueueService, _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> UInt64 {
    var left = timeoutNanoseconds
    let start = monotonicNanoseconds()
    batching.guestCame(at: start, atMost: timeoutNanoseconds ?? .max)
    defer { batching.guestGoes() }
    while true {
      let news = try look(queues, memory, atMost: left ?? .max)
      // A stop interrupts KVM_RUN when it is not seen here.
      if !news.isEmpty, handles.isEmpty { return news.devices }
      let maySleep = news.isEmpty && queues.prepareToSleep(memory)
      for index in 0..<serviceCount {
        descriptors.setWatched(1 + handles.count + index, queues.isWatched(index))
      }
      let before = monotonicNanoseconds()
      let limit = hasLimits ? watchWithinLimits(queues, at: before, atMost: left) : left
      let ready = try waitOnce(timeoutNanoseconds: maySleep ? limit : 0) | news.devices
      let after = monotonicNanoseconds()
      queues.wokeUp()
      var wasWoken = false
      for index in 0..<serviceCount where descriptors.isReady(1 + handles.count + index) {
        queues.becameReady(index)
        wasWoken = true
      }
      // A sleep that a guest's timer ended says nothing about the traffic.
      if maySleep { spin.slept(wasWoken ? after - before : .max) }
      if ready != 0 || left == 0 || descriptors.isReady(0) { return ready }
      // The queues have something to look at, or the time is up: they are looked at once more.
      if let timeoutNanoseconds {
        left = after - start < timeoutNanoseconds ? timeoutNanoseconds - (after - start) : 0
      }
    }
  }

  /// Looks at the queues, of a busy machine for a while but not for longer than `limit` nanoseconds.
  private mutating func look(
    _ queues: any QueueService, _ memory: borrowing GuestMemory, atMost limit: UInt64
  ) throws(ServiceError) -> QueueNews {
    spin.restart()
    while true {
      let news = try queues.look(memory)
      let goesOn =
        news.isEmpty ? spin.goesOn(atMost: limit) : batching.waitsForMore(than: news.count)
      if !goesOn { return news }
    }
  }

  /// Watches the devices without queues whose frames may pass; how long to wait at most, of `left`, until
  /// more may pass.
  private mutating func watchWithinLimits(
    _ queues: any QueueService, at now: UInt64, atMost left: UInt64?
  ) -> UInt64? {
    var limit = left ?? .max
    for (index, limiter) in limiters.enumerated() {
      let wait = limiter?.wait(at: now) ?? 0
      descriptors.setWatched(index + 1, wait == 0)
      if wait > 0 { limit = min(limit, wait) }
    }
    if let held = queues.heldNanoseconds(at: now) { limit = min(limit, held) }
    return limit == .max ? left : limit
  }

  /// The devices without queues that have a frame.
  private mutating func waitOnce(timeoutNanoseconds: UInt64?) throws(ServiceError) -> UInt64 {
    do throws(SystemCallError) {
      guard try descriptors.wait(timeoutNanoseconds: timeoutNanoseconds) > 0 else { return 0 }
    } catch {
      throw .host(error)
    }
    var ready: UInt64 = 0
    for (index, handle) in handles.enumerated() where descriptors.isReady(index + 1) {
      ready |= 1 << UInt64(handle)
    }
    return ready
  }
}
