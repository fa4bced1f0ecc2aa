// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemPackage

/// The host's end of a guest's disk.
///
/// Only the machine's own thread calls it, one call at a time, with offsets and sizes that are
/// multiples of `blockSize` and inside `capacity`, and never a write to a read-only device.
public protocol BlockDevice: Sendable {
  /// The size in bytes; a positive multiple of `blockSize`.
  var capacity: UInt64 { get }
  /// The sector size in bytes: a power of two, from 512 to 32,768.
  var blockSize: UInt16 { get }
  /// Whether the guest may only read.
  var isReadOnly: Bool { get }

  /// Fills `buffer` from `offset` on. What it throws reaches the guest as HVT_EUNSPEC.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno)

  /// Writes `bytes` at `offset`. What it throws reaches the guest as HVT_EUNSPEC.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno)
}
