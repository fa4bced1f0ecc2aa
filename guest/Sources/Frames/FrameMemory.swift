// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding

/// Memory that frames are sent from, without being copied. It stays as long as a frame refers to it;
/// what is changed in it until a frame has been sent may be what the frame says.
///
/// Sendable because nothing runs at the same time as its user.
@safe
public final class FrameMemory: @unchecked Sendable {
  /// The bytes that it has, those that can be read and sent.
  public private(set) var count: Int
  /// The bytes that it has room for.
  public let capacity: Int
  private let start: UnsafeMutablePointer<UInt8>
  /// How many parts of frames that are not sent yet refer to it.
  package var useCount = 0

  /// Makes memory of `count` zeros.
  public init(count: Int) {
    precondition(count > 0, "memory of no bytes")
    self.count = count
    capacity = count
    unsafe start = .allocate(capacity: count)
    unsafe start.initialize(repeating: 0, count: count)
  }

  /// Makes memory of no bytes yet, with room for `capacity`.
  public init(capacity: Int) {
    precondition(capacity > 0, "memory of no bytes")
    count = 0
    self.capacity = capacity
    unsafe start = .allocate(capacity: capacity)
  }

  /// Makes memory that begins with a copy of `bytes`, with room for `capacity` bytes in all.
  public convenience init(copying bytes: Span<UInt8>, capacity: Int) {
    self.init(capacity: max(capacity, bytes.count))
    append(bytes)
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

  /// Adds a copy of as many of `bytes` as there is room for, and returns how many that are. Frames
  /// that are not sent yet do not notice.
  @discardableResult
  public func append(_ bytes: Span<UInt8>) -> Int {
    let added = min(bytes.count, capacity - count)
    unsafe bytes.withUnsafeBufferPointer { from in
      guard let source = from.baseAddress else { return }
      // SAFETY: there are as many bytes in `bytes`, and as much room behind the first `count`.
      unsafe sl_memory_copy(start + count, source, added)
    }
    count += added
    return added
  }

  /// Drops all bytes. No frame may refer to it.
  package func removeAll() {
    precondition(!isInUse, "a frame is to be sent from it")
    count = 0
  }

  /// Where the bytes of `range` are.
  package func address(_ range: Range<Int>) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "not inside the memory")
    return UInt64(UInt(bitPattern: unsafe start + range.lowerBound))
  }
}
