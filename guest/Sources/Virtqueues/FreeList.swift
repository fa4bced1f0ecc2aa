// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The slots of a queue that are free. The one that was freed last is taken first: it is the
/// likeliest to be in the processor's cache.
@safe
public struct FreeList: ~Copyable {
  private let slots: UnsafeMutablePointer<UInt16>
  private let capacity: Int
  /// The number of slots that are free.
  public private(set) var count: Int

  /// The slots from 0 up, all free.
  public init(count: Int) {
    unsafe slots = .allocate(capacity: count)
    capacity = count
    self.count = count
    for index in 0..<count {
      // SAFETY: the index is below the capacity.
      unsafe slots[index] = UInt16(count - 1 - index)
    }
  }

  deinit {
    unsafe slots.deallocate()
  }

  /// Takes a free slot, if there is one.
  public mutating func take() -> UInt16? {
    guard count > 0 else { return nil }
    count -= 1
    // SAFETY: the index is below the capacity.
    return unsafe slots[count]
  }

  /// Puts back a slot that was taken.
  public mutating func put(_ slot: UInt16) {
    precondition(count < capacity)
    // SAFETY: the index is below the capacity.
    unsafe slots[count] = slot
    count += 1
  }
}
