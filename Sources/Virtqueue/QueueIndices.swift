// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestMemory
public import HVTABI

/// The indices of a queue, as they are in memory, for a thread that does not serve it.
public struct QueueIndices: Sendable {
  private let rings: Rings

  /// The indices of the queue of `entry`, the tender's own table entry.
  public init(_ entry: QueueEntry) { rings = Rings(entry) }

  /// Whether the guest has not been told of everything used that it waits for, as
  /// `Virtqueue.hasNews`. The caller has executed a fence.
  public func hasNews(in memory: borrowing GuestMemory) -> Bool {
    Int16(bitPattern: rings.usedIndex(in: memory) &- rings.usedEvent(in: memory)) > 0
  }

  /// Whether chains have been made available that the server had asked a doorbell for. The caller has
  /// executed a fence.
  public func needsDoorbell(in memory: borrowing GuestMemory) -> Bool {
    let index = rings.availableIndex(in: memory)
    return Int16(bitPattern: index &- rings.availableEvent(in: memory)) > 0
  }
}
