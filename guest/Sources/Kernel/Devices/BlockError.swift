// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a request to a block device was not carried out.
public enum BlockError: Error {
  /// The offset or the size is not a multiple of the block size, the size is zero, or the range
  /// ends behind the device.
  case outOfRange
  /// A write to a device that can only be read.
  case readOnly
  /// The host could not read or write.
  case failed
  /// The device does not have this kind of request.
  case unsupported
  /// The task was cancelled before the request's turn came.
  case cancelled
}
