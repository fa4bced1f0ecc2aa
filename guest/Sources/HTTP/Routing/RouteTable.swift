// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a table of routes has for a request.
public enum RouteMatch<Handler> {
  /// The handler, and the open parts of the path.
  case found(Handler, PathParameters)
  /// The path is known, but only with these methods.
  case methodNotAllowed([HTTPVerb])
  /// Nothing has this path.
  case notFound
}

/// Which handler is for which method and path. Paths without open parts are found by a hash; the
/// others are tried in the order in which they were added.
public struct RouteTable<Handler> {
  private struct Route {
    let path: [UInt8]
    var handlers: [(verb: HTTPVerb, handler: Handler)] = []

    /// HEAD is GET without the content (RFC 9110, section 9.3.2).
    func handler(for verb: HTTPVerb) -> Handler? {
      for entry in handlers where entry.verb == verb {
        return entry.handler
      }
      return verb == .head ? handler(for: .get) : nil
    }
  }

  private var literals: [Route] = []
  private var patterns: [(pattern: PathPattern, route: Route)] = []
  /// Indices of `literals` by hash, -1 where none is: at most half of them are in use.
  private var slots = [Int](repeating: -1, count: 8)

  /// A table without routes.
  public init() {}

  /// Adds a handler. `path` may have open segments, `{name}`, and at its end `{name...}`, which stands
  /// for the rest of the path.
  public mutating func add(_ verb: HTTPVerb, _ path: String, _ handler: Handler) {
    let bytes = Array(path.utf8)
    if PathPattern.isOpen(bytes.span) {
      let index = patterns.firstIndex { $0.route.path == bytes } ?? patterns.count
      if index == patterns.count {
        patterns.append((PathPattern(bytes.span), Route(path: bytes)))
      }
      patterns[index].route.handlers.append((verb, handler))
      return
    }
    if let index = literal(bytes.span) {
      literals[index].handlers.append((verb, handler))
    } else {
      literals.append(Route(path: bytes, handlers: [(verb, handler)]))
      rebuild()
    }
  }

  private mutating func rebuild() {
    while slots.count < 2 * literals.count {
      slots += slots
    }
    for slot in slots.indices {
      slots[slot] = -1
    }
    for (index, route) in literals.enumerated() {
      var slot = slot(route.path.span)
      while slots[slot] >= 0 {
        slot = (slot + 1) & (slots.count - 1)
      }
      slots[slot] = index
    }
  }

  private func slot(_ path: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in path.indices {
      hash = (hash ^ UInt64(path[index])) &* 0x100_0000_01b3
    }
    return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (slots.count - 1)
  }

  private func literal(_ path: Span<UInt8>) -> Int? {
    var slot = slot(path)
    while slots[slot] >= 0 {
      if path.equals(literals[slots[slot]].path) {
        return slots[slot]
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The handler for a request of `verb` to a path, percent-encoded; an empty one is `/`.
  public func match(_ verb: HTTPVerb, _ path: Span<UInt8>) -> RouteMatch<Handler> {
    var allowed: [HTTPVerb] = []
    if let route = literalRoute(path) {
      if let handler = route.handler(for: verb) {
        return .found(handler, PathParameters())
      }
      allowed = route.handlers.map { $0.verb }
    }
    for (pattern, route) in patterns {
      guard let parameters = pattern.match(path) else { continue }
      if let handler = route.handler(for: verb) {
        return .found(handler, parameters)
      }
      allowed += route.handlers.map { $0.verb }
    }
    return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed)
  }

  private func literalRoute(_ path: Span<UInt8>) -> Route? {
    if path.isEmpty {
      let root: InlineArray<1, UInt8> = [UInt8(ascii: "/")]
      return literal(root.span).map { literals[$0] }
    }
    if let index = literal(path) {
      return literals[index]
    }
    // An encoded slash is not one that parts segments.
    guard path.firstIndex(of: UInt8(ascii: "%"), in: path.indices) != nil,
      let decoded = PercentEncoding.decode(path), decoded.slashCount == path.slashCount
    else { return nil }
    return literal(decoded.span).map { literals[$0] }
  }
}

extension [UInt8] {
  fileprivate var slashCount: Int { span.slashCount }
}

extension Span<UInt8> {
  fileprivate var slashCount: Int {
    var count = 0
    for index in indices where self[index] == UInt8(ascii: "/") {
      count += 1
    }
    return count
  }
}
