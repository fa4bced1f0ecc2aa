// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import IORing
internal import SystemCalls
internal import SystemPackage
internal import Virtqueue

/// The requests of a block queue that the kernel has, through io_uring.
///
/// They name the guest's memory, which must stay until `isIdle`.
final class BlockRing {
  private var ring: FileRing
  private let alignment: DirectAlignment?
  private var transfers: [BlockTransfer] = []
  /// The indices of the transfers without a request.
  private var free: [Int] = []
  private var bytesInFlight = 0
  private var bouncedBytes = 0

  /// The most requests that the kernel has at once.
  private static let entries = 128
  /// With so many bytes in flight no further request is begun: they are what an end waits for.
  private static let bytesEnough = 64 << 20
  /// With so many bytes of bounce buffers no further request is begun.
  private static let bouncedEnough = 8 << 20
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
  }

  deinit { precondition(isIdle, "the kernel has none of the guest's memory any more") }

  /// Makes the calling thread the ring's; false where it cannot be.
  func enable() -> Bool {
    do throws(SystemCallError) {
      try ring.enable()
      return true
    } catch {
      return false
    }
  }

  /// Polls readable when a request has been done while that was announced.
  var descriptor: CInt { ring.descriptor }

  /// Has later completions announced or not; one that came before, `collect` finds.
  func setAnnouncing(_ isAnnouncing: Bool) { ring.setAnnouncing(isAnnouncing) }

  /// Makes `descriptor` wait again.
  func lower() { ring.lower() }

  /// Whether the kernel has no request.
  var isIdle: Bool { ring.inFlight == ring.prepared }

  /// Whether another request may begin.
  var hasRoom: Bool {
    ring.inFlight < Self.entries && bytesInFlight < Self.bytesEnough
      && bouncedBytes < Self.bouncedEnough
  }

  /// Prepares `request`, which `chain` makes.
  func begin(
    _ request: BlockRequest, _ chain: borrowing Chain, at start: UInt64,
    _ memory: borrowing GuestMemory
  ) {
    if free.isEmpty {
      free.append(transfers.count)
      transfers.append(BlockTransfer(request))
    }
    let index = free.removeLast()
    let transfer = transfers[index]
    transfer.begin(request, chain, at: start, alignment: alignment, memory)
    bytesInFlight += Int(request.dataCount)
    bouncedBytes += transfer.bouncedBytes
    prepare(index)
  }

  private func prepare(_ index: Int) {
    let (transfer, tag) = (transfers[index], UInt64(index))
    let (request, isPatient) = (transfer.request, transfer.attempts > 0)
    switch request.operation {
    case .read:
      transfer.withNextBuffers { buffers in
        // SAFETY: they and the guest's memory stay until the request is done.
        unsafe ring.prepareRead(
          into: buffers, at: transfer.offset, isPatient: isPatient, tag: tag)
      }
    case .write:
      transfer.withNextBuffers { buffers in
        // SAFETY: as above.
        unsafe ring.prepareWrite(
          buffers, at: transfer.offset, isPatient: isPatient, tag: tag)
      }
    case .flush: ring.prepareSynchronization(tag: tag)
    case .zero(let isDiscard):
      ring.prepareZero(
        at: request.offset, count: request.count, deallocating: isDiscard, tag: tag)
    }
  }

  /// Submits what is prepared, and calls `body` with each request that is done and its status.
  func collect(_ body: (BlockTransfer, Int) -> Void) throws(SystemCallError) {
    repeat {
      if ring.prepared > 0 { try ring.submit() }
      take(body)
      // What was done in part, or put off, is prepared again.
    } while ring.prepared > 0
  }

  /// Waits until a request is done, or something else has happened, unless there is none.
  func wait() throws(SystemCallError) {
    if ring.inFlight > 0 { try ring.submit(isWaiting: true) }
  }

  private func take(_ body: (BlockTransfer, Int) -> Void) {
    while let completion = ring.next() {
      let index = Int(completion.tag)
      let transfer = transfers[index]
      guard let status = status(of: transfer, completion.result) else {
        prepare(index)
        continue
      }
      body(transfer, status)
      bytesInFlight -= Int(transfer.request.dataCount)
      bouncedBytes -= transfer.bouncedBytes
      transfer.end()
      free.append(index)
    }
  }

  /// The status of a request of which the kernel says `result`; nil when it is not done.
  private func status(of transfer: BlockTransfer, _ result: Int32) -> Int? {
    if result == -Errno.wouldBlock.rawValue || result == -Errno.interrupted.rawValue,
      transfer.attempts < Self.attemptLimit
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
