// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Memory that frames are sent from, without being copied. It stays as long as a frame refers to it;
/// what is written to it until a frame has been sent may be what the frame says.
///
/// Sendable because nothing runs at the same time as its user.
@safe
public final class FrameMemory: @unchecked Sendable {
  /// The size, in bytes.
  public let count: Int
  private let start: UnsafeMutablePointer<UInt8>
  /// How many parts of frames that are not sent yet refer to it.
  package var useCount = 0

  /// Makes memory of `count` zeros.
  public init(count: Int) {
    precondition(count > 0, "memory of no bytes")
    self.count = count
    unsafe start = .allocate(capacity: count)
    unsafe start.initialize(repeating: 0, count: count)
  }

  deinit {
    unsafe start.deallocate()
  }

  /// Whether a frame that is not known to be sent refers to it.
  public var isInUse: Bool { useCount > 0 }

  /// The bytes.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: there are `count` bytes, as long as there is this object.
      unsafe _overrideLifetime(
        Span(_unsafeStart: UnsafePointer(start), count: count), borrowing: self)
    }
  }

  /// Changes the bytes.
  public func edit(_ body: (inout MutableSpan<UInt8>) -> Void) {
    // SAFETY: there are `count` bytes.
    var bytes = unsafe MutableSpan(_unsafeStart: start, count: count)
    body(&bytes)
  }

  /// Where the bytes of `range` are.
  package func address(_ range: Range<Int>) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "not inside the memory")
    return UInt64(UInt(bitPattern: unsafe start + range.lowerBound))
  }
}
