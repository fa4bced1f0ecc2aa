// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import SystemCalls
internal import SystemPackage
internal import Virtqueue

/// The request queue of a block device (hvt-abi/SPEC.md, "Block" of "Queues").
final class BlockQueue {
  let handle: UInt64
  private let device: any BlockDevice
  private var requests: Virtqueue
  private let counters: MachineCounters
  private let stop: StopSignal

  private static let headerSize = UInt64(MemoryLayout<BlockRequestHeader>.size)
  private static let sectorSize = UInt64(HVT_BLOCK_SECTOR)
  /// The most data of a request. Buffers may overlap, so that memory alone is no bound.
  private static let dataLimit: UInt64 = 1 << 30
  /// A request of so much data takes long enough to look for a stop behind it.
  private static let longRequest: UInt64 = 1 << 20

  init(
    _ device: any BlockDevice, _ entry: QueueEntry, _ counters: MachineCounters, stop: StopSignal
  ) {
    self.counters = counters
    self.stop = stop
    handle = UInt64(entry.handle)
    self.device = device
    requests = Virtqueue(entry)
  }

  func armDoorbell(_ memory: borrowing GuestMemory) -> Bool { requests.armDoorbell(in: memory) }

  func hasNews(_ memory: borrowing GuestMemory) -> Bool { requests.hasNews(in: memory) }

  /// Carries out the requests that the guest has made available; no more of them once the guest is to
  /// stop. Whether there were any.
  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    for _ in 0..<requests.size {
      guard try take(memory) else { break }
      let chain = requests.chain
      let start = monotonicNanoseconds()
      let (status, written) = carryOut(chain, memory)
      counters[handle].requests.add(from: start, to: monotonicNanoseconds())
      if status != HVT_BLOCK_OK { counters[handle].requests.errors.add() }
      let byteCount = chain.readableBytes + chain.writableBytes
      chain.store(UInt8(status), at: byteCount - 1, memory)
      requests.put(chain.head, length: written + 1, in: memory)
      if byteCount >= Self.longRequest, try isStopped() { break }
    }
    return requests.publish(in: memory)
  }

  private func take(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    do throws(QueueFault) {
      guard try requests.take(from: memory) else { return false }
      let chain = requests.chain
      guard chain.readableBytes >= Self.headerSize, chain.writableBytes >= 1 else {
        throw .incomplete(head: chain.head, lacking: "a header or room for the status")
      }
      return true
    } catch {
      throw .guest(GuestFault(.queue(handle: handle, .request, error)))
    }
  }

  private func isStopped() throws(ServiceError) -> Bool {
    do throws(SystemCallError) {
      return try stop.isRequested()
    } catch {
      throw .host(error)
    }
  }

  /// The status of the request, and the bytes of data that were written to the guest's memory.
  private func carryOut(
    _ chain: borrowing Chain, _ memory: borrowing GuestMemory
  ) -> (status: Int, written: UInt32) {
    let header = chain.load(BlockRequestHeader.self, at: 0, memory)
    let (offset, overflow) = header.sector.multipliedReportingOverflow(by: Self.sectorSize)
    let (sent, asked) = (chain.readableBytes - Self.headerSize, chain.writableBytes - 1)
    do throws(Errno) {
      switch Int(header.type) {
      case HVT_BLOCK_IN:
        guard !overflow, sent == 0, isRange(offset, asked) else { return (HVT_BLOCK_IO_ERROR, 0) }
        counters[handle].requests.reads.add()
        counters[handle].requests.readBytes.add(asked)
        try transfer(chain, at: offset, from: Self.headerSize, asked, isWrite: false, memory)
        return (HVT_BLOCK_OK, UInt32(asked))
      case HVT_BLOCK_OUT:
        if device.isReadOnly { return (HVT_BLOCK_UNSUPPORTED, 0) }
        guard !overflow, asked == 0, isRange(offset, sent) else { return (HVT_BLOCK_IO_ERROR, 0) }
        counters[handle].requests.writes.add()
        counters[handle].requests.writtenBytes.add(sent)
        try transfer(chain, at: offset, from: Self.headerSize, sent, isWrite: true, memory)
      case HVT_BLOCK_FLUSH:
        counters[handle].requests.others.add()
        try device.flush()
      case HVT_BLOCK_DISCARD where device.features.contains(.discard):
        return (try zero(chain, sent, memory, isDiscard: true), 0)
      case HVT_BLOCK_WRITE_ZEROES where device.features.contains(.writeZeroes):
        return (try zero(chain, sent, memory, isDiscard: false), 0)
      default: return (HVT_BLOCK_UNSUPPORTED, 0)
      }
      return (HVT_BLOCK_OK, 0)
    } catch {
      return (HVT_BLOCK_IO_ERROR, 0)
    }
  }

  /// Whether `count` bytes at `offset` are whole blocks, at least one and not too many, inside the
  /// device.
  private func isRange(_ offset: UInt64, _ count: UInt64) -> Bool {
    let block = UInt64(device.blockSize)
    return count > 0 && count <= Self.dataLimit && count % block == 0 && offset % block == 0
      && count <= device.capacity && offset <= device.capacity - count
  }

  /// Moves `count` bytes of data between the device at `offset` and the chain behind `start`.
  private func transfer(
    _ chain: borrowing Chain, at offset: UInt64, from start: UInt64, _ count: UInt64,
    isWrite: Bool, _ memory: borrowing GuestMemory
  ) throws(Errno) {
    var (skipped, left, position) = (start, count, offset)
    for segment in chain.segments where left > 0 {
      let length = UInt64(segment.length)
      guard skipped < length else {
        skipped -= length
        continue
      }
      let address = GuestAddress(segment.address.rawValue + skipped)
      let part = min(length - skipped, left)
      let done: Void? = try memory.withTenderAccess(at: address, count: part) {
        bytes throws(Errno) in
        if isWrite {
          try device.write(bytes.bytes, at: position)
        } else {
          try device.read(at: position, into: &bytes)
        }
      }
      precondition(done != nil, "a chain's buffers have been checked")
      (skipped, left, position) = (0, left - part, position + part)
    }
  }

  private func zero(
    _ chain: borrowing Chain, _ size: UInt64, _ memory: borrowing GuestMemory, isDiscard: Bool
  ) throws(Errno) -> Int {
    guard size == UInt64(MemoryLayout<BlockRange>.size) else { return HVT_BLOCK_IO_ERROR }
    if device.isReadOnly { return HVT_BLOCK_UNSUPPORTED }
    let range = chain.load(BlockRange.self, at: Self.headerSize, memory)
    let (offset, overflow) = range.sector.multipliedReportingOverflow(by: Self.sectorSize)
    let count = UInt64(range.sectors) * Self.sectorSize
    guard !overflow, isRange(offset, count) else { return HVT_BLOCK_IO_ERROR }
    counters[handle].requests.others.add()
    try device.zero(at: offset, count: count, isDiscard: isDiscard)
    return HVT_BLOCK_OK
  }
}
