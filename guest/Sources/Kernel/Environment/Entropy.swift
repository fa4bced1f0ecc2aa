// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// Fills `bytes` with random bytes that are fit for keys. `SystemRandomNumberGenerator` draws from
/// the same source.
public func fillWithEntropy(_ bytes: inout MutableSpan<UInt8>) {
  unsafe bytes.withUnsafeMutableBytes { buffer in
    // SAFETY: the buffer's own address and size.
    if let start = buffer.baseAddress {
      unsafe sl_entropy_fill(start, buffer.count)
    }
  }
}
