// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A message of the domain name system (RFC 1035, section 4.1).
public struct DNSMessage: Hashable, Sendable {
  /// The most records of a message that is read, so that small ones do not take much memory.
  public static let recordLimit = 1000

  /// The header. When the message is written, the counts are those of what it has.
  public var header: DNSHeader
  /// What is asked.
  public var questions: [DNSQuestion] = []
  /// What answers it.
  public var answers: [DNSRecord] = []
  /// Who knows more.
  public var authorities: [DNSRecord] = []
  /// What the reader will want to know next, without the OPT record.
  public var additional: [DNSRecord] = []
  /// What the sender can do, if it says so.
  public var edns: EDNS?

  /// A message of a header.
  public init(header: DNSHeader) {
    self.header = header
  }

  /// The response code, of both its parts.
  public var responseCode: DNSResponseCode {
    DNSResponseCode(
      rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | UInt16(header.responseCode))
  }

  /// Reads a message; nil when it is malformed. What stands behind its records is not looked at.
  public init?(_ bytes: Span<UInt8>) {
    guard let header = DNSHeader(bytes),
      header.questionCount + header.answerCount + header.authorityCount + header.additionalCount
        <= Self.recordLimit
    else { return nil }
    self.header = header
    var offset = DNSHeader.size
    for _ in 0..<header.questionCount {
      guard let question = DNSQuestion(bytes, at: &offset) else { return nil }
      questions.append(question)
    }
    guard Self.read(header.answerCount, bytes, at: &offset, into: &answers),
      Self.read(header.authorityCount, bytes, at: &offset, into: &authorities),
      Self.read(header.additionalCount, bytes, at: &offset, into: &additional)
    else { return nil }
    if let index = additional.firstIndex(where: { $0.type == .opt }) {
      let record = additional.remove(at: index)
      // There is one at most, and it has no name (RFC 6891, section 6.1.1).
      guard record.name.isRoot, !additional.contains(where: { $0.type == .opt }) else { return nil }
      edns = EDNS(recordClass: record.recordClass.rawValue, timeToLive: record.timeToLive)
    }
  }

  private static func read(
    _ count: Int, _ bytes: Span<UInt8>, at offset: inout Int, into records: inout [DNSRecord]
  ) -> Bool {
    for _ in 0..<count {
      guard let record = DNSRecord(bytes, at: &offset) else { return false }
      records.append(record)
    }
    return true
  }

  /// The bytes on the wire. The caller sees to it that they are few enough for what carries them.
  public func encoded() -> [UInt8] {
    var writer = DNSWriter()
    for question in questions {
      writer.append(question)
    }
    for record in answers + authorities + additional {
      writer.append(record)
    }
    if let edns {
      writer.append(edns)
    }
    var header = header
    header.questionCount = questions.count
    header.answerCount = answers.count
    header.authorityCount = authorities.count
    header.additionalCount = additional.count + (edns == nil ? 0 : 1)
    writer.setHeader(header)
    return writer.bytes
  }
}
