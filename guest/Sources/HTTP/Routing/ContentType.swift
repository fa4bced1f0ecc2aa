// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The media type of a file by the last part of its name.
public func contentType(of name: String) -> StaticString {
  let bytes = Array(name.utf8)
  guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return "application/octet-stream" }
  let suffix = bytes.span.extracting((dot + 1)...)
  for (known, type) in contentTypes where suffix.equalsInAnyCase(known) {
    return type
  }
  return "application/octet-stream"
}

private var contentTypes: [(StaticString, StaticString)] {
  [
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "application/xml"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("pdf", "application/pdf"),
    ("wasm", "application/wasm"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("mp4", "video/mp4"),
    ("mp3", "audio/mpeg"),
  ]
}
