// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The parts of a path that its route leaves open, decoded.
public struct PathParameters: Sendable {
  private(set) var values: [(name: String, value: String)] = []

  /// No parameters.
  public init() {}

  mutating func append(_ name: [UInt8], _ value: Span<UInt8>) {
    values.append((name.span.text, value.text))
  }

  /// The value of the parameter of this name; it has to be in the route.
  public subscript(name: String) -> String {
    for entry in values where entry.name.utf8.elementsEqual(name.utf8) {
      return entry.value
    }
    preconditionFailure("the route has no such parameter")
  }
}
