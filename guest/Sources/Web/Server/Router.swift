// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP

/// What a server answers to which requests.
///
///     router.get("/users/{id}") { request in .text("user \(request.parameters["id"])\n") }
///
/// Sendable because nothing runs at the same time as its user.
public final class Router: @unchecked Sendable {
  /// Makes the response to a request.
  public typealias Handler = @Sendable (ServerRequest) async -> ServerResponse

  enum Route {
    case file(StaticFile)
    case handler(Handler)
  }

  private(set) var table = RouteTable<Route>()

  /// A router without routes.
  public init() {}

  /// Has requests answered by a function. A segment of the path in braces is left open, and the last
  /// one, with dots behind the name, may be several: `/files/{path...}`.
  public func on(_ verb: HTTPVerb, _ path: String, _ handler: @escaping Handler) {
    table.add(verb, path, .handler(handler))
  }

  /// Answers GET, and HEAD with it.
  public func get(_ path: String, _ handler: @escaping Handler) { on(.get, path, handler) }

  /// Answers POST.
  public func post(_ path: String, _ handler: @escaping Handler) { on(.post, path, handler) }

  /// Answers PUT.
  public func put(_ path: String, _ handler: @escaping Handler) { on(.put, path, handler) }

  /// Answers DELETE.
  public func delete(_ path: String, _ handler: @escaping Handler) { on(.delete, path, handler) }

  /// Answers GET and HEAD by a file.
  public func get(_ path: String, _ file: StaticFile) { table.add(.get, path, .file(file)) }

  /// Answers GET and HEAD by files at their names below `/`; `index.html` is also its folder.
  public func files(_ files: [(name: String, file: StaticFile)]) {
    for (name, file) in files {
      get("/" + name, file)
      let path = Array(name.utf8)
      let index = Array("index.html".utf8)
      let folder = path.dropLast(index.count)
      if path.suffix(index.count).elementsEqual(index), folder.last ?? 0x2f == 0x2f {
        get("/" + String(decoding: folder, as: UTF8.self), file)
      }
    }
  }
}
