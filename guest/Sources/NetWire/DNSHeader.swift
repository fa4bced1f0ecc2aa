// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of a message of the domain name system (RFC 1035, section 4.1.1).
///
///      0    2                                                      4
///     | ID | QR opcode(4) AA TC RD | RA Z AD CD response code(4) | QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT
public struct DNSHeader: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 12

  /// What the sender of a query knows the response by.
  public var id: UInt16
  /// QR: whether this is a response.
  public var isResponse = false
  /// The kind of query, 0 to 15: 0 for a question.
  public var opcode: UInt8 = 0
  /// AA: whether the server has authority over the name.
  public var isAuthoritative = false
  /// TC: whether a part is missing because there was no room for it.
  public var isTruncated = false
  /// RD: whether the server is to ask other servers.
  public var isRecursionDesired = false
  /// RA: whether the server would ask other servers.
  public var isRecursionAvailable = false
  /// The low four bits of the response code.
  public var responseCode: UInt8 = 0
  /// QDCOUNT
  public var questionCount = 0
  /// ANCOUNT
  public var answerCount = 0
  /// NSCOUNT
  public var authorityCount = 0
  /// ARCOUNT
  public var additionalCount = 0

  /// The header of a query without questions.
  public init(id: UInt16) {
    self.id = id
  }

  /// Reads the header of a message; nil when it is too short.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    id = bytes.bigEndian16(at: 0)
    isResponse = bytes[2] & 0x80 != 0
    opcode = bytes[2] >> 3 & 15
    isAuthoritative = bytes[2] & 4 != 0
    isTruncated = bytes[2] & 2 != 0
    isRecursionDesired = bytes[2] & 1 != 0
    isRecursionAvailable = bytes[3] & 0x80 != 0
    responseCode = bytes[3] & 15
    questionCount = Int(bytes.bigEndian16(at: 4))
    answerCount = Int(bytes.bigEndian16(at: 6))
    authorityCount = Int(bytes.bigEndian16(at: 8))
    additionalCount = Int(bytes.bigEndian16(at: 10))
  }

  /// Writes the header to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes.store(id, at: 0)
    bytes[2] =
      (isResponse ? 0x80 : 0) | (opcode & 15) << 3 | (isAuthoritative ? 4 : 0)
      | (isTruncated ? 2 : 0) | (isRecursionDesired ? 1 : 0)
    bytes[3] = (isRecursionAvailable ? 0x80 : 0) | responseCode & 15
    bytes.store(UInt16(truncatingIfNeeded: questionCount), at: 4)
    bytes.store(UInt16(truncatingIfNeeded: answerCount), at: 6)
    bytes.store(UInt16(truncatingIfNeeded: authorityCount), at: 8)
    bytes.store(UInt16(truncatingIfNeeded: additionalCount), at: 10)
  }
}
