// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

let host = MACAddress([0x02, 0, 0, 0, 0, 0x01])
let guest = MACAddress([0x02, 0, 0, 0, 0, 0x02])
let hostAddress = IPv4Address(rawValue: 0x0a00_0001)
let guestAddress = IPv4Address(rawValue: 0x0a00_0002)

/// What `emit` writes into `count` bytes that were not zero.
func emitted(_ count: Int, _ emit: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xa5, count: count)
  var span = bytes.mutableSpan
  emit(&span)
  return bytes
}

/// An IPv4 header of a 64-byte UDP packet, captured.
let capturedHeader: [UInt8] = [
  0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01,
  0xc0, 0xa8, 0x00, 0xc7,
]

/// What `parse` reads from `bytes`. (The testing macros cannot pass spans along.)
func parsed<Value>(_ bytes: [UInt8], as parse: (Span<UInt8>) -> Value?) -> Value? {
  parse(bytes.span)
}
