// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import Sandbox

/// Who serves a machine's queues, as the machine's own thread deals with it: that thread itself
/// (`QueueServer`) or another one (`IOThread`).
protocol QueueService: AnyObject {
  /// Whether the guest has no queues.
  var isEmpty: Bool { get }

  /// Whether the device with `handle` is used through queues.
  func serves(_ handle: UInt64) -> Bool

  /// The guest has rung the doorbell.
  func doorbellRang(_ memory: borrowing GuestMemory) throws(ServiceError)

  /// Sees to it that the queues are served; what the guest has not seen.
  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> QueueNews

  /// Asks for whatever would end a sleep. False when there is something already.
  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool

  /// The sleep is over.
  func wokeUp()

  /// The descriptor at `index` was readable.
  func becameReady(_ index: Int)

  /// What the machine's thread needs for the calls below.
  var descriptorAccess: DescriptorAccess { get }

  /// What other threads of the service need.
  var threadAccess: DescriptorAccess { get }

  /// Makes the calling thread, which is the machine's, ready for the calls below.
  func prepare()

  /// Starts the service's own threads, which call `enter` first.
  func start(
    entering enter: @escaping @Sendable () throws(MachineError) -> Void
  ) throws(MachineError)

  /// Descriptors, one of which is readable when there is a reason to look again.
  var descriptors: [CInt] { get }

  /// Whether the descriptor at `index` matters now.
  func isWatched(_ index: Int) -> Bool

  /// How long it is, in nanoseconds from `now`, until something may pass that a limit holds back; nil when
  /// there is no such thing, or somebody else waits for it.
  func heldNanoseconds(at now: UInt64) -> UInt64?

  /// Does what a guest that has halted had made available.
  func complete(_ memory: borrowing GuestMemory) throws(ServiceError)

  /// Ends the service, so that the memory can go.
  func finish(_ memory: borrowing GuestMemory)

  /// Throws what has ended the service. Asked when the machine's thread was interrupted.
  func check() throws(ServiceError)
}

/// What was used that a guest waits for and has not seen.
struct QueueNews {
  /// The devices, a bit for each handle, as `poll` returns them.
  var devices: UInt64 = 0
  /// How many chains.
  var count = 0

  var isEmpty: Bool { devices == 0 }

  mutating func add(_ count: Int, from handle: UInt64) {
    if count <= 0 { return }
    devices |= 1 << handle
    self.count += count
  }
}
