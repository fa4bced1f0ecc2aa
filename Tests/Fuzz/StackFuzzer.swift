// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Lets a host talk with peers that say what the input wants, in frames with right checksums and
/// addresses, while its applications do what the input wants, and checks every frame that it sends,
/// every byte that it receives, and that what it holds is bounded.
///
/// An input is a byte of options and then steps, each a byte and its operands.
@c(LLVMFuzzerTestOneInput)
public func fuzzStack(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  let session = StackSession(options: input.byte())
  while !input.isEmpty { session.step(&input) }
  session.end()
  return 0
}
