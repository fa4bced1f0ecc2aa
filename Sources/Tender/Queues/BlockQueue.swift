// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import Sandbox
internal import SystemCalls
internal import Virtqueue

/// The request queue of a block device (hvt-abi/SPEC.md, "Block" of "Queues").
///
/// Requests to a file go through a ring of io_uring where the kernel has it: they are submitted a batch
/// at a time, and many are under way at once. Others are carried out one after the other. One thread
/// serves a queue from `enableRing`, or its first `serve`, to its `finish`.
struct BlockQueue: ~Copyable {
  let handle: UInt64
  let device: any BlockDevice
  private let geometry: BlockGeometry
  private var requests: Virtqueue
  private let counters: DeviceCounters
  private let stop: StopSignal
  private var ring: BlockRing?
  private var isEnabled = false
  private let limiter: DeviceLimiter?
  /// Whether the limits hold back what the guest has made available.
  private var isHeld = false

  /// So many requests are submitted together at most: their guest need not wait for all of many.
  private static let batchSize = 32
  /// After so much data it is time to look for a stop.
  private static let longRequest = 1 << 20

  /// The queue of `entry`; with a ring, if `usesRing` and there is one.
  init(
    _ device: any BlockDevice, _ entry: QueueEntry, _ counters: MachineCounters,
    _ limiter: DeviceLimiter?, stop: StopSignal, usesRing: Bool
  ) {
    self.limiter = limiter
    handle = UInt64(entry.handle)
    self.counters = counters[handle]
    self.stop = stop
    self.device = device
    geometry = BlockGeometry(device)
    requests = Virtqueue(entry)
    if usesRing, let file = device as? FileBlockDevice { ring = BlockRing(file) }
  }

  /// Asks for a doorbell at the next chain; true when one has come already.
  mutating func armDoorbell(_ memory: borrowing GuestMemory) -> Bool {
    // What there is no room for is begun when something else is done.
    requests.armDoorbell(in: memory) && hasRoom && !isHeld
  }

  /// How long it is until a request may pass that a limit holds back; nil when there is no such thing.
  func heldNanoseconds(at now: UInt64) -> UInt64? { isHeld ? limiter?.wait(at: now) : nil }

  func newsCount(_ memory: borrowing GuestMemory) -> Int { requests.newsCount(in: memory) }

  /// What polls readable when requests that are under way are done; nil when none is ever. To be lowered
  /// when it was.
  var completionDescriptor: CInt? {
    switch ring {
    case .some(let ring): ring.descriptor
    case nil: nil
    }
  }

  mutating func lowerCompletion() { ring?.lower() }

  /// What serves the queue: its ring, or the device itself.
  var descriptorAccess: DescriptorAccess {
    switch ring {
    case .some(let ring): ring.descriptorAccess.adding(device.descriptorAccess)
    case nil: device.descriptorAccess
    }
  }

  /// Whether requests are under way.
  var isBusy: Bool {
    switch ring {
    case .some(let ring): !ring.isIdle
    case nil: false
    }
  }

  /// Begins the requests that the guest has made available, and tells it of those that are done; begins
  /// no more of them once the guest is to stop. Whether any were done.
  @discardableResult
  mutating func serve(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    enableRing()
    if isBusy { ring?.setAnnouncing(false) }
    let hasPublished = try takeAll(memory)
    // Whoever sleeps now is told of what is done later.
    if isBusy {
      ring?.setAnnouncing(true)
      try collect(memory)
    }
    return requests.publish(in: memory) || hasPublished
  }

  private mutating func takeAll(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    try collect(memory)
    var hasPublished = false
    var (batch, batchBytes, now) = (0, 0, monotonicNanoseconds())
    for _ in 0..<requests.size {
      if !hasRoom { try collect(memory) }
      guard hasRoom, !isHeldBack(memory), try take(memory) else { break }
      batch += 1
      let byteCount = try begin(at: now, memory)
      batchBytes += byteCount
      if let limiter { limiter.charge(UInt64(byteCount), at: monotonicNanoseconds()) }
      guard batch == Self.batchSize || batchBytes >= Self.longRequest else { continue }
      try collect(memory)
      if requests.publish(in: memory) { hasPublished = true }
      if batchBytes >= Self.longRequest, try isStopped() { return hasPublished }
      (batch, batchBytes, now) = (0, 0, monotonicNanoseconds())
    }
    try collect(memory)
    return hasPublished
  }

