// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestMemory
public import HVTABI

/// The tender's side of one queue (VIRTIO 1.2, section 2.7), whose rings are in memory that the
/// guest writes, also while they are read: every field is read once, and what was read is checked
/// before it is used.
public struct Virtqueue: ~Copyable {
  /// The number of descriptors, a power of two.
  public let size: Int
  /// The chain taken last. Meaningless after a fault.
  public private(set) var chain = Chain()

  private let rings: Rings
  /// The index up to which chains were taken.
  private var taken: UInt16 = 0
  /// The available index when it was read last.
  private var available: UInt16 = 0
  /// The used index: what the guest has been shown, and what it will be shown.
  private var (published, used): (UInt16, UInt16) = (0, 0)
  private var heads = HeadSet()
  private var canPutBack = false
  /// Whether nothing is taken that becomes available from now on.
  private var isClosed = false

  /// The queue of `entry`, the tender's own table entry. Its memory must be zero.
  public init(_ entry: QueueEntry) {
    rings = Rings(entry)
    size = Int(entry.size)
  }

  /// Chains taken and not put yet.
  public var inFlight: Int { heads.count }

  // MARK: - Taking

  /// Takes the next chain that the guest has made available into `chain`; false when there is none.
  public mutating func take(from memory: borrowing GuestMemory) throws(QueueFault) -> Bool {
    if available == taken {
      if isClosed { return false }
      try readAvailableIndex(in: memory)
      if available == taken { return false }
    }
    canPutBack = false
    let head = rings.head(at: taken, in: memory)
    guard Int(head) < size else { throw .head(head, size: size) }
    guard !heads.contains(head) else { throw .headInFlight(head) }
    try readChain(from: head, in: memory)
    heads.insert(head)
    taken &+= 1
    canPutBack = true
    return true
  }

  private mutating func readAvailableIndex(
    in memory: borrowing GuestMemory
  ) throws(QueueFault) {
    let index = rings.availableIndex(in: memory)
    guard Int(index &- taken) <= size else {
      throw .availableIndex(index, taken: taken, size: size)
    }
    available = index
  }

  /// Lets `take` return only what is available now. A guest that has ended makes nothing more available,
  /// but what is done for it may write to its rings.
  public mutating func close(in memory: borrowing GuestMemory) throws(QueueFault) {
    try readAvailableIndex(in: memory)
    isClosed = true
  }

  /// Whether the guest has made more available than was taken.
  public func hasMore(in memory: borrowing GuestMemory) -> Bool {
    (isClosed ? available : rings.availableIndex(in: memory)) != taken
  }

  /// Makes the chain taken last available again, as if it had not been taken.
  public mutating func putBack() {
    precondition(canPutBack, "what was not taken cannot be put back")
    canPutBack = false
    _ = heads.remove(chain.head)
    taken &-= 1
  }

  private mutating func readChain(
    from head: UInt16, in memory: borrowing GuestMemory
  ) throws(QueueFault) {
    chain.reset(to: head)
    var (index, count) = (head, 0)
    while true {
      guard count < size else { throw .chainTooLong(head: head, size: size) }
      let descriptor = rings.descriptor(index, in: memory)
      try append(descriptor, index, behind: count, in: memory)
      count += 1
      if !descriptor.has(HVT_DESCRIPTOR_NEXT) { break }
      guard Int(descriptor.next) < size else {
        throw .next(descriptor.next, descriptor: index, size: size)
      }
      index = descriptor.next
    }
    chain.truncate(to: count)
  }

  /// Adds what `descriptor`, the one of number `index`, describes to the chain behind its first `count`
  /// segments.
  private mutating func append(
    _ descriptor: QueueDescriptor, _ index: UInt16, behind count: Int,
    in memory: borrowing GuestMemory
  ) throws(QueueFault) {
    let (address, length) = (GuestAddress(descriptor.address), descriptor.length)
    if descriptor.has(HVT_DESCRIPTOR_INDIRECT) { throw .indirect(descriptor: index) }
    if length == 0 { throw .empty(descriptor: index) }
    if descriptor.has(HVT_DESCRIPTOR_WRITE) {
      guard memory.regions.allows([.guest, .write], at: address, count: UInt64(length)) else {
        throw .notWritable(descriptor: index, address, length: length)
      }
      chain.writableBytes &+= UInt64(length)
    } else {
      if chain.readableCount < count { throw .readAfterWrite(descriptor: index) }
      guard memory.regions.allows([.guest, .read], at: address, count: UInt64(length)) else {
        throw .notReadable(descriptor: index, address, length: length)
      }
      chain.readableBytes &+= UInt64(length)
      chain.readableCount += 1
    }
    chain.append(Segment(address: address, length: length), behind: count)
  }

  // MARK: - Giving back

  /// Gives the chain of `head`, which must be in flight, back to the guest, with `length` bytes
  /// written to it. The guest sees it after `publish`.
  public mutating func put(_ head: UInt16, length: UInt32, in memory: borrowing GuestMemory) {
    let wasInFlight = heads.remove(head)
    precondition(wasInFlight, "only what was taken can be used")
    if head == chain.head { canPutBack = false }
    rings.store(UsedElement(head: UInt32(head), length: length), at: used, in: memory)
    used &+= 1
  }

  /// Shows the guest everything that was put (release order). Whether there was anything.
  @discardableResult public mutating func publish(in memory: borrowing GuestMemory) -> Bool {
    if published == used { return false }
    published = used
    rings.storeUsedIndex(used, in: memory)
    return true
  }

  /// How many chains are used that the guest waits for and has not seen: by how much the used index is
  /// ahead of the `used_event` it wrote; none if that is negative. Reads that after everything published
  /// before can be seen (a fence), so that a guest about to sleep misses none of it.
  public func newsCount(in memory: borrowing GuestMemory) -> Int {
    GuestMemory.fence()
    return Int(Int16(bitPattern: published &- rings.usedEvent(in: memory)))
  }

  /// Whether there are any such chains.
  public func hasNews(in memory: borrowing GuestMemory) -> Bool { newsCount(in: memory) > 0 }

  // MARK: - The doorbell

  /// Asks for a doorbell at the next chain (avail_event, then a fence); true when a chain has come
  /// already.
  public mutating func armDoorbell(in memory: borrowing GuestMemory) -> Bool {
    rings.storeAvailableEvent(taken, in: memory)
    GuestMemory.fence()
    return rings.availableIndex(in: memory) != taken
  }

  /// Tells the guest that no doorbell is needed for now. `avail_event` is then as far from the
  /// index as it can be: the guest may ring once before it has made another 30,000 chains available.
  public mutating func disarmDoorbell(in memory: borrowing GuestMemory) {
    rings.storeAvailableEvent(taken ^ 0x8000, in: memory)
  }
}
