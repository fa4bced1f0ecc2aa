// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

struct RouteTableTests {
  private let table: RouteTable<String> = {
    var table = RouteTable<String>()
    table.add(.get, "/", "root")
    table.add(.get, "/status", "status")
    table.add(.post, "/status", "post status")
    table.add(.get, "/caf\u{e9}", "caf\u{e9}")
    table.add(.get, "/users/{id}", "user")
    table.add(.delete, "/users/{id}", "delete user")
    table.add(.get, "/users/{id}/posts/{post}", "post")
    table.add(.get, "/files/{path...}", "files")
    table.add(.get, "/users/me", "me")
    for index in 0..<100 {
      table.add(.get, "/page\(index)", "page \(index)")
    }
    return table
  }()

  private func match(
    _ path: String, _ verb: HTTPVerb = .get, parameters names: [String] = []
  ) -> String {
    let bytes = Array(path.utf8)
    switch table.match(verb, bytes.span) {
    case .found(let handler, let parameters):
      return ([handler] + names.map { parameters[$0] }).joined(separator: " ")
    case .methodNotAllowed(let verbs):
      return "allowed: " + verbs.map { "\($0)" }.joined(separator: " ")
    case .notFound: return "-"
    }
  }

  @Test(arguments: [
    ("/", "root"), ("", "root"), ("/status", "status"), ("/status/", "-"), ("/Status", "-"),
    ("/stat%75s", "status"), ("/stat%7", "-"), ("/stat%00s", "-"), ("/caf%C3%A9", "caf\u{e9}"),
    ("/page0", "page 0"), ("/page99", "page 99"), ("/page100", "-"), ("//", "-"),
    ("/users/me", "me"), ("/users%2Fme", "-"), ("*", "-"),
  ])
  func findsPaths(_ path: String, _ expected: String) {
    #expect(match(path) == expected)
  }

  @Test(
    arguments: [
      ("/users/7", ["id"], "user 7"), ("/users/a%20b%2Fc", ["id"], "user a b/c"),
      ("/users/", [], "-"), ("/users", [], "-"), ("/users/7/", [], "-"),
      ("/users/7/posts/8", ["post", "id"], "post 8 7"), ("/users/7/posts/", [], "-"),
      ("/users/%zz", [], "-"), ("/files/a/b.txt", ["path"], "files a/b.txt"),
      ("/files/", ["path"], "files "), ("/files", [], "-"),
    ] as [(String, [String], String)])
  func findsOpenPaths(_ path: String, _ names: [String], _ expected: String) {
    #expect(match(path, parameters: names) == expected)
  }

  @Test func methodsMatter() {
    #expect(match("/status", .post) == "post status")
    #expect(match("/status", .head) == "status")
    #expect(match("/status", .put) == "allowed: get post")
    #expect(match("/users/7", .delete) == "delete user")
    #expect(match("/users/7", .post) == "allowed: get delete")
    #expect(match("/nothing", .post) == "-")
  }
}