  /// Whether no request may pass now.
  private mutating func isHeldBack(_ memory: borrowing GuestMemory) -> Bool {
    guard let limiter else { return false }
    isHeld = limiter.wait(at: monotonicNanoseconds()) > 0 && requests.hasMore(in: memory)
    return isHeld
  }

  /// Carries out what may pass of everything that the guest, which makes no more available, has made
  /// available.
  mutating func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    do throws(QueueFault) {
      try requests.close(in: memory)
    } catch {
      throw .guest(GuestFault(.queue(handle: handle, .request, error)))
    }
    var hasMore = true
    while hasMore || isBusy {
      try serve(memory)
      try wait()
      hasMore = requests.hasMore(in: memory) && !isHeld
      if hasMore, try isStopped() { hasMore = false }
    }
  }

  /// Waits until no request is under way any more, so that the guest's memory can go.
  mutating func finish(_ memory: borrowing GuestMemory) {
    do throws(ServiceError) {
      while !isEmpty {
        try wait()
        try collect(memory)
      }
    } catch {
      precondition(!isBusy, "io_uring does not say when it is done: \(error)")
    }
    // Closed by the thread that used it, and now.
    ring = nil
  }

  /// Whether nothing that was begun is left to do.
  private var isEmpty: Bool {
    switch ring {
    case .some(let ring): ring.isEmpty
    case nil: true
    }
  }

  private var hasRoom: Bool {
    switch ring {
    case .some(let ring): ring.hasRoom
    case nil: true
    }
  }

  /// Makes the calling thread the one that serves the queue.
  mutating func enableRing() {
    if isEnabled { return }
    isEnabled = true
    if ring?.enable() == false { ring = nil }
  }

  private mutating func take(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    do throws(QueueFault) {
      guard try requests.take(from: memory) else { return false }
      let chain = requests.chain
      guard chain.readableBytes >= BlockRequest.headerSize, chain.writableBytes >= 1 else {
        throw .incomplete(head: chain.head, lacking: "a header or room for the status")
      }
      return true
    } catch {
      throw .guest(GuestFault(.queue(handle: handle, .request, error)))
    }
  }

  /// Begins the request that was taken, at the time `now`, or carries it out; the bytes of its data.
  private mutating func begin(
    at now: UInt64, _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> Int {
    let chain = requests.chain
    var (status, written) = (HVT_BLOCK_OK, UInt32(1))
    var (start, byteCount) = (now, 0)
    do throws(BlockRefusal) {
      let request = try BlockRequest(chain, of: geometry, memory)
      byteCount = Int(request.dataCount)
      count(request)
      if ring != nil {
        ring?.begin(request, chain, at: now, memory)
        return byteCount
      }
      start = monotonicNanoseconds()
      try carryOut(request, chain, memory)
      written = request.writtenCount
    } catch {
      status = error.status
    }
    give(
      chain.head, status, at: chain.statusAddress, written, from: start,
      to: monotonicNanoseconds(), memory)
    return byteCount
  }

  /// Hands prepared requests to the kernel, and takes those back that are done.
  private mutating func collect(_ memory: borrowing GuestMemory) throws(ServiceError) {
    var now: UInt64?
    do throws(SystemCallError) {
      while let done = try ring?.next() {
        let end = now ?? monotonicNanoseconds()
        now = end
        give(
          done.head, done.status, at: done.address, done.written, from: done.start, to: end, memory)
      }
    } catch {
      throw .host(error)
    }
  }

  private mutating func wait() throws(ServiceError) {
    do throws(SystemCallError) {
      try ring?.wait()
    } catch {
      throw .host(error)
    }
  }

  /// Gives the request of `head`, which took from `start` to `end`, back to the guest.
  private mutating func give(
    _ head: UInt16, _ status: Int, at address: GuestAddress, _ written: UInt32,
    from start: UInt64, to end: UInt64, _ memory: borrowing GuestMemory
  ) {
    counters.requests.add(from: start, to: end)
    if status != HVT_BLOCK_OK { counters.requests.errors.add() }
    memory.store(UInt8(status), at: address)
    requests.put(head, length: written, in: memory)
  }

  private func count(_ request: BlockRequest) {
    switch request.operation {
    case .read:
      counters.requests.reads.add()
      counters.requests.readBytes.add(request.count)
    case .write:
      counters.requests.writes.add()
      counters.requests.writtenBytes.add(request.count)
    case .flush, .zero:
      counters.requests.others.add()
    }
  }

  private func isStopped() throws(ServiceError) -> Bool {
    do throws(SystemCallError) {
      return try stop.isRequested()
    } catch {
      throw .host(error)
    }
  }
}
