// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

struct HTTPLocationTests {
  private func text(_ location: HTTPLocation?) -> String {
    location.map { "\($0.host) \($0.port) \($0.path) \($0.authority)" } ?? "-"
  }

  @Test(arguments: [
    ("http://a", "a 80 / a"), ("HTTP://a.b/", "a.b 80 / a.b"),
    ("http://a:8080/x?y#z", "a 8080 /x?y a:8080"), ("http://a?b", "a 80 /?b a"),
    ("http://10.0.0.1:1/", "10.0.0.1 1 / 10.0.0.1:1"), ("http://[::1]:80/x", "::1 80 /x [::1]:80"),
    ("http://[::1]", "::1 80 / [::1]"), ("http://a:/x", "a 80 /x a:"), ("http://a#/b", "a 80 / a"),
    ("https://a/", "-"), ("http://", "-"), ("http:///x", "-"), ("http://u@a/", "-"),
    ("http://a:65536/", "-"), ("http://a b/", "-"), ("http://a/b c", "-"), ("http://a/\r\n", "-"),
    ("a", "-"), ("", "-"), ("http://:80/", "-"),
  ])
  func reads(_ url: String, _ expected: String) {
    #expect(text(HTTPLocation(url)) == expected)
  }

  @Test(arguments: [
    ("/x", "a 8080 /x a:8080"), ("x", "a 8080 /d/x a:8080"), ("?x", "a 8080 /d/e?x a:8080"),
    ("", "a 8080 /d/e?q/r a:8080"), ("#f", "a 8080 /d/e?q/r a:8080"),
    ("//b/x", "b 80 /x b"), ("http://b", "b 80 / b"), ("https://b", "-"), ("mailto:x", "-"),
    ("x:y/z", "-"), ("./x:y", "a 8080 /d/./x:y a:8080"), ("/x y", "-"), ("/x\n", "-"),
  ])
  func resolves(_ reference: String, _ expected: String) {
    let base = HTTPLocation("http://a:8080/d/e?q/r")
    #expect(text(base?.resolving(reference)) == expected)
  }
}
