// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A request to a block device's queue, as the guest thinks of it.
struct BlockRequest {
  /// VIRTIO's number.
  let type: Int
  /// Where a transfer starts, in units of 512 bytes.
  var sector: UInt64 = 0
  /// The memory of a transfer, which is its user's until the request is complete.
  var address: UInt64 = 0
  var count = 0
  /// The range of a request that transfers nothing.
  var range: hvt_block_range?
}
