// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes

/// What a parser made of some bytes.
struct Transcript: Equatable {
  /// One line a message: start line, fields, content, trailers.
  var messages: [String] = []
  var error: HTTPMessageError?
  /// Whether the parser is inside of a message.
  var isIncomplete = false
}

private struct Collector {
  var transcript = Transcript()
  private var content: [UInt8] = []

  mutating func addHead(_ text: String) {
    transcript.messages.append(text)
    content = []
  }

  mutating func addBody(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      content.append(bytes[index])
    }
  }

  mutating func end(_ trailers: HTTPFields) {
    let body = content.isEmpty ? "" : " {\(String(decoding: content, as: UTF8.self))}"
    let last = transcript.messages.count - 1
    transcript.messages[last] += body + trailers.map { " +\($0)" }.joined()
  }
}

/// Cuts bytes into pieces at the offsets.
func pieces(_ bytes: [UInt8], at cuts: [Int]) -> [ArraySlice<UInt8>] {
  let ends = cuts + [bytes.count]
  let starts = [0] + cuts
  return zip(starts, ends).map { bytes[$0..<$1] }
}

private func describe(_ request: HTTPRequest, _ version: HTTPVersion) -> String {
  let start = "\(request.method) \(request.path ?? "-") \(version) @\(request.authority ?? "")"
  return start + request.headerFields.map { " [\($0)]" }.joined()
}

/// Parses requests that arrive in these pieces.
func parseRequests(
  _ pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()
) -> Transcript {
  var parser = HTTPRequestParser(limits: limits)
  var collector = Collector()
  var waiting: [UInt8] = []
  do throws(HTTPMessageError) {
    for piece in pieces {
      waiting += piece
      while true {
        let step = try parser.parse(waiting.span)
        switch step.event {
        case .head(let head): collector.addHead(describe(head.httpRequest, head.version))
        case .body(let range): collector.addBody(waiting.span.extracting(range))
        case .end(let trailers): collector.end(trailers.fields)
        case nil: break
        }
        waiting.removeFirst(step.consumed)
        if step.event == nil {
          break
        }
      }
    }
  } catch {
    collector.transcript.error = error
  }
  collector.transcript.isIncomplete = !parser.isIdle
  return collector.transcript
}

/// Parses requests that arrive at once.
func parseRequests(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Transcript {
  parseRequests([ArraySlice(text.utf8)], limits: limits)
}

/// Parses responses to requests of these verbs, up to the end of the connection.
func parseResponses(
  _ pieces: [ArraySlice<UInt8>], to verbs: [HTTPVerb] = [.get], limits: HTTPLimits = HTTPLimits(),
  thenClose: Bool = true
) -> Transcript {
  var parser = HTTPResponseParser(limits: limits)
  var collector = Collector()
  var waiting: [UInt8] = []
  var responseCount = 0
  do throws(HTTPMessageError) {
    for piece in pieces {
      waiting += piece
      while true {
        let verb = verbs[min(responseCount, verbs.count - 1)]
        let step = try parser.parse(waiting.span, to: verb)
        switch step.event {
        case .head(let head):
          let fields = head.response.headerFields.map { " [\($0)]" }.joined()
          let persistence = head.isPersistent ? "" : " last"
          collector.addHead("\(head.response.status)\(fields)\(persistence)")
        case .body(let range): collector.addBody(waiting.span.extracting(range))
        case .end(let trailers):
          collector.end(trailers.fields)
          responseCount += 1
        case nil: break
        }
        waiting.removeFirst(step.consumed)
        if step.event == nil {
          break
        }
      }
    }
    if thenClose, try parser.finish() {
      collector.end([:])
    }
  } catch {
    collector.transcript.error = error
  }
  collector.transcript.isIncomplete = !parser.isIdle
  return collector.transcript
}
