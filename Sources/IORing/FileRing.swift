// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CIOURing
internal import Glibc
public import SystemCalls
internal import SystemPackage

/// A ring of io_uring through which many requests to one file are under way at once, and through which
/// nothing else can be asked for.
@safe
public struct FileRing: ~Copyable {
  /// The end of a request.
  public struct Completion {
    /// What the request was given when it was prepared.
    public let tag: UInt64
    /// The bytes moved, or the error negated.
    public let result: Int32
  }

  private let ring: OpaquePointer
  private let event: EventDescriptor
  /// Requests prepared and not yet taken as completions.
  public private(set) var inFlight = 0
  private let entries: Int

  /// io_uring_setup(2) with room for `entries` requests, a power of two. Fails where the kernel is
  /// older than 6.1 or does not permit it.
  public init(
    _ file: borrowing Descriptor, entries: Int, isReadOnly: Bool
  ) throws(SystemCallError) {
    let event = try EventDescriptor()
    let ring = unsafe ciouring_open(file.number, event.number, UInt32(entries), isReadOnly)
    guard let ring = unsafe ring else {
      throw SystemCallError("io_uring_setup", on: "@\(file.number)")
    }
    unsafe self.ring = ring
    self.event = event
    self.entries = entries
  }

  deinit { unsafe ciouring_close(ring) }

  /// Makes the calling thread the one that uses the ring. To be called once, before anything below.
  public func enable() throws(SystemCallError) {
    let result = unsafe ciouring_enable(ring)
    guard result >= 0 else { throw Self.error(result) }
  }

  /// Polls readable when there have been completions while they were announced.
  public var descriptor: CInt { event.number }

  /// The ring's own descriptor.
  public var number: CInt { unsafe ciouring_descriptor(ring) }

  /// Announces completions from now on or does not. Those that came before are not announced: they
  /// are to be looked for afterwards.
  public func setAnnouncing(_ isAnnouncing: Bool) {
    unsafe ciouring_announce(ring, isAnnouncing)
  }

  /// Makes `descriptor` wait for the next completion.
  public func lower() { event.lower() }

  /// Requests prepared and not submitted.
  public var prepared: Int { Int(unsafe ciouring_prepared(ring)) }

  // MARK: - Requests

  /// Prepares a read at `offset` into `buffers`, which are to stay as they are, and valid, until the
  /// completion. A patient one is done by a thread of the kernel's that waits for whatever it needs.
  @unsafe
  public mutating func prepareRead(
    into buffers: borrowing IOVectors, at offset: UInt64, isPatient: Bool, tag: UInt64
  ) {
    let list = unsafe buffers.list
    add(
      unsafe ciouring_read(
        ring, list.start, UInt32(list.count), offset, isPatient, tag))
  }

  /// Prepares a write of `buffers` at `offset`, as `prepareRead`.
  @unsafe
  public mutating func prepareWrite(
    _ buffers: borrowing IOVectors, at offset: UInt64, isPatient: Bool, tag: UInt64
  ) {
    let list = unsafe buffers.list
    add(
      unsafe ciouring_write(
        ring, list.start, UInt32(list.count), offset, isPatient, tag))
  }

  /// Prepares what fdatasync(2) does.
  public mutating func prepareSynchronization(tag: UInt64) {
    add(unsafe ciouring_synchronize(ring, tag))
  }

  /// Prepares what `Descriptor.zero` does.
  public mutating func prepareZero(
    at offset: UInt64, count: UInt64, deallocating: Bool, tag: UInt64
  ) {
    add(unsafe ciouring_zero(ring, deallocating, offset, count, tag))
  }

  private mutating func add(_ hasRoom: Bool) {
    precondition(hasRoom && inFlight < entries, "no more requests than the ring has room for")
    inFlight += 1
  }

  // MARK: - Submission and completion

  /// io_uring_enter(2): submits what is prepared, and waits for a completion if `isWaiting`.
  public mutating func submit(isWaiting: Bool = false) throws(SystemCallError) {
    while true {
      let result = unsafe ciouring_submit(ring, isWaiting ? 1 : 0)
      if result >= 0 { return }
      if result == -EINTR { continue }
      throw Self.error(result)
    }
  }

  /// Takes the next completion; nil when there is none yet.
  public mutating func next() -> Completion? {
    var (tag, result) = (UInt64(0), CInt(0))
    guard unsafe ciouring_next(ring, &tag, &result) else { return nil }
    inFlight -= 1
    return Completion(tag: tag, result: result)
  }

  private static func error(_ result: CInt) -> SystemCallError {
    SystemCallError("io_uring_enter", on: "io_uring", errno: Errno(rawValue: -result))
  }
}
