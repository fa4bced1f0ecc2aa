// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
public import SystemCalls

/// A guest's physical memory, mapped into this process. The only way to it is through checked
/// accesses: every address and length is the guest's word, not ours.
@safe
public struct GuestMemory: ~Copyable, @unchecked Sendable {
  /// The size of a large page, which the memory is aligned to and a multiple of.
  public static let largePageSize: UInt64 = 2 << 20

  /// The size in bytes.
  public let byteCount: UInt64
  /// What the guest may do where. Nothing, until it is set.
  public var regions = MemoryRegions()

  @usableFromInline let base: UnsafeMutableRawPointer
  private let mapping: UnsafeMutableRawPointer
  private let mappingSize: Int

  /// Reserves `byteCount` bytes, a multiple of the large page size. They are zero, and take room
  /// only once they are touched. The kernel merges none of its pages with equal ones of others, which
  /// would tell a guest what those hold, and leaves it out of core files unless it `isDumped`.
  public init(byteCount: UInt64, isDumped: Bool = false) throws(SystemCallError) {
    precondition(byteCount > 0 && byteCount % Self.largePageSize == 0 && byteCount <= 4 << 30)
    // One large page more than asked, to align in.
    let mappingSize = Int(byteCount + Self.largePageSize)
    let address = unsafe mmap(
      nil, mappingSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw SystemCallError("mmap", on: "guest memory of \(byteCount) bytes")
    }
    // SAFETY: the mapping is ours. A kernel that merges no pages refuses the first, in vain.
    unsafe madvise(address, mappingSize, MADV_UNMERGEABLE)
    // SAFETY: as above.
    if !isDumped { unsafe madvise(address, mappingSize, MADV_DONTDUMP) }
    unsafe mapping = address
    self.mappingSize = mappingSize
    self.byteCount = byteCount
    unsafe base = address.alignedUp(toMultipleOf: Int(Self.largePageSize))
  }

  deinit { unsafe munmap(mapping, mappingSize) }

  /// Where the memory starts in this process, for KVM.
  public var hostAddress: UInt { unsafe UInt(bitPattern: base) }

  /// Asks for large pages in `range` (MADV_HUGEPAGE): its first touch then costs one fault for
  /// 2 MiB instead of 512, and takes 2 MiB at once. A host without them loses nothing.
  public func adviseLargePages(_ range: Range<UInt64>) {
    guard !range.isEmpty, range.upperBound <= byteCount else { return }
    // SAFETY: just checked to be inside the mapping.
    unsafe madvise(base + Int(range.lowerBound), range.count, MADV_HUGEPAGE)
  }

  // MARK: - The tender's own accesses, before the guest runs and after it faulted

  /// The `count` bytes at `address`, for the tender to read or fill; nil outside the memory.
  /// Does not ask what the guest may do there.
  @inlinable public func withTenderAccess<Result: ~Copyable, Failure: Error>(
    at address: GuestAddress, count: UInt64,
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard address.rawValue <= byteCount, count <= byteCount - address.rawValue else { return nil }
    return try access(address, count, body)
  }

  /// Copies `value` to `address`, which must be inside the memory.
  @inlinable public func store<Value: BitwiseCopyable>(_ value: Value, at address: GuestAddress) {
    let size = UInt64(MemoryLayout<Value>.size)
    let stored: Void? = withTenderAccess(at: address, count: size) { bytes in
      bytes.storeBytes(of: value, as: Value.self)
    }
    precondition(stored != nil, "the tender's own structures lie inside the memory")
  }

  // MARK: - Accesses on behalf of the guest

  /// A copy of the `Value` at `address`, if the guest may read it. Copied once, so that what is
  /// checked is what is used.
  @inlinable public func load<Value: BitwiseCopyable>(
    _ type: Value.Type, at address: GuestAddress
  ) -> Value? {
    let size = UInt64(MemoryLayout<Value>.size)
    guard regions.allows([.guest, .read], at: address, count: size) else { return nil }
    return access(address, size) { bytes in
      // SAFETY: the callers' types are the ABI's, which any bytes are valid for.
      unsafe bytes.unsafeLoadUnaligned(as: Value.self)
    }
  }

  /// Whether the guest may write the `count` bytes at `address`.
  public func isWritable(at address: GuestAddress, count: UInt64) -> Bool {
    regions.allows([.guest, .write], at: address, count: count)
  }

  /// Calls `body` with the `count` bytes at `address`; nil if the guest may not read them all.
  public func withReadableBytes<Result, Failure: Error>(
    at address: GuestAddress, count: UInt64, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard count > 0 else { return try body(RawSpan()) }
    guard regions.allows([.guest, .read], at: address, count: count) else { return nil }
    return try access(address, count) { bytes throws(Failure) in try body(bytes.bytes) }
  }

  /// Calls `body` with the first of up to `limit` bytes at `address`, as many as the guest may execute.
  public func withExecutableBytes<Result, Failure: Error>(
    at address: GuestAddress, atMost limit: UInt64, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var count = limit
    while count > 0, !regions.allows([.guest, .execute], at: address, count: count) { count -= 1 }
    if count == 0 { return try body(RawSpan()) }
    return try access(address, count) { bytes throws(Failure) in try body(bytes.bytes) }
  }

  /// Calls `body` with the `count` bytes at `address`; nil if the guest may not write them all.
  public func withWritableBytes<Result, Failure: Error>(
    at address: GuestAddress, count: UInt64,
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard isWritable(at: address, count: count) else { return nil }
    return try access(address, count, body)
  }

  /// Adds the `count` bytes at `address` to `buffers`, for a system call that ends before the memory
  /// goes. Nothing is added, and false returned, outside the memory. What the guest may do there is the
  /// caller's to ask.
  public func append(
    _ address: GuestAddress, count: UInt64, to buffers: inout IOVectors
  ) -> Bool {
    guard address.rawValue <= byteCount, count <= byteCount - address.rawValue else { return false }
    // SAFETY: just checked to be inside the mapping.
    unsafe buffers.append(
      UnsafeMutableRawBufferPointer(start: base + Int(address.rawValue), count: Int(count)))
    return true
  }

  @inlinable func access<Result: ~Copyable, Failure: Error>(
    _ address: GuestAddress, _ count: UInt64,
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the callers checked that the range is inside the memory; regions never reach past it.
    let bytes = unsafe UnsafeMutableRawBufferPointer(
      start: base + Int(address.rawValue), count: Int(count))
    var span = unsafe bytes.mutableBytes
    return try body(&span)
  }
}
