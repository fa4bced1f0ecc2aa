// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

// These look at bytes: what String offers for it brings parts of Unicode into the image.

extension DNSName {
  /// Reads labels with dots between them. `\` and three decimal digits stand for the byte of that
  /// number, `\` and anything else for that (RFC 1035, section 5.1). A name that does not end in a
  /// dot is relative to `origin`.
  public init?(_ text: String, relativeTo origin: DNSName = .root) {
    self.init(utf8: text.utf8, relativeTo: origin)
  }

  /// Reads the name that `text` spells, as `init(_:relativeTo:)` does.
  public init?(utf8 text: some Collection<UInt8>, relativeTo origin: DNSName = .root) {
    guard let first = text.first else { return nil }
    if first == UInt8(ascii: "."), text.count == 1 {
      self = .root
      return
    }
    var labels: [UInt8] = []
    var label: [UInt8] = []
    var rest = text[...]
    while !rest.isEmpty {
      if rest.first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
        guard Self.close(&label, into: &labels) else { return nil }
      } else {
        guard let byte = Self.takeByte(&rest) else { return nil }
        label.append(byte)
      }
    }
    if label.isEmpty {
      self.init(labels: labels)
    } else {
      guard Self.close(&label, into: &labels), let name = DNSName(labels: labels),
        let whole = name.appending(origin)
      else { return nil }
      self = whole
    }
  }

  private static func close(_ label: inout [UInt8], into labels: inout [UInt8]) -> Bool {
    guard (1...labelCapacity).contains(label.count), labels.count < capacity else { return false }
    labels.append(UInt8(label.count))
    labels += label
    label.removeAll(keepingCapacity: true)
    return true
  }

  /// Takes a byte, which may be escaped, from the start of `text`; nil for an escape that is none.
  package static func takeByte<Text: Collection<UInt8>>(_ text: inout Text) -> UInt8?
  where Text.SubSequence == Text {
    guard let first = text.first else { return nil }
    text = text.dropFirst()
    guard first == UInt8(ascii: "\\") else { return first }
    guard let second = text.first else { return nil }
    guard let digit = digit(second) else {
      text = text.dropFirst()
      return second
    }
    var value = digit
    text = text.dropFirst()
    for _ in 0..<2 {
      guard let byte = text.first, let digit = Self.digit(byte) else { return nil }
      value = value * 10 + digit
      text = text.dropFirst()
    }
    return UInt8(exactly: value)
  }

  private static func digit(_ byte: UInt8) -> Int? {
    let value = Int(byte) - Int(UInt8(ascii: "0"))
    return (0...9).contains(value) ? value : nil
  }
}

extension DNSName: CustomStringConvertible {
  /// The labels, each with a dot behind it, with `\` in front of what has a meaning and with other
  /// bytes than ASCII's graphic ones as decimal numbers.
  public var description: String {
    if isRoot {
      return "."
    }
    var text: [UInt8] = []
    var position = 0
    while wire[position] != 0 {
      let end = position + 1 + Int(wire[position])
      for byte in wire[position + 1..<end] {
        Self.append(byte, to: &text)
      }
      text.append(UInt8(ascii: "."))
      position = end
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(_ byte: UInt8, to text: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "$"):
      text += [UInt8(ascii: "\\"), byte]
    case 0x21...0x7e: text.append(byte)
    default:
      let zero = UInt8(ascii: "0")
      text += [UInt8(ascii: "\\"), zero + byte / 100, zero + byte / 10 % 10, zero + byte % 10]
    }
  }
}
