// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import GuestMemory
internal import SystemCalls

/// What interrupts a guest that does not leave its processor by itself: its quota of processor time, and
/// what waits in its queues because of a limit.
///
/// Timers of the kernel send a signal to the machine's thread, which keeps it blocked: KVM_RUN alone
/// unblocks it, and so ends (`StopSignal` says how). A guest that makes no hypercall ever is interrupted
/// as any other.
struct MachinePace: ~Copyable {
  /// SIGVTALRM.
  static let signal = SIGVTALRM

  private let stop: StopSignal
  private var meter: ProcessorMeter?
  private let quotaTimer: ThreadTimer?
  private let alarm: ThreadTimer?
  /// When the alarm comes.
  private var alarmTime = UInt64.max

  private init(
    _ meter: consuming ProcessorMeter?, _ quotaTimer: consuming ThreadTimer?,
    _ alarm: consuming ThreadTimer?, stop: StopSignal
  ) {
    self.stop = stop
    self.meter = meter
    self.quotaTimer = quotaTimer
    self.alarm = alarm
  }

  /// On the machine's thread. Nil for a machine without such limits; `servesQueues` says whether its
  /// queues are served on this thread.
  static func make(
    _ configuration: MachineConfiguration, _ quota: ProcessorQuota?, servesQueues: Bool,
    stop: StopSignal
  ) throws(SystemCallError) -> MachinePace? {
    let needsAlarm = servesQueues && configuration.hasDeviceLimits
    if quota == nil, !needsAlarm { return nil }
    var pace = MachinePace(
      quota.map { ProcessorMeter($0) },
      quota == nil ? nil : try ThreadTimer(.threadProcessorTime, signal: signal),
      needsAlarm ? try ThreadTimer(.monotonic, signal: signal) : nil, stop: stop)
    try pace.checkQuota()
    return pace
  }

  /// Before the guest goes on: has it interrupted when what waits in `queues` may pass. When it was
  /// interrupted, first lets the thread sleep for as long as the quota demands, and serves what may pass
  /// now.
  mutating func follow(
    _ queues: any QueueService, afterInterruption: Bool, _ memory: borrowing GuestMemory
  ) throws(ServiceError) {
    if afterInterruption { try tick(queues, memory) }
    if alarm != nil { try setAlarm(queues) }
  }

  private mutating func tick(
    _ queues: any QueueService, _ memory: borrowing GuestMemory
  ) throws(ServiceError) {
    discardSignals(Self.signal)
    do throws(SystemCallError) {
      try checkQuota()
    } catch {
      throw .host(error)
    }
    if alarmTime <= monotonicNanoseconds() {
      alarmTime = .max
      _ = try queues.look(memory)
    }
  }

  private mutating func setAlarm(_ queues: any QueueService) throws(ServiceError) {
    let now = monotonicNanoseconds()
    guard let held = queues.heldNanoseconds(at: now) else { return }
    let (time, overflow) = now.addingReportingOverflow(held)
    guard !overflow, time < alarmTime else { return }
    alarmTime = time
    do throws(SystemCallError) {
      try alarm?.arm(after: held)
    } catch {
      throw .host(error)
    }
  }

  private mutating func checkQuota() throws(SystemCallError) {
    while let verdict = meter?.charge() {
      switch verdict {
      case .run(let nanoseconds):
        try quotaTimer?.arm(after: nanoseconds)
        return
      case .sleep(let nanoseconds):
        var poll = PollSet(readable: [stop.descriptor])
        if try poll.wait(timeoutNanoseconds: nanoseconds) > 0 { return }
      }
    }
  }
}
