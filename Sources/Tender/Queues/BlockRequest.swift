// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import Virtqueue

/// Why a request is not carried out: its status.
struct BlockRefusal: Error {
  let status: Int

  static let inputOutput = Self(status: HVT_BLOCK_IO_ERROR)
  static let unsupported = Self(status: HVT_BLOCK_UNSUPPORTED)
}

/// What a block device is: asking an existential each time would cost more than the answer.
struct BlockGeometry {
  let capacity: UInt64
  let blockSize: UInt64
  let isReadOnly: Bool
  let features: QueueFeatures

  init(_ device: any BlockDevice) {
    capacity = device.capacity
    blockSize = UInt64(device.blockSize)
    isReadOnly = device.isReadOnly
    features = device.features
  }
}

/// What a chain asks a block device for, checked (hvt-abi/SPEC.md, "Block" of "Queues").
struct BlockRequest {
  enum Operation {
    case read
    case write
    case flush
    case zero(isDiscard: Bool)
  }

  let operation: Operation
  /// Where in the device, in bytes.
  private(set) var offset: UInt64 = 0
  /// How many bytes: those of the data of a read or write.
  private(set) var count: UInt64 = 0

  /// Where the data of a chain begin.
  static let headerSize = UInt64(MemoryLayout<BlockRequestHeader>.size)
  private static let sectorSize = UInt64(HVT_BLOCK_SECTOR)
  /// The most data of a request. Buffers may overlap, so that memory alone is no bound.
  private static let dataLimit: UInt64 = 1 << 30

  /// The request of `chain`, which has room for the header and the status.
  init(
    _ chain: borrowing Chain, of device: borrowing BlockGeometry, _ memory: borrowing GuestMemory
  ) throws(BlockRefusal) {
    let header = chain.load(BlockRequestHeader.self, at: 0, memory)
    let (sent, asked) = (chain.readableBytes - Self.headerSize, chain.writableBytes - 1)
    switch Int(header.type) {
    case HVT_BLOCK_IN:
      operation = .read
      guard sent == 0, asked <= Self.dataLimit else { throw .inputOutput }
      try setRange(sector: header.sector, asked, of: device)
    case HVT_BLOCK_OUT:
      operation = .write
      if device.isReadOnly { throw .unsupported }
      guard asked == 0, sent <= Self.dataLimit else { throw .inputOutput }
      try setRange(sector: header.sector, sent, of: device)
    case HVT_BLOCK_FLUSH:
      operation = .flush
    case HVT_BLOCK_DISCARD where device.features.contains(.discard):
      operation = .zero(isDiscard: true)
      try setZeroes(chain, sent, of: device, memory)
    case HVT_BLOCK_WRITE_ZEROES where device.features.contains(.writeZeroes):
      operation = .zero(isDiscard: false)
      try setZeroes(chain, sent, of: device, memory)
    default: throw .unsupported
    }
  }

  /// Takes the range that the data of `chain`, `size` bytes, describe.
  private mutating func setZeroes(
    _ chain: borrowing Chain, _ size: UInt64, of device: borrowing BlockGeometry,
    _ memory: borrowing GuestMemory
  ) throws(BlockRefusal) {
    guard size == UInt64(MemoryLayout<BlockRange>.size) else { throw .inputOutput }
    if device.isReadOnly { throw .unsupported }
    let range = chain.load(BlockRange.self, at: Self.headerSize, memory)
    try setRange(sector: range.sector, UInt64(range.sectors) * Self.sectorSize, of: device)
  }

  /// Takes `count` bytes from `sector` on, which must be whole blocks, at least one, inside the
  /// device.
  private mutating func setRange(
    sector: UInt64, _ count: UInt64, of device: borrowing BlockGeometry
  ) throws(BlockRefusal) {
    let (offset, overflow) = sector.multipliedReportingOverflow(by: Self.sectorSize)
    let block = device.blockSize
    guard !overflow, count > 0, count % block == 0, offset % block == 0,
      count <= device.capacity, offset <= device.capacity - count
    else { throw .inputOutput }
    (self.offset, self.count) = (offset, count)
  }

  /// The bytes that the request moves.
  var dataCount: UInt64 {
    switch operation {
    case .read, .write: count
    case .flush, .zero: 0
    }
  }

  /// The bytes written to the guest's memory, with the status, when all goes well.
  var writtenCount: UInt32 {
    if case .read = operation { UInt32(count) + 1 } else { 1 }
  }
}
