// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import IORing
internal import Sandbox
internal import SystemCalls
internal import SystemPackage
internal import Virtqueue

/// The requests of a block queue that the kernel has, through io_uring.
///
/// They name the guest's memory, which must stay until `isIdle`.
struct BlockRing: ~Copyable {
  private var ring: FileRing
  private let alignment: DirectAlignment?
  private let zeroesByHoles: Bool
  private var transfers: [Box<BlockTransfer>] = []
  /// The indices of the transfers without a request.
  private var free: [Int] = []
  private var bytesInFlight = 0
  private var bouncedBytes = 0

  /// The most requests that the kernel has at once.
  private static let entries = 128
  /// With so many bytes in flight no further request is begun: they are what an end waits for.
  private static let bytesEnough = 64 << 20
  /// With so many bytes of bounce buffers no further request is begun.
  private static let bouncedEnough = 32 << 20
  /// How often the kernel may put a request off.
  private static let attemptLimit = 16

  /// The ring of `device`; nil where the kernel does not permit one.
  init?(_ device: FileBlockDevice) {
    do throws(SystemCallError) {
      ring = try device.makeRing(entries: Self.entries)
    } catch {
      return nil
    }
    alignment = device.directAlignment
    zeroesByHoles = device.zeroesByHoles
  }

  deinit { precondition(isIdle, "the kernel has none of the guest's memory any more") }

  /// Makes the calling thread the ring's; false where it cannot be.
  mutating func enable() -> Bool {
    do throws(SystemCallError) {
      try ring.enable()
      return true
    } catch {
      return false
    }
  }

  /// Polls readable when a request has been done while that was announced.
  var descriptor: CInt { ring.descriptor }

  /// The ring and what announces its completions.
  var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.rings = [ring.number]
    access.streams = [descriptor]
    return access
  }

  /// Has later completions announced or not; one that came before, `collect` finds.
  func setAnnouncing(_ isAnnouncing: Bool) { ring.setAnnouncing(isAnnouncing) }

  /// Makes `descriptor` wait again.
  func lower() { ring.lower() }

  /// Whether the kernel has no request.
  var isIdle: Bool { ring.inFlight == ring.prepared }

  /// Whether there is no request at all.
  var isEmpty: Bool { ring.inFlight == 0 }

  /// Whether another request may begin.
  var hasRoom: Bool {
    ring.inFlight < Self.entries && bytesInFlight < Self.bytesEnough
      && bouncedBytes < Self.bouncedEnough
  }

  /// Prepares `request`, which `chain` makes.
  mutating func begin(
    _ request: BlockRequest, _ chain: borrowing Chain, at start: UInt64,
    _ memory: borrowing GuestMemory
  ) {
    if free.isEmpty {
      free.append(transfers.count)
      transfers.append(Box(BlockTransfer(request)))
    }
    let index = free.removeLast()
    bytesInFlight += Int(request.dataCount)
    begin(&transfers[index].value, UInt64(index), request, chain, at: start, memory)
  }

  private mutating func begin(
    _ transfer: inout BlockTransfer, _ tag: UInt64, _ request: BlockRequest,
    _ chain: borrowing Chain, at start: UInt64, _ memory: borrowing GuestMemory
  ) {
    transfer.begin(request, chain, at: start, alignment: alignment, memory)
    if alignment != nil { bouncedBytes += transfer.bouncedBytes }
    prepare(&transfer, tag)
  }

  private mutating func prepare(_ transfer: inout BlockTransfer, _ tag: UInt64) {
    let (request, offset, isPatient) = (transfer.request, transfer.offset, transfer.attempts > 0)
    switch request.operation {
    case .read:
      transfer.withNextBuffers { buffers in
        // SAFETY: they and the guest's memory stay until the request is done.
        unsafe ring.prepareRead(into: buffers, at: offset, isPatient: isPatient, tag: tag)
      }
    case .write:
      transfer.withNextBuffers { buffers in
        // SAFETY: as above.
        unsafe ring.prepareWrite(buffers, at: offset, isPatient: isPatient, tag: tag)
      }
    case .flush: ring.prepareSynchronization(tag: tag)
    case .zero(let isDiscard):
      let deallocating = isDiscard || zeroesByHoles
      ring.prepareZero(
        at: request.offset, count: request.count, deallocating: deallocating, tag: tag)
    }
  }

  /// A request that is done.
  struct Finished {
    let head: UInt16
    let status: Int
    /// Where the status is to stand.
    let address: GuestAddress
    /// The bytes written to the guest's memory, with the status.
    let written: UInt32
    let start: UInt64
  }

  /// Takes the next request that is done; nil when there is none, and the kernel has the rest.
  mutating func next() throws(SystemCallError) -> Finished? {
    while true {
      guard let completion = ring.next() else {
        if ring.prepared == 0 { return nil }
        try ring.submit()
        continue
      }
      if let finished = take(&transfers[Int(completion.tag)].value, completion) {
        free.append(Int(completion.tag))
        return finished
      }
    }
  }

  private mutating func take(
    _ transfer: inout BlockTransfer, _ completion: FileRing.Completion
  ) -> Finished? {
    if let finished = finish(&transfer, completion.result) { return finished }
    // It is done in part, or was put off.
    prepare(&transfer, completion.tag)
    return nil
  }

  /// Waits until a request is done, or something else has happened, unless there is none.
  mutating func wait() throws(SystemCallError) {
    if ring.inFlight > 0 { try ring.submit(isWaiting: true) }
  }

  /// Ends a request of which the kernel says `result`; nil when it is not done.
  private mutating func finish(_ transfer: inout BlockTransfer, _ result: Int32) -> Finished? {
    guard let status = Self.status(of: &transfer, result) else { return nil }
    bytesInFlight -= Int(transfer.request.dataCount)
    if alignment != nil {
      bouncedBytes -= transfer.bouncedBytes
      transfer.end()
    }
    return Finished(
      head: transfer.head, status: status, address: transfer.status,
      written: status == HVT_BLOCK_OK ? transfer.request.writtenCount : 1, start: transfer.start)
  }

  private static func status(of transfer: inout BlockTransfer, _ result: Int32) -> Int? {
    if result == -Errno.wouldBlock.rawValue || result == -Errno.interrupted.rawValue,
      transfer.attempts < attemptLimit
    {
      transfer.attempts += 1
      return nil
    }
    guard result >= 0 else { return HVT_BLOCK_IO_ERROR }
    guard transfer.request.dataCount > 0 else { return HVT_BLOCK_OK }
    // A file that was cut under us ends early.
    guard result > 0 else { return HVT_BLOCK_IO_ERROR }
    return transfer.advance(by: Int(result)) ? HVT_BLOCK_OK : nil
  }
}
