// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import SystemCalls
internal import Virtqueue

extension Chain {
  /// The value at `offset` of the buffers, which must hold it. They may divide it anywhere.
  func load<Value: BitwiseCopyable>(
    _ type: Value.Type, at offset: UInt64, _ memory: borrowing GuestMemory
  ) -> Value {
    let size = UInt64(MemoryLayout<Value>.size)
    if let address = address(of: size, at: offset), let value = memory.load(type, at: address) {
      return value
    }
    // SAFETY: the callers' types are the ABI's, for which any bytes are valid.
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { value in
      let bytes = UnsafeMutableRawBufferPointer(value)
      for index in 0..<Int(size) {
        let byte = address(of: 1, at: offset + UInt64(index)).flatMap {
          memory.load(UInt8.self, at: $0)
        }
        unsafe bytes[index] = byte ?? 0
      }
      return unsafe value[0]
    }
  }

  /// Writes `value` at `offset` of the buffers, which must have room for it.
  func store<Value: BitwiseCopyable>(
    _ value: Value, at offset: UInt64, _ memory: borrowing GuestMemory
  ) {
    let size = UInt64(MemoryLayout<Value>.size)
    if let address = address(of: size, at: offset) {
      memory.store(value, at: address)
      return
    }
    unsafe withUnsafeBytes(of: value) { bytes in
      for index in bytes.indices {
        guard let address = self.address(of: 1, at: offset + UInt64(index)) else { return }
        memory.store(unsafe bytes[index], at: address)
      }
    }
  }

  /// Adds the buffers from `offset` on to `vectors`.
  func append(
    from offset: UInt64, to vectors: inout IOVectors, _ memory: borrowing GuestMemory
  ) {
    var skipped = offset
    // By index: an iterator holds the array, which costs two locked instructions.
    for index in segments.indices {
      let (address, length) = (segments[index].address.rawValue, UInt64(segments[index].length))
      guard skipped < length else {
        skipped -= length
        continue
      }
      let isInside = memory.append(
        GuestAddress(address + skipped), count: length - skipped, to: &vectors)
      precondition(isInside, "a chain's buffers have been checked")
      skipped = 0
    }
  }

  /// Where the `count` bytes at `offset` are; nil when they are not in one buffer.
  func address(of count: UInt64, at offset: UInt64) -> GuestAddress? {
    var start: UInt64 = 0
    for index in segments.indices {
      let end = start + UInt64(segments[index].length)
      if offset < end {
        guard offset + count <= end else { return nil }
        return GuestAddress(segments[index].address.rawValue + (offset - start))
      }
      start = end
    }
    return nil
  }
}
