// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import SystemCalls
internal import SystemPackage
internal import Virtqueue

/// Requests to devices without a ring.
extension BlockQueue {
  /// The most that is copied at once.
  private static var largestBounce: Int { 1 << 20 }

  /// Carries out `request`, which `chain` makes.
  func carryOut(
    _ request: BlockRequest, _ chain: borrowing Chain, _ memory: borrowing GuestMemory
  ) throws(BlockRefusal) {
    do throws(Errno) {
      switch request.operation {
      case .read, .write: try transfer(request, chain, memory)
      case .flush: try device.flush()
      case .zero(let isDiscard):
        try device.zero(at: request.offset, count: request.count, isDiscard: isDiscard)
      }
    } catch {
      throw .inputOutput
    }
  }

  private func transfer(
    _ request: BlockRequest, _ chain: borrowing Chain, _ memory: borrowing GuestMemory
  ) throws(Errno) {
    var buffers = IOVectors()
    chain.append(
      from: BlockRequest.headerSize, count: request.count, to: &buffers, memory)
    // A device is given whole blocks only, and a chain may divide them.
    let areWhole = buffers.areAligned(address: 1, length: Int(device.blockSize))
    let bounce =
      areWhole ? nil : AlignedBuffer(byteCount: min(buffers.byteCount, Self.largestBounce))
    var offset = request.offset
    while buffers.byteCount > 0 {
      let count = min(bounce?.byteCount ?? buffers.firstByteCount, buffers.byteCount)
      if let bounce {
        try step(request, bounce, count, at: offset, &buffers)
      } else {
        try buffers.withFirst { bytes throws(Errno) in
          try move(request, &bytes, at: offset)
        }
      }
      buffers.removeFirst(count)
      offset += UInt64(count)
    }
  }

  /// Moves the first `count` bytes of `buffers` through `bounce`.
  private func step(
    _ request: BlockRequest, _ bounce: AlignedBuffer, _ count: Int, at offset: UInt64,
    _ buffers: inout IOVectors
  ) throws(Errno) {
    if case .write = request.operation { buffers.copy(to: bounce, count: count) }
    try bounce.withBytes(count) { bytes throws(Errno) in
      try move(request, &bytes, at: offset)
    }
    if case .read = request.operation { buffers.copy(from: bounce, count: count) }
  }

  private func move(
    _ request: BlockRequest, _ bytes: inout MutableRawSpan, at offset: UInt64
  ) throws(Errno) {
    if case .write = request.operation {
      try device.write(bytes.bytes, at: offset)
    } else {
      try device.read(at: offset, into: &bytes)
    }
  }
}
