// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// Writes content in the chunked coding (RFC 9112, section 7.1).
public enum ChunkedEncoder {
  /// Appends one chunk. No bytes are no chunk: an empty one would be the end.
  public static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
    if bytes.isEmpty {
      return
    }
    output.append(hexadecimal: UInt64(bytes.count))
    output.append("\r\n")
    output.append(copyOf: bytes)
    output.append("\r\n")
  }

  /// Appends the end. Trailer fields that must not stand there are left out, and all
  /// of them when one cannot be written.
  public static func appendEnd(_ trailers: HTTPFields = [:], to output: inout [UInt8]) {
    output.append("0\r\n")
    let start = output.count
    do throws(HTTPSerializer.Failure) {
      try HTTPSerializer.append(trailers, to: &output, omitting: HTTPTrailers.isForbidden)
    } catch {
      output.removeLast(output.count - start)
    }
    output.append("\r\n")
  }
}
