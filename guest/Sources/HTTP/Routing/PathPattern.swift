// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A path with open parts: `/users/{id}`, `/files/{path...}`. A part is a whole segment; the last one
/// may stand for all that follows.
struct PathPattern {
  private enum Segment {
    case literal([UInt8])
    case parameter([UInt8])
    case rest([UInt8])
  }

  private var segments: [Segment] = []

  init(_ pattern: Span<UInt8>) {
    precondition(!pattern.isEmpty && pattern[0] == UInt8(ascii: "/"), "a route starts with a slash")
    var start = 1
    while start <= pattern.count {
      let end =
        pattern.firstIndex(of: UInt8(ascii: "/"), in: start..<pattern.count) ?? pattern.count
      segments.append(Self.segment(pattern.extracting(start..<end)))
      start = end + 1
    }
  }

  static func isOpen(_ pattern: Span<UInt8>) -> Bool {
    pattern.firstIndex(of: UInt8(ascii: "{"), in: pattern.indices) != nil
  }

  private static func segment(_ text: Span<UInt8>) -> Segment {
    guard text.count > 2, text[0] == UInt8(ascii: "{"), text[text.count - 1] == UInt8(ascii: "}")
    else { return .literal([UInt8](copyOf: text)) }
    let name = text.extracting(1..<text.count - 1)
    if name.count > 3 && name.extracting((name.count - 3)...).equals("...") {
      return .rest([UInt8](copyOf: name.extracting(0..<name.count - 3)))
    }
    return .parameter([UInt8](copyOf: name))
  }

  /// The parameters of a path, percent-encoded, that fits.
  func match(_ path: Span<UInt8>) -> PathParameters? {
    var parameters = PathParameters()
    var start = 1
    for segment in segments {
      guard start <= path.count else { return nil }
      let end = path.firstIndex(of: UInt8(ascii: "/"), in: start..<path.count) ?? path.count
      switch segment {
      case .rest(let name):
        guard let value = PercentEncoding.decode(path.extracting(start...)) else { return nil }
        parameters.append(name, value.span)
        return parameters
      case .literal(let text):
        guard let value = PercentEncoding.decode(path.extracting(start..<end)), value == text
        else { return nil }
      case .parameter(let name):
        guard let value = PercentEncoding.decode(path.extracting(start..<end)), !value.isEmpty
        else { return nil }
        parameters.append(name, value.span)
      }
      start = end + 1
    }
    return start > path.count ? parameters : nil
  }
}
