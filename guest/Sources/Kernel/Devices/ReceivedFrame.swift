// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A frame that a net device has received, where the device has put it. Its buffer goes back to the
/// device at the end of this value's life: whoever keeps many keeps new ones from coming.
public struct ReceivedFrame: ~Copyable, Sendable {
  /// The size of the frame, in bytes.
  public let count: Int
  let slot: UInt16
  let port: NetPort

  init?(port: NetPort) {
    guard let (slot, count) = port.nextFrame() else { return nil }
    self.port = port
    self.slot = slot
    self.count = count
  }

  deinit {
    port.release(slot)
  }

  /// The bytes of the frame.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: the buffer is this value's, and larger than any frame in it.
      let start = unsafe UnsafePointer(port.receiveBuffers.frame(slot))
      return unsafe _overrideLifetime(Span(_unsafeStart: start, count: count), borrowing: self)
    }
  }
}
