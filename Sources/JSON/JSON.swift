// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A JSON value (RFC 8259) that is written and never read; object members keep their order.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case number(UInt64)
  case integer(Int64)
  case string(String)
  case array([JSON])
  case object([(name: String, value: JSON)])

  /// The value as text, indented by two spaces for each level.
  public var text: String {
    var text = ""
    write(to: &text, indentation: "")
    return text
  }

  /// The value as text in one line.
  public var line: String {
    switch self {
    case .null, .bool, .number, .integer, .string: text
    case .array(let values): "[" + values.map(\.line).joined(separator: ", ") + "]"
    case .object(let members):
      "{"
        + members.map { JSON.string($0.name).text + ": " + $0.value.line }.joined(separator: ", ")
        + "}"
    }
  }

  private func write(to text: inout String, indentation: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value): text += String(value)
    case .integer(let value): text += String(value)
    case .string(let value): Self.write(quoted: value, to: &text)
    case .array(let values):
      Self.write(values, between: ("[", "]"), to: &text, indentation: indentation) {
        (value: JSON, text: inout String, indentation: String) in
        value.write(to: &text, indentation: indentation)
      }
    case .object(let members):
      Self.write(members, between: ("{", "}"), to: &text, indentation: indentation) {
        (member: (name: String, value: JSON), text: inout String, indentation: String) in
        Self.write(quoted: member.name, to: &text)
        text += ": "
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between brackets: (open: String, close: String), to text: inout String,
    indentation: String, each write: (Element, inout String, String) -> Void
  ) {
    guard !elements.isEmpty else {
      text += brackets.open + brackets.close
      return
    }
    text += brackets.open
    for (index, element) in elements.enumerated() {
      text += (index == 0 ? "\n" : ",\n") + indentation + "  "
      write(element, &text, indentation + "  ")
    }
    text += "\n" + indentation + brackets.close
  }

  private static func write(quoted string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\u{0}"..."\u{1f}", "\u{7f}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
