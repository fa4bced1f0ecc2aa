// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A value that cannot be copied, as an element of an array.
final class Box<Value: ~Copyable> {
  var value: Value

  init(_ value: consuming Value) { self.value = value }
}
