// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

extension HTTPServerConnection {
  /// Appends the head of the response, with its framing: a content length when it is known, else
  /// chunks, or for a client of HTTP/1.0 the end of the connection. `length` nil is not known. Fields
  /// of the response about these matters are left out.
  public mutating func appendHead(
    _ response: HTTPResponse, length: UInt64?, date: HTTPDate, to output: inout [UInt8]
  ) throws(HTTPSerializer.Failure) {
    let code = response.status.code
    if awaitsContinue {
      // Whether the content comes at all, nobody knows.
      isPersistent = false
    }
    let hasContent = code != 204 && code != 304
    let next: Writing =
      !hasContent || verb == .head
      ? .empty
      : length.map { .bytes(remaining: $0) } ?? (version == .http11 ? .chunks : .untilClose)
    if case .untilClose = next {
      isPersistent = false
    }
    try HTTPSerializer.append(response, to: &output) { name in
      name.equalsInAnyCase("content-length") || name.equalsInAnyCase("transfer-encoding")
        || name.equalsInAnyCase("connection") || name.equalsInAnyCase("date")
    }
    writing = next
    HTTPSerializer.append(date, to: &output)
    if hasContent {
      if let length {
        HTTPSerializer.append("content-length", length, to: &output)
      } else if version == .http11 {
        output.append("transfer-encoding: chunked\r\n")
      }
    }
    appendPersistence(to: &output)
    output.append("\r\n")
  }

  /// Appends content, as far as the response has content: not for HEAD, and not more than its length.
  public mutating func appendBody(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
    switch writing {
    case .bytes(let remaining):
      let count = Int(min(remaining, UInt64(bytes.count)))
      output.append(copyOf: bytes.extracting(first: count))
      writing = .bytes(remaining: remaining - UInt64(count))
    case .chunks: ChunkedEncoder.append(bytes, to: &output)
    case .untilClose: output.append(copyOf: bytes)
    case .none, .awaited, .empty: break
    }
  }

  /// Whether content of the response goes anywhere.
  public var sendsBody: Bool {
    switch writing {
    case .bytes, .chunks, .untilClose: true
    case .none, .awaited, .empty: false
    }
  }

  /// Appends the end of the response. The connection is over when content is missing.
  public mutating func appendEnd(
    _ trailers: HTTPFields = [:], at now: UInt64, to output: inout [UInt8]
  ) {
    switch writing {
    case .bytes(let remaining) where remaining > 0: isPersistent = false
    case .chunks: ChunkedEncoder.appendEnd(trailers, to: &output)
    case .awaited: isPersistent = false
    case .none, .empty, .bytes, .untilClose: break
    }
    endResponse(at: now)
  }

  /// Appends the response to what was refused, which is the last one. Nothing is appended inside of
  /// another response, or behind that to the same request.
  public mutating func appendRefusal(
    _ error: HTTPMessageError, date: HTTPDate, to output: inout [UInt8]
  ) {
    stopReading()
    switch writing {
    case .none where isAnswered: return
    case .none, .awaited: break
    case .empty, .bytes, .chunks, .untilClose: return
    }
    output.append("HTTP/1.1 ")
    output.append(text: error.status.description)
    output.append("\r\n")
    HTTPSerializer.append(date, to: &output)
    output.append("content-length: 0\r\nconnection: close\r\n\r\n")
    writing = .none
  }

  /// Appends the whole response from a file, but for content that `output` should not grow by: the
  /// caller sends the range that this returns from the file's content, and then calls `fileSent`.
  public mutating func append(
    _ file: StaticFile, for request: HTTPRequestHead, date: HTTPDate, at now: UInt64,
    to output: inout [UInt8]
  ) -> Range<Int> {
    if awaitsContinue {
      isPersistent = false
    }
    let answer = StaticAnswer(request, file)
    if isPersistent && version == .http11 && answer.isWholeFile {
      file.appendPage(date: date, withContent: answer.sendsContent, to: &output)
    } else {
      file.appendHead(answer, date: date, to: &output)
      appendPersistence(to: &output)
      output.append("\r\n")
      if answer.sendsContent && file.isSmall {
        let content = file.content
        output.append(copyOf: content.span.extracting(answer.range))
      }
    }
    let rest = answer.sendsContent && !file.isSmall ? answer.range : 0..<0
    writing = .bytes(remaining: UInt64(rest.count))
    if rest.isEmpty {
      endResponse(at: now)
    }
    return rest
  }

  /// What `append` of a file returned has been sent.
  public mutating func fileSent(at now: UInt64) {
    endResponse(at: now)
  }

  /// Only what is not the version's way has to be said (RFC 9112, section 9.3).
  private func appendPersistence(to output: inout [UInt8]) {
    if !isPersistent {
      output.append("connection: close\r\n")
    } else if version == .http10 {
      output.append("connection: keep-alive\r\n")
    }
  }
}
