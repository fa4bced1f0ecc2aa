// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes

/// Reads any bytes as requests or as responses, whole and in pieces: how they arrive must make no
/// difference, and what was read must come out again when it is written.
///
/// An input is a byte that chooses what is done, a number of offsets to cut at, those, and the
/// bytes.
@c(LLVMFuzzerTestOneInput)
public func fuzzHTTP(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  let choice = input.byte()
  var limits = HTTPLimits()
  if choice & 8 != 0 {
    (limits.startLineBytes, limits.headBytes, limits.fieldCount) = (40, 120, 4)
    (limits.bodyBytes, limits.chunkExtensionBytes, limits.trailerBytes) = (30, 12, 20)
  }
  let offsets = (0..<Int(input.byte() % 8)).map { _ in Int(input.byte()) }
  let bytes = input.rest()
  let cuts = offsets.map { min($0, bytes.count) }.sorted()
  switch choice % 3 {
  case 0:
    let whole = parseRequests([bytes[...]], limits: limits)
    precondition(whole == parseRequests(pieces(bytes, at: cuts), limits: limits))
    precondition(whole == parseRequests(bytes.indices.map { bytes[$0..<$0 + 1] }, limits: limits))
    checkWriting(bytes)
  case 1:
    let verbs: [HTTPVerb] = choice & 16 != 0 ? [.head, .get] : [.get, .connect, .head]
    let whole = parseResponses([bytes[...]], to: verbs, limits: limits)
    precondition(whole == parseResponses(pieces(bytes, at: cuts), to: verbs, limits: limits))
  default:
    let whole = Service.exchange([bytes[...]], limits: limits)
    precondition(whole == Service.exchange(pieces(bytes, at: cuts), limits: limits))
  }
  return 0
}

/// What was read of a request is written and read again. It is written as HTTP/1.1, which has rules
/// that a request of HTTP/1.0 need not keep.
private func checkWriting(_ bytes: [UInt8]) {
  guard let head = firstHead(bytes), head.version == .http11 else { return }
  let request = head.httpRequest
  var written: [UInt8] = []
  do throws(HTTPSerializer.Failure) {
    try HTTPSerializer.append(request, to: &written)
  } catch {
    preconditionFailure("cannot be written: \(error)")
  }
  guard let again = firstHead(written)?.httpRequest else { preconditionFailure("unreadable") }
  precondition(again.headerFields == request.headerFields && again.method == request.method)
  precondition(again.path == request.path)
  precondition(again.authority ?? "" == request.authority ?? "")
}

private func firstHead(_ bytes: [UInt8]) -> HTTPRequestHead? {
  var parser = HTTPRequestParser()
  guard case .head(let head)? = try? parser.parse(bytes.span).event else { return nil }
  return head
}

/// A server of a few routes.
private struct Service {
  private enum Route {
    case file(StaticFile)
    case echo
    case parameters
  }

  private static let date = HTTPDate(secondsSince1970: 784_111_777)
  // It never changes.
  nonisolated(unsafe) private static let routes: RouteTable<Route> = {
    let page = Array("0123456789".utf8)
    var routes = RouteTable<Route>()
    routes.add(.get, "/", .file(StaticFile(page, type: "text/html", lastModified: date)))
    routes.add(
      .get, "/big", .file(StaticFile([UInt8](repeating: 0x61, count: 20_000), type: "text/plain")))
    routes.add(.post, "/echo", .echo)
    routes.add(.get, "/users/{id}/{rest...}", .parameters)
    return routes
  }()

  private var connection: HTTPServerConnection
  private var output: [UInt8] = []
  private var verbs: [HTTPVerb] = []
  private var content: [UInt8] = []
  private var isEcho = false

  private init(limits: HTTPLimits) {
    connection = HTTPServerConnection(limits: limits, at: 0)
  }

  /// What it answers to what arrives in these pieces, which a client has to be able to read.
  static func exchange(_ pieces: [ArraySlice<UInt8>], limits: HTTPLimits) -> [UInt8] {
    var service = Service(limits: limits)
    var waiting: [UInt8] = []
    for piece in pieces {
      waiting += piece
      service.take(&waiting)
    }
    service.connection.receiveEnd()
    precondition(service.connection.isRequestComplete)
    service.checkOutput()
    return service.output
  }

  private mutating func take(_ waiting: inout [UInt8]) {
    while true {
      let step = connection.receive(waiting.span, at: 0)
      precondition((0...waiting.count).contains(step.consumed))
      switch step.event {
      case .request(let head): begin(head)
      case .body(let range):
        if isEcho { content += waiting[range] }
      case .end:
        if isEcho { endEcho() }
      case .refused(let error):
        if !connection.isResponding || !connection.sendsBody { verbs.append(.get) }
        connection.appendRefusal(error, date: Self.date, to: &output)
      case nil:
        waiting.removeFirst(step.consumed)
        precondition(waiting.isEmpty || connection.isRequestComplete)
        return
      }
      waiting.removeFirst(step.consumed)
    }
  }

  private mutating func begin(_ head: HTTPRequestHead) {
    isEcho = false
    verbs.append(head.verb)
    switch Self.routes.match(head.verb, head.path) {
    case .found(.file(let file), _):
      let rest = connection.append(file, for: head, date: Self.date, at: 0, to: &output)
      output += file.content[rest]
      if !rest.isEmpty { connection.fileSent(at: 0) }
    case .found(.echo, _):
      isEcho = true
      content = []
      // An interim response is no response of its own.
      connection.appendContinue(to: &output)
    case .found(.parameters, let parameters):
      respond(.ok, Array("\(parameters["id"]) \(parameters["rest"])".utf8), length: true)
    case .methodNotAllowed: respond(.methodNotAllowed, [], length: true)
    case .notFound: respond(.notFound, [], length: false)
    }
  }

  private mutating func endEcho() {
    isEcho = false
    respond(.ok, content, length: false)
  }

  private mutating func respond(
    _ status: HTTPResponse.Status, _ body: [UInt8], length: Bool
  ) {
    do throws(HTTPSerializer.Failure) {
      try connection.appendHead(
        HTTPResponse(status: status), length: length ? UInt64(body.count) : nil, date: Self.date,
        to: &output)
    } catch {
      preconditionFailure("cannot be written: \(error)")
    }
    connection.appendBody(body.span, to: &output)
    connection.appendEnd(at: 0, to: &output)
  }

  /// Every response can be read, and there is one for each request at most.
  private func checkOutput() {
    let transcript = parseResponses([output[...]], to: verbs.isEmpty ? [.get] : verbs)
    precondition(transcript.error == nil && !transcript.isIncomplete)
    let interim = transcript.messages.filter { $0.hasPrefix("100") }.count
    precondition(transcript.messages.count - interim <= verbs.count)
  }
}
