// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import CHVTABI
import Freestanding

/// The driver's side of a split virtqueue (hvt-abi/SPEC.md, "Running a queue"; VIRTIO 1.2, 2.7). The
/// places of chains in the descriptor table are the user's affair.
@safe
public struct Virtqueue: ~Copyable {
  /// The number of descriptors, a power of two.
  public let size: UInt16
  private let descriptors: UnsafeMutablePointer<hvt_descriptor>
  /// Flags, index, `size` heads, `used_event`.
  private let available: UnsafeMutablePointer<UInt16>
  /// Flags, index, then `size` elements and `avail_event`.
  private let used: UnsafeMutablePointer<UInt16>
  private let elements: UnsafeMutablePointer<hvt_used_element>

  /// The index of the available ring, and its value when the doorbell was considered last.
  private var published: UInt16 = 0
  private var announced: UInt16 = 0
  /// The index of the used ring as it was read last, and up to where chains have been taken.
  private var seen: UInt16 = 0
  private var taken: UInt16 = 0

  /// Takes a queue from the tender's table, once.
  @unsafe
  @inline(never)
  public init(_ queue: hvt_queue) {
    // SAFETY: the tender's table gives addresses of rings of this size, for this queue alone.
    guard let descriptors = unsafe UnsafeMutableRawPointer(bitPattern: UInt(queue.descriptors)),
      let available = unsafe UnsafeMutableRawPointer(bitPattern: UInt(queue.available)),
      let used = unsafe UnsafeMutableRawPointer(bitPattern: UInt(queue.used))
    else {
      fatalError("a queue without rings")
    }
    size = queue.size
    unsafe self.descriptors = descriptors.assumingMemoryBound(to: hvt_descriptor.self)
    unsafe self.available = available.assumingMemoryBound(to: UInt16.self)
    unsafe self.used = used.assumingMemoryBound(to: UInt16.self)
    unsafe elements = (used + 4).assumingMemoryBound(to: hvt_used_element.self)
  }

  /// The number of chains that are the tender's, or used and not taken yet.
  public var pendingCount: UInt16 { published &- taken }

  /// Sets a descriptor, which must be in no chain that is the tender's. The memory that it names has
  /// to stay valid while it is in one.
  @unsafe
  public mutating func setDescriptor(_ index: UInt16, _ descriptor: hvt_descriptor) {
    precondition(index < size)
    unsafe descriptors[Int(index)] = descriptor
  }

  /// Hands the chain that starts at descriptor `head` to the tender, without telling it.
  public mutating func makeAvailable(_ head: UInt16) {
    precondition(pendingCount < size)
    // SAFETY: the ring has `size` heads behind flags and index.
    unsafe available[2 + Int(published & (size - 1))] = head
    published &+= 1
    unsafe sl_store_release(available + 1, published)
  }

  /// The oldest chain that the tender has used and that was not taken yet.
  public mutating func takeUsed() -> hvt_used_element? {
    guard taken != seen || look() > 0 else { return nil }
    // SAFETY: the ring has `size` elements.
    let element = unsafe elements[Int(taken & (size - 1))]
    taken &+= 1
    return element
  }

  /// Looks how many chains are used that were not taken yet.
  public mutating func look() -> UInt16 {
    // SAFETY: the index stands behind the flags.
    seen = unsafe sl_load_acquire(used + 1)
    return seen &- taken
  }

  /// Whether the doorbell is to be rung for what was made available since the last call of this.
  /// The caller executes a fence between the two.
  public mutating func needsDoorbell() -> Bool {
    let old = announced
    announced = published
    // SAFETY: `avail_event` stands behind the elements.
    let event = unsafe sl_load_acquire(used + 2 + 4 * Int(size))
    return Self.isPassed(event, from: old, to: published)
  }

  /// What is to end the machine's sleep.
  public enum Wake {
    /// The use of any chain that has not been seen as used.
    case anyUse
    /// Nothing, once all chains are used.
    case unfinished
  }

  /// Tells the tender when the machine's sleep is over, before the fence that comes before `poll`.
  public func prepareToSleep(until wake: Wake) {
    // SAFETY: `used_event` stands behind the heads.
    unsafe sl_store_release(available + 2 + Int(size), wake == .anyUse ? seen : published)
  }

  /// Whether the tender has used more than has been seen.
  public func hasNews() -> Bool {
    // SAFETY: the index stands behind the flags.
    unsafe sl_load_acquire(used + 1) != seen
  }

  /// Whether an index that went from `old` to `new` has passed `event` (VIRTIO 1.2, 2.7.10).
  static func isPassed(_ event: UInt16, from old: UInt16, to new: UInt16) -> Bool {
    new &- event &- 1 < new &- old
  }
}
