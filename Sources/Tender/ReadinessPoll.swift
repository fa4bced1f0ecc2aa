// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import GuestMemory
internal import SystemCalls

/// What the hypercall `poll` waits for (hvt-abi/SPEC.md, "poll" and "Running a queue").
struct ReadinessPoll: ~Copyable {
  /// The stop descriptor, the net devices', and those of block queues.
  private var descriptors: PollSet
  /// The handles of the net devices, in that order.
  private let handles: [Int]
  /// For each of them its index among the net queues; nil for a device without.
  private let queueIndices: [Int?]
  /// The block queues that are watched, in that order.
  private let completing: [Box<BlockQueue>]
  /// Whether every net device has queues.
  private let areAllQueued: Bool
  /// Whether the last sleep was so short that not to sleep would have been better.
  private var isBusy = false

  /// How long the queues are looked at again and again before a sleep, at most: about what it costs to
  /// wake a processor that has gone idle. A machine that sleeps longer at a time never does it.
  private static let spinNanoseconds: UInt64 = 50_000
  /// Whether looking at the queues alone finds what there is to wait for. With one processor, nothing
  /// happens while that one spins.
  private let canSpin: Bool

  init(_ configuration: MachineConfiguration, _ queues: QueueServer, stop: StopSignal) {
    var handles: [Int] = []
    var numbers: [CInt] = [stop.descriptor]
    for (handle, attachment) in configuration.attachments.enumerated() {
      if case .net(let device)? = attachment {
        handles.append(handle)
        numbers.append(device.readinessDescriptor)
      }
    }
    self.handles = handles
    completing = queues.blocks.filter { $0.value.completionDescriptor != nil }
    numbers += completing.compactMap { $0.value.completionDescriptor }
    queueIndices = handles.map { handle in
      queues.nets.firstIndex { $0.value.handle == UInt64(handle) }
    }
    areAllQueued = queueIndices.allSatisfy { $0 != nil }
    canSpin = areAllQueued && !handles.isEmpty && sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
    descriptors = PollSet(readable: numbers)
  }

  /// Serves the queues and waits until a device is ready, the time is up, or the guest is to stop. The
  /// ready devices, a bit for each handle.
  mutating func wait(
    timeoutNanoseconds: UInt64?, _ queues: QueueServer, _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> UInt64 {
    var left = timeoutNanoseconds
    let start = monotonicNanoseconds()
    while true {
      let news = try serve(queues, memory, atMost: left ?? .max)
      // A stop interrupts KVM_RUN when it is not seen here.
      if news != 0, areAllQueued { return news }
      watchDevices(queues)
      let before = monotonicNanoseconds()
      let ready = try waitOnce(timeoutNanoseconds: news == 0 ? left : 0) | news
      isBusy = canSpin && monotonicNanoseconds() - before < Self.spinNanoseconds
      if ready != 0 || left == 0 || descriptors.isReady(0) { return ready }
      // A device with queues has a frame, or the time is up: its queues are served once more.
      if let timeoutNanoseconds {
        let passed = monotonicNanoseconds() - start
        left = passed < timeoutNanoseconds ? timeoutNanoseconds - passed : 0
      }
    }
  }

  /// Serves the queues, of a busy machine for a while but not for longer than `limit` nanoseconds; the
  /// devices with something new.
  private func serve(
    _ queues: QueueServer, _ memory: borrowing GuestMemory, atMost limit: UInt64
  ) throws(ServiceError) -> UInt64 {
    let end = isBusy ? monotonicNanoseconds() + min(limit, Self.spinNanoseconds) : 0
    while true {
      try queues.serve(memory)
      let news = queues.news(memory)
      if news != 0 || end == 0 || monotonicNanoseconds() >= end {
        queues.armDoorbells(memory)
        return news
      }
    }
  }

  /// A frame without a buffer to put it into is nothing to wake up for, nor is a ring without requests.
  private mutating func watchDevices(_ queues: QueueServer) {
    for (index, queue) in queueIndices.enumerated() {
      guard let queue else { continue }
      descriptors.setWatched(index + 1, queues.nets[queue].value.canReceive)
    }
    for (index, queue) in completing.enumerated() {
      descriptors.setWatched(1 + handles.count + index, queue.value.isBusy)
    }
  }

  /// The devices without queues that have a frame.
  private mutating func waitOnce(timeoutNanoseconds: UInt64?) throws(ServiceError) -> UInt64 {
    do throws(SystemCallError) {
      guard try descriptors.wait(timeoutNanoseconds: timeoutNanoseconds) > 0 else { return 0 }
    } catch {
      throw .host(error)
    }
    for (index, queue) in completing.enumerated()
    where descriptors.isReady(1 + handles.count + index) {
      queue.value.lowerCompletion()
    }
    var ready: UInt64 = 0
    for (index, handle) in handles.enumerated()
    where queueIndices[index] == nil && descriptors.isReady(index + 1) {
      ready |= 1 << UInt64(handle)
    }
    return ready
  }
}
