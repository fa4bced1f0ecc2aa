// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// Answers as they stand in messages behind the question.
///
/// An answer is prepared for a question of some name and serves for all names that end in the same
/// labels. In these, what follows the name stands elsewhere, by the difference of the sizes of the
/// names, and so does the rest of the name itself, so that pointers have to be moved. Those to the
/// whole name, which is where it always is, stay.
struct PreparedAnswers {
  /// A label of which no zone has a name.
  static let placeholder: [UInt8] = [0]

  /// An answer.
  struct Answer {
    /// Where its bytes are, and where those end that are not additional.
    let start: Int
    let essentialEnd: Int
    let end: Int
    /// Which of the pointers it has.
    let pointers: Range<Int>
    /// The size of the name of the question that it was prepared for.
    let nameSize: Int
    let code: DNSResponseCode
    let isAuthoritative: Bool
    let answerCount: Int
    let authorityCount: Int
    let additionalCount: Int
  }

  private(set) var answers: [Answer] = []
  /// The bytes of all answers.
  private(set) var bytes: [UInt8] = []
  /// Where the pointers stand that have to be moved, counted from the start of the answer.
  private(set) var pointers: [UInt16] = []

  /// Prepares an answer. Returns its index.
  mutating func prepare(_ answer: ZoneAnswer, for name: DNSName, _ type: DNSRecordType) -> Int {
    var writer = DNSWriter()
    writer.append(DNSQuestion(name, type))
    let start = writer.bytes.count
    for record in answer.answers + answer.authorities {
      writer.append(record)
    }
    let essential = writer.bytes.count - start
    for record in answer.additional {
      writer.append(record)
    }
    let firstPointer = pointers.count
    for pointer in writer.pointers {
      let isToQuestion =
        writer.bytes[pointer] == 0xc0 && writer.bytes[pointer + 1] == UInt8(DNSHeader.size)
      if !isToQuestion {
        pointers.append(UInt16(truncatingIfNeeded: pointer - start))
      }
    }
    let position = bytes.count
    bytes += writer.bytes[start...]
    answers.append(
      Answer(
        start: position,
        // What a referral names cannot be reached without its addresses (RFC 9471).
        essentialEnd: answer.isReferral ? bytes.count : position + essential, end: bytes.count,
        pointers: firstPointer..<pointers.count, nameSize: name.byteCount, code: answer.code,
        isAuthoritative: answer.isAuthoritative, answerCount: answer.answers.count,
        authorityCount: answer.authorities.count, additionalCount: answer.additional.count))
    return answers.count - 1
  }
}
