// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A fixed number of buffers of one size, each for the header that goes through queues and a frame.
@safe
struct FrameBuffers {
  static let headerSize = MemoryLayout<hvt_net_header>.size

  let count: Int
  /// The largest frame.
  let capacity: Int
  private let stride: Int
  private let start: UnsafeMutableRawPointer

  /// Makes `count` buffers, or as many as fit into an eighth of the free memory. They are never freed.
  init(count: Int, capacity: Int) {
    // No two buffers share a line of the processor's cache.
    let line = 64
    stride = (Self.headerSize + capacity + line - 1) & ~(line - 1)
    self.count = max(1, min(count, sl_malloc_available() / 8 / stride))
    self.capacity = capacity
    unsafe start = .allocate(byteCount: self.count * stride, alignment: line)
  }

  /// The header of buffer `slot`.
  @unsafe
  func header(_ slot: UInt16) -> UnsafeMutablePointer<hvt_net_header> {
    precondition(Int(slot) < count)
    return unsafe (start + Int(slot) * stride).assumingMemoryBound(to: hvt_net_header.self)
  }

  /// The memory for the frame of buffer `slot`, `capacity` bytes.
  @unsafe
  func frame(_ slot: UInt16) -> UnsafeMutablePointer<UInt8> {
    let bytes = unsafe UnsafeMutableRawPointer(header(slot)) + Self.headerSize
    return unsafe bytes.assumingMemoryBound(to: UInt8.self)
  }

  /// A descriptor of header and frame, `count` bytes of that, in buffer `slot`.
  func descriptor(_ slot: UInt16, count: Int, flags: Int) -> hvt_descriptor {
    hvt_descriptor(
      address: UInt64(UInt(bitPattern: unsafe header(slot))),
      length: UInt32(Self.headerSize + count), flags: UInt16(flags), next: 0)
  }
}
