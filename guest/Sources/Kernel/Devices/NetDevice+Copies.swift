// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames

// In a file of its own, because the linker takes or leaves the asynchronous functions of a file
// together: a program that does not copy is smaller.
extension NetDevice {
  /// Waits for a frame, writes it to the start of `buffer` and returns its size. What does not fit
  /// into `buffer` is lost.
  public func receive(into buffer: inout MutableSpan<UInt8>) async throws(NetError) -> Int {
    let frame = try await receive()
    let count = min(frame.count, buffer.count)
    let bytes = frame.span
    unsafe buffer.withUnsafeMutableBufferPointer { to in
      unsafe bytes.withUnsafeBufferPointer { from in
        // SAFETY: neither of the two is smaller than `count`.
        guard let source = from.baseAddress else { return }
        unsafe to.baseAddress?.update(from: source, count: count)
      }
    }
    return count
  }

  /// Sends a copy of `frame`, in the way of the other `send`.
  public func send(_ frame: Span<UInt8>) async throws(NetError) {
    if frame.count < Self.smallestFrame || frame.count > frameCapacity {
      throw .frameSize(frame.count)
    }
    try await send { $0.append(copyOf: frame) }
  }
}
