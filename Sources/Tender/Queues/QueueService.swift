// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory

/// Who serves a machine's queues, as the machine's own thread deals with it: that thread itself
/// (`QueueServer`) or another one (`IOThread`).
protocol QueueService: AnyObject {
  /// Whether the guest has no queues.
  var isEmpty: Bool { get }

  /// Whether the device with `handle` is used through queues.
  func serves(_ handle: UInt64) -> Bool

  /// The guest has rung the doorbell.
  func doorbellRang(_ memory: borrowing GuestMemory) throws(ServiceError)

  /// Sees to it that the queues are served; the devices of which the guest has not seen everything that
  /// is used, as `poll` returns them.
  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> UInt64

  /// Asks for whatever would end a sleep. False when there is something already.
  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool

  /// The sleep is over.
  func wokeUp()

  /// Descriptors, one of which is readable when there is a reason to look again.
  var descriptors: [CInt] { get }

  /// Whether the descriptor at `index` matters now.
  func isWatched(_ index: Int) -> Bool

  /// Does what a guest that has halted had made available.
  func complete(_ memory: borrowing GuestMemory) throws(ServiceError)

  /// Throws what has ended the service. Asked when the machine's thread was interrupted.
  func check() throws(ServiceError)
}
