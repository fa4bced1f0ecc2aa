// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// The name of a text that is known to be one.
func name(_ text: String) throws -> DNSName {
  guard let name = DNSName(text) else { throw NotAName(text: text) }
  return name
}

struct NotAName: Error {
  let text: String
}
