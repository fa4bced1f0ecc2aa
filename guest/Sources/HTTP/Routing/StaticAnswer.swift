// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a request for a file is answered by (RFC 9110, section 13.2.2).
struct StaticAnswer {
  enum Status {
    case ok
    case partialContent
    case notModified
    case preconditionFailed
    case rangeNotSatisfiable
  }

  let status: Status
  /// The part of the content that the response is about.
  let range: Range<Int>
  /// Whether it is sent.
  let sendsContent: Bool

  /// Whether this is the response to a plain request.
  var isWholeFile: Bool { status == .ok }

  init(_ request: HTTPRequestHead, _ file: StaticFile) {
    let whole = 0..<file.content.count
    if !request.hasConditions {
      self.init(.ok, whole, request)
      return
    }
    if let failure = Self.failure(request, file) {
      self.init(failure, 0..<0, request)
      return
    }
    let range =
      request.verb == .get && Self.allowsRange(request, file)
      ? request.withField("range") { RangeRequest($0, size: file.content.count) } ?? .whole : .whole
    switch range {
    case .whole: self.init(.ok, whole, request)
    case .part(let part): self.init(.partialContent, part, request)
    case .unsatisfiable: self.init(.rangeNotSatisfiable, 0..<0, request)
    }
  }

  private init(_ status: Status, _ range: Range<Int>, _ request: HTTPRequestHead) {
    self.status = status
    self.range = range
    sendsContent = request.verb != .head
  }

  private static func failure(_ request: HTTPRequestHead, _ file: StaticFile) -> Status? {
    if let matches = request.withField("if-match", { matches($0, file, weakly: false) }) {
      if !matches {
        return .preconditionFailed
      }
    } else if let date = request.withField("if-unmodified-since", { HTTPDate($0) }) ?? nil,
      let modified = file.lastModified, modified.secondsSince1970 > date.secondsSince1970
    {
      return .preconditionFailed
    }
    if let matches = request.withField("if-none-match", { matches($0, file, weakly: true) }) {
      if matches {
        return .notModified
      }
    } else if let date = request.withField("if-modified-since", { HTTPDate($0) }) ?? nil,
      let modified = file.lastModified, modified.secondsSince1970 <= date.secondsSince1970
    {
      return .notModified
    }
    return nil
  }

  /// Whether a list of entity tags has the file's. No tag of ours has a comma in it.
  private static func matches(_ value: Span<UInt8>, _ file: StaticFile, weakly: Bool) -> Bool {
    if value.equals("*") {
      return true
    }
    var found = false
    value.forEachListElement { element in
      let isWeak = element.count > 2 && element.extracting(0..<2).equals("W/")
      if isWeak && !weakly {
        return
      }
      let tag = isWeak ? element.extracting(2...) : element
      found = found || tag.equals(file.entityTag)
    }
    return found
  }

  /// Whether the range is about the file as it is (RFC 9110, section 13.1.5).
  private static func allowsRange(_ request: HTTPRequestHead, _ file: StaticFile) -> Bool {
    let matches = request.withField("if-range") { value in
      if value.equals(file.entityTag) {
        return true
      }
      guard let modified = file.lastModified else { return false }
      return HTTPDate(value)?.secondsSince1970 == modified.secondsSince1970
    }
    return matches ?? true
  }
}
