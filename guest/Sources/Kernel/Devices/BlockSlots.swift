// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// What the descriptors of requests name beside the data, for a fixed number of requests.
@safe
struct BlockSlots {
  // One line of the processor's cache for each.
  private static let stride = 64
  private static let rangeOffset = 16
  private static let statusOffset = 32

  private let start: UnsafeMutableRawPointer

  init(count: Int) {
    unsafe start = .allocate(byteCount: count * Self.stride, alignment: Self.stride)
  }

  /// Writes the parts of `request`, and returns the descriptors of its chain: two, or three with data.
  func fill(
    _ slot: UInt16, with request: BlockRequest
  ) -> (header: hvt_descriptor, data: hvt_descriptor?, status: hvt_descriptor) {
    // SAFETY: there are as many records as there are slots, and each has room for its parts.
    let record = unsafe start + Int(slot) * Self.stride
    let header = hvt_block_request(
      type: UInt32(request.type), reserved: 0, sector: request.sector)
    unsafe record.storeBytes(of: header, as: hvt_block_request.self)
    unsafe record.storeBytes(of: .max, toByteOffset: Self.statusOffset, as: UInt8.self)
    let place = UInt64(UInt(bitPattern: record))
    var data: hvt_descriptor?
    if let range = request.range {
      unsafe record.storeBytes(of: range, toByteOffset: Self.rangeOffset, as: hvt_block_range.self)
      data = Self.descriptor(
        place + UInt64(Self.rangeOffset), MemoryLayout<hvt_block_range>.size, isWritten: false)
    } else if request.count > 0 {
      data = Self.descriptor(
        request.address, request.count, isWritten: request.type == HVT_BLOCK_IN)
    }
    return (
      Self.descriptor(place, MemoryLayout<hvt_block_request>.size, isWritten: false), data,
      Self.descriptor(place + UInt64(Self.statusOffset), 1, isWritten: true)
    )
  }

  /// What the tender has said of a request.
  func status(_ slot: UInt16) -> Int {
    // SAFETY: there are as many records as there are slots.
    Int(
      unsafe start.load(fromByteOffset: Int(slot) * Self.stride + Self.statusOffset, as: UInt8.self)
    )
  }

  private static func descriptor(
    _ address: UInt64, _ count: Int, isWritten: Bool
  ) -> hvt_descriptor {
    hvt_descriptor(
      address: address, length: UInt32(count),
      flags: UInt16(isWritten ? HVT_DESCRIPTOR_WRITE : 0), next: 0)
  }
}
