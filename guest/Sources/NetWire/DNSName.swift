// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A domain name (RFC 1035, section 3.1), absolute. Upper and lower case are equal, and kept.
///
/// Its bytes are those of the wire: labels, each behind its length, up to the empty one.
public struct DNSName: Sendable {
  /// The most bytes on the wire.
  public static let capacity = 255
  /// The most bytes of a label.
  public static let labelCapacity = 63
  /// The name of no labels.
  public static let root = DNSName(wire: [0])

  /// The bytes on the wire, without compression.
  package let wire: [UInt8]

  private init(wire: [UInt8]) {
    self.wire = wire
  }

  /// A name of these labels, first to last; nil when one of them or all together are too long.
  init?(labels: [UInt8]) {
    guard labels.count < Self.capacity else { return nil }
    wire = labels + [0]
  }

  /// Reads a name at `offset` of a message and moves that behind it; nil when it is malformed.
  /// A pointer (RFC 1035, section 4.1.4) has to lead to before everything that led to it, so that a
  /// name has an end.
  public init?(_ message: Span<UInt8>, at offset: inout Int) {
    var bytes: [UInt8] = []
    var position = offset
    var lowest = offset
    var end: Int?
    while position < message.count {
      let length = Int(message[position])
      switch length >> 6 {
      case 0 where length == 0:
        bytes.append(0)
        offset = end ?? position + 1
        wire = bytes
        return
      case 0:
        guard position + length < message.count, bytes.count + length + 2 <= Self.capacity
        else { return nil }
        for index in position...position + length {
          bytes.append(message[index])
        }
        position += 1 + length
      case 3:
        guard position + 1 < message.count else { return nil }
        let target = Int(message.bigEndian16(at: position) & 0x3fff)
        guard target < lowest else { return nil }
        end = end ?? position + 2
        lowest = target
        position = target
      default: return nil
      }
    }
    return nil
  }

  /// Reads the name that `bytes` are, without compression; nil when they are anything else.
  public init?(_ bytes: Span<UInt8>) {
    var offset = 0
    guard bytes.count <= Self.capacity, let name = DNSName(bytes, at: &offset),
      offset == bytes.count
    else { return nil }
    self = name
  }

  /// The bytes on the wire, without compression.
  public var byteCount: Int { wire.count }

  /// Whether there are no labels.
  public var isRoot: Bool { wire.count == 1 }

  /// How many labels there are.
  public var labelCount: Int {
    var count = 0
    var position = 0
    while wire[position] != 0 {
      position += 1 + Int(wire[position])
      count += 1
    }
    return count
  }

  /// The name without its first label; nil for the root.
  public var parent: DNSName? {
    isRoot ? nil : DNSName(wire: Array(wire[(1 + Int(wire[0]))...]))
  }

  /// Whether the first label is an asterisk (RFC 4592, section 2.1.1).
  public var isWildcard: Bool { wire[0] == 1 && wire[1] == UInt8(ascii: "*") }

  /// Whether the name is `other` or below it.
  public func isWithin(_ other: DNSName) -> Bool {
    var position = 0
    while wire.count - position > other.wire.count {
      position += 1 + Int(wire[position])
    }
    guard wire.count - position == other.wire.count else { return false }
    return other.wire.indices.allSatisfy {
      Self.lowercase(wire[position + $0]) == Self.lowercase(other.wire[$0])
    }
  }

  /// The name of a label below this one; nil when it would be too long.
  public func child(_ label: some Collection<UInt8>) -> DNSName? {
    let count = label.count
    guard count > 0, count <= Self.labelCapacity, 1 + count + wire.count <= Self.capacity
    else { return nil }
    return DNSName(wire: [UInt8(count)] + label + wire)
  }

  /// This name's labels in front of those of `suffix`; nil when they would be too long.
  public func appending(_ suffix: DNSName) -> DNSName? {
    guard wire.count - 1 + suffix.wire.count <= Self.capacity else { return nil }
    return DNSName(wire: wire.dropLast() + suffix.wire)
  }

  /// The name with the case of every letter as a bit of `bits` says it, which makes an answer hard
  /// to guess.
  package func mixingCase(_ bits: (Int) -> Bool) -> DNSName {
    var bytes = wire
    for index in bytes.indices where bits(index) {
      let lower = bytes[index] | 0x20
      // No length of a label is a letter: these are at most 63.
      if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower), bytes[index] > 63 {
        bytes[index] ^= 0x20
      }
    }
    return DNSName(wire: bytes)
  }

  /// An upper-case letter of ASCII as a lower-case one (RFC 4343).
  package static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}

extension DNSName: Hashable {
  /// Whether the names are the same but for case.
  public static func == (left: DNSName, right: DNSName) -> Bool {
    left.wire.count == right.wire.count && left.isWithin(right)
  }

  /// Hashes the name without regard to case.
  public func hash(into hasher: inout Hasher) {
    for byte in wire {
      hasher.combine(Self.lowercase(byte))
    }
  }
}
