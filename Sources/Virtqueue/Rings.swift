// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI

/// Where the fields of a queue are (VIRTIO 1.2, sections 2.7.5, 2.7.6 and 2.7.8), each reached by one
/// access. Indices into the rings wrap at the queue's size, so that nothing outside them is reached.
struct Rings: Sendable {
  private let descriptors: UInt64
  private let available: UInt64
  private let used: UInt64
  private let mask: UInt16

  init(_ entry: QueueEntry) {
    precondition((2...UInt16(HVT_QUEUE_SIZE_MAX)).contains(entry.size))
    precondition(entry.size & (entry.size - 1) == 0)
    precondition(entry.descriptors % 16 == 0 && entry.available % 2 == 0 && entry.used % 4 == 0)
    (descriptors, available, used) = (entry.descriptors, entry.available, entry.used)
    mask = entry.size - 1
  }

  // MARK: - What the guest writes

  /// The descriptor `index`, which must be one of the table's.
  func descriptor(_ index: UInt16, in memory: borrowing GuestMemory) -> QueueDescriptor {
    let location = GuestAddress(descriptors + 16 * UInt64(index & mask))
    let (address, rest) = memory.loadRelaxedPair(at: location)
    return QueueDescriptor(
      address: address,
      length: UInt32(truncatingIfNeeded: rest), flags: UInt16(truncatingIfNeeded: rest >> 32),
      next: UInt16(truncatingIfNeeded: rest >> 48))
  }

  func availableIndex(in memory: borrowing GuestMemory) -> UInt16 {
    memory.loadAcquiring(at: GuestAddress(available + 2))
  }

  /// The head that the available ring has at `index`.
  func head(at index: UInt16, in memory: borrowing GuestMemory) -> UInt16 {
    memory.loadAcquiring(at: GuestAddress(available + 4 + 2 * UInt64(index & mask)))
  }

  func usedEvent(in memory: borrowing GuestMemory) -> UInt16 {
    memory.loadAcquiring(at: GuestAddress(available + 6 + 2 * UInt64(mask)))
  }

  // MARK: - What the tender writes

  func usedIndex(in memory: borrowing GuestMemory) -> UInt16 {
    memory.loadAcquiring(at: GuestAddress(used + 2))
  }

  func availableEvent(in memory: borrowing GuestMemory) -> UInt16 {
    memory.loadAcquiring(at: GuestAddress(used + 12 + 8 * UInt64(mask)))
  }

  func store(_ element: UsedElement, at index: UInt16, in memory: borrowing GuestMemory) {
    let address = used + 4 + 8 * UInt64(index & mask)
    memory.storeRelaxed(element.head, element.length, at: GuestAddress(address))
  }

  func storeUsedIndex(_ index: UInt16, in memory: borrowing GuestMemory) {
    memory.storeReleasing(index, at: GuestAddress(used + 2))
  }

  func storeAvailableEvent(_ index: UInt16, in memory: borrowing GuestMemory) {
    memory.storeReleasing(index, at: GuestAddress(used + 12 + 8 * UInt64(mask)))
  }
}

extension QueueDescriptor {
  func has(_ flag: Int) -> Bool { Int(flags) & flag != 0 }
}
