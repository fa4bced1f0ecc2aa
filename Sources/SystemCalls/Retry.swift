// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc

func systemErrno() -> CInt { Glibc.errno }

/// Calls `body` until it does not fail with EINTR; nil when it fails otherwise.
@inline(__always)
public func retryingInterrupts<Result: FixedWidthInteger & SignedInteger>(
  _ body: () -> Result
) -> Result? {
  while true {
    let result = body()
    if result != -1 { return result }
    if Glibc.errno != EINTR { return nil }
  }
}
