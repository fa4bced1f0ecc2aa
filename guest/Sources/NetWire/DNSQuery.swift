// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a server needs of a query of one question, read without taking memory.
public struct DNSQuery: Sendable {
  /// The header.
  public let header: DNSHeader
  /// Where the name stands, which is not compressed.
  public let name: Range<Int>
  /// What is asked for.
  public let type: DNSRecordType
  /// In which kind of network.
  public let questionClass: DNSClass
  /// What the sender can do, if it says so.
  public let edns: EDNS?

  /// Where the question stands.
  public var question: Range<Int> { name.lowerBound..<name.upperBound + 4 }

  /// Reads a query; nil when it is malformed, has not one question, or has records that a query has
  /// not.
  public init?(_ bytes: Span<UInt8>) {
    guard let header = DNSHeader(bytes), header.questionCount == 1, header.answerCount == 0,
      header.authorityCount == 0
    else { return nil }
    var offset = DNSHeader.size
    while offset < bytes.count, bytes[offset] != 0 {
      guard bytes[offset] <= DNSName.labelCapacity else { return nil }
      offset += 1 + Int(bytes[offset])
    }
    offset += 1
    guard offset - DNSHeader.size <= DNSName.capacity, offset + 4 <= bytes.count else { return nil }
    self.header = header
    name = DNSHeader.size..<offset
    type = DNSRecordType(rawValue: bytes.bigEndian16(at: offset))
    questionClass = DNSClass(rawValue: bytes.bigEndian16(at: offset + 2))
    offset += 4
    var edns: EDNS?
    for _ in 0..<header.additionalCount {
      guard Self.readAdditional(bytes, at: &offset, &edns) else { return nil }
    }
    self.edns = edns
  }

  /// Reads an additional record at `offset`; false when it is malformed or a second OPT record.
  private static func readAdditional(
    _ bytes: Span<UInt8>, at offset: inout Int, _ edns: inout EDNS?
  ) -> Bool {
    let start = offset
    while offset < bytes.count, bytes[offset] != 0, bytes[offset] < 0xc0 {
      guard bytes[offset] <= DNSName.labelCapacity else { return false }
      offset += 1 + Int(bytes[offset])
    }
    guard offset < bytes.count else { return false }
    let isRoot = offset == start && bytes[offset] == 0
    offset += bytes[offset] == 0 ? 1 : 2
    guard offset + 10 <= bytes.count else { return false }
    let fields = offset
    offset += 10 + Int(bytes.bigEndian16(at: fields + 8))
    guard offset <= bytes.count else { return false }
    if bytes.bigEndian16(at: fields) == DNSRecordType.opt.rawValue {
      guard isRoot, edns == nil else { return false }
      edns = EDNS(
        recordClass: bytes.bigEndian16(at: fields + 2),
        timeToLive: bytes.bigEndian32(at: fields + 4))
    }
    return true
  }
}
