// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Runs guests in a virtual machine: an input is translated to a guest's code, which makes hypercalls and
/// writes rings, and to what the devices do meanwhile, which is to fail and to write to the rings, too.
@c(LLVMFuzzerTestOneInput)
public func fuzzMachine(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  do {
    try Laboratory.shared.run(&input)
  } catch {
    fatalError("\(error)")
  }
  return 0
}
