// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

/// Answers queries about a zone, with authority over it (RFC 1034, section 4.3.1).
///
/// All answers are prepared when the server is made, so that a query is answered by a look into a
/// table and a copy.
public struct NameServer: Sendable {
  /// What brought a query, and takes the answer back.
  public enum Transport: Sendable {
    /// Datagrams, which have room for little.
    case udp
    /// A connection, on which every message stands behind its length.
    case tcp
  }

  /// The largest message without EDNS (RFC 1035, section 4.2.1).
  private static let smallestLimit = 512
  /// The largest message by UDP: what is not divided into fragments on nearly all paths.
  private static let udpLimit: UInt16 = 1232
  private static let tcpLimit = 65_535

  private let index: ZoneIndex

  /// Prepares the answers of `zone`.
  public init(_ zone: Zone) {
    index = ZoneIndex(zone)
  }

  /// Appends the answer to a query to `reply`, or nothing where none is due: to what is no query.
  @_lifetime(reply: copy reply)
  public func answer(
    _ query: Span<UInt8>, over transport: Transport, into reply: inout OutputSpan<UInt8>
  ) {
    guard let header = DNSHeader(query), !header.isResponse, reply.freeCapacity >= DNSHeader.size
    else { return }
    guard header.opcode == 0 else {
      refuse(header, .notImplemented, into: &reply)
      return
    }
    guard let request = DNSQuery(query) else {
      refuse(header, .formatError, into: &reply)
      return
    }
    let limit = min(Self.limit(request, transport), reply.freeCapacity)
    guard limit >= request.question.upperBound + EDNS.size else { return }
    if let edns = request.edns, edns.version != 0 {
      fail(request, query, .badVersion, into: &reply)
    } else if request.questionClass != .internet || request.type.isMeta && request.type != .any {
      fail(request, query, .refused, into: &reply)
    } else if let answer = index.answer(query, name: request.name, type: request.type) {
      append(answer, request, query, limit: limit, into: &reply)
    } else {
      fail(request, query, .refused, into: &reply)
    }
  }

  private static func limit(_ query: DNSQuery, _ transport: Transport) -> Int {
    switch transport {
    case .tcp: tcpLimit
    case .udp:
      max(smallestLimit, Int(min(query.edns?.udpPayloadSize ?? 0, udpLimit)))
    }
  }

  /// Answers with no more than a header.
  @_lifetime(reply: copy reply)
  private func refuse(
    _ query: DNSHeader, _ code: DNSResponseCode, into reply: inout OutputSpan<UInt8>
  ) {
    var header = Self.response(to: query)
    header.opcode = query.opcode
    header.responseCode = UInt8(code.rawValue)
    reply.append(count: DNSHeader.size) { header.emit(into: &$0) }
  }

  /// Answers with the question and a code.
  @_lifetime(reply: copy reply)
  private func fail(
    _ request: DNSQuery, _ query: Span<UInt8>, _ code: DNSResponseCode,
    into reply: inout OutputSpan<UInt8>
  ) {
    var header = Self.response(to: request.header)
    header.questionCount = 1
    header.responseCode = UInt8(truncatingIfNeeded: code.rawValue & 15)
    append(header, request, query, into: &reply)
    appendEDNS(request, code, into: &reply)
  }

  /// Appends the header and the question of the query, as it was written.
  @_lifetime(reply: copy reply)
  private func append(
    _ header: DNSHeader, _ request: DNSQuery, _ query: Span<UInt8>,
    into reply: inout OutputSpan<UInt8>
  ) {
    var header = header
    header.additionalCount += request.edns == nil ? 0 : 1
    reply.append(copyOf: query.extracting(..<request.question.upperBound)) {
      header.emit(into: &$0)
    }
  }

  @_lifetime(reply: copy reply)
  private func appendEDNS(
    _ request: DNSQuery, _ code: DNSResponseCode, into reply: inout OutputSpan<UInt8>
  ) {
    guard let edns = request.edns else { return }
    var own = EDNS(udpPayloadSize: Self.udpLimit)
    own.extendedResponseCode = UInt8(truncatingIfNeeded: code.rawValue >> 4)
    own.wantsDNSSEC = edns.wantsDNSSEC
    reply.append(count: EDNS.size) { own.emit(into: &$0, at: 0) }
  }

  @_lifetime(reply: copy reply)
  private func append(
    _ answer: PreparedAnswers.Answer, _ request: DNSQuery, _ query: Span<UInt8>, limit: Int,
    into reply: inout OutputSpan<UInt8>
  ) {
    var header = Self.response(to: request.header)
    header.questionCount = 1
    header.isAuthoritative = answer.isAuthoritative
    header.responseCode = UInt8(truncatingIfNeeded: answer.code.rawValue)
    let room = limit - request.question.upperBound - (request.edns == nil ? 0 : EDNS.size)
    var range = answer.start..<answer.end
    header.additionalCount = answer.additionalCount
    if range.count > room {
      range = answer.start..<answer.essentialEnd
      header.additionalCount = 0
    }
    if range.count > room {
      header.isTruncated = true
      range = answer.start..<answer.start
    } else {
      header.answerCount = answer.answerCount
      header.authorityCount = answer.authorityCount
    }
    append(header, request, query, into: &reply)
    let shift = request.name.count - answer.nameSize
    reply.append(copyOf: index.prepared.bytes.span.extracting(range)) { bytes in
      if shift != 0 {
        move(answer.pointers, by: shift, in: &bytes)
      }
    }
    appendEDNS(request, .noError, into: &reply)
  }

  /// Moves the pointers that stand in `bytes`.
  private func move(_ pointers: Range<Int>, by shift: Int, in bytes: inout MutableSpan<UInt8>) {
    for index in pointers {
      let position = Int(self.index.prepared.pointers[index])
      guard position + 1 < bytes.count else { return }
      let target = (Int(bytes[position] & 0x3f) << 8 | Int(bytes[position + 1])) + shift
      bytes[position] = 0xc0 | UInt8(truncatingIfNeeded: target >> 8)
      bytes[position + 1] = UInt8(truncatingIfNeeded: target)
    }
  }

  private static func response(to query: DNSHeader) -> DNSHeader {
    var header = DNSHeader(id: query.id)
    header.isResponse = true
    header.isRecursionDesired = query.isRecursionDesired
    return header
  }
}
