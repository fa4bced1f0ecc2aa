// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HVTABI
public import Sandbox
public import SystemPackage

/// The host's end of a guest's disk.
///
/// Only one thread of the machine calls it, one call at a time, with offsets and sizes that are
/// multiples of `blockSize` and inside `capacity`, and never a write to a read-only device.
public protocol BlockDevice: Sendable {
  /// The size in bytes; a positive multiple of `blockSize`.
  var capacity: UInt64 { get }
  /// The sector size in bytes: a power of two, from 512 to 32,768.
  var blockSize: UInt16 { get }
  /// Whether the guest may only read.
  var isReadOnly: Bool { get }
  /// The descriptors that the calls below use, for a sandbox.
  var descriptorAccess: DescriptorAccess { get }

  /// Fills `buffer` from `offset` on. What it throws reaches the guest as HVT_EUNSPEC.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno)

  /// Writes `bytes` at `offset`. What it throws reaches the guest as HVT_EUNSPEC.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno)

  // MARK: - Queues

  /// Which of `discard` and `writeZeroes` the device does.
  var features: QueueFeatures { get }

  /// Returns when everything that has been written is on stable storage.
  func flush() throws(Errno)

  /// Makes `count` bytes at `offset` zero; when `isDiscard`, gives their storage back, too. Called for
  /// what `features` has.
  func zero(at offset: UInt64, count: UInt64, isDiscard: Bool) throws(Errno)
}

/// What a device without storage behind it does.
extension BlockDevice {
  /// None.
  public var descriptorAccess: DescriptorAccess { DescriptorAccess() }

  /// None.
  public var features: QueueFeatures { [] }

  /// Nothing.
  public func flush() throws(Errno) {}

  /// Refuses.
  public func zero(at offset: UInt64, count: UInt64, isDiscard: Bool) throws(Errno) {
    throw .notSupported
  }
}
