// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

/// Requests that are fine, and what they are.
let goodRequests: [(bytes: String, messages: [String])] = [
  ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / http11 @a"]),
  ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / http11 @a"]),
  ("GET / HTTP/1.1\r\nhOST:a\r\n\r\n", ["GET / http11 @a"]),
  ("GET / HTTP/1.1\r\nHost: \t a:80 \t\r\n\r\n", ["GET / http11 @a:80"]),
  ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ["GET / http11 @[::1]:80"]),
  ("GET / HTTP/1.1\r\nHost:\r\n\r\n", ["GET / http11 @"]),
  ("GET / HTTP/1.0\r\n\r\n", ["GET / http10 @"]),
  ("GET / HTTP/1.7\r\nHost: a\r\n\r\n", ["GET / http11 @a"]),
  ("GET /a?b=c&d HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /a?b=c&d http11 @a"]),
  ("GET http://b:8080/x HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /x http11 @b:8080"]),
  ("GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / http11 @b"]),
  ("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /?q http11 @b"]),
  ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ["OPTIONS * http11 @a"]),
  ("CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n", ["CONNECT - http11 @b:443"]),
  ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", ["BREW / http11 @a"]),
  (
    "GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Text: caf\u{e9} \t x \r\n\r\n",
    ["GET / http11 @a [X-Empty: ] [X-Text: caf\u{e9} \t x]"]
  ),
  (
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    ["POST /p http11 @a [Content-Length: 3] {abc}"]
  ),
  (
    "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
    ["POST / http10 @ [Content-Length: 1] {x}"]
  ),
  (
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    ["POST / http11 @a [Content-Length: 0]"]
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
      + "3\r\nabc\r\n0A\r\n0123456789\r\n000\r\n\r\n",
    ["PUT / http11 @a [Transfer-Encoding: Chunked] {abc0123456789}"]
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "1;a=b\r\nx\r\n1 ; c=\"d\"\r\ny\r\n0;last\r\nX-Sum: 7\r\nX-More: z\r\n\r\n",
    ["PUT / http11 @a [Transfer-Encoding: chunked] {xy} +X-Sum: 7 +X-More: z"]
  ),
  (
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhi"
      + "GET /3 HTTP/1.1\r\nHost: c\r\n\r\n",
    ["GET /1 http11 @a", "POST /2 http11 @b [Content-Length: 2] {hi}", "GET /3 http11 @c"]
  ),
]

/// A request that is refused, by what is wrong with it.
struct BadRequest: CustomTestStringConvertible {
  let testDescription: String
  let bytes: String
  let error: HTTPMessageError

  init(_ name: String, _ bytes: String, _ error: HTTPMessageError) {
    testDescription = name
    self.bytes = bytes
    self.error = error
  }

  /// A request with these fields behind the host.
  init(_ name: String, fields: String, _ error: HTTPMessageError) {
    self.init(name, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", error)
  }

  /// A request with this content.
  init(_ name: String, chunks: String, _ error: HTTPMessageError) {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    self.init(name, head + chunks, error)
  }

  /// A request with this start line.
  init(_ name: String, line: String, _ error: HTTPMessageError) {
    self.init(name, "\(line)\r\nHost: a\r\n\r\n", error)
  }
}
