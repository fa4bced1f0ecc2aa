// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// A capture file as tshark reads it.
enum Capture {
  /// The `fields` of each packet in the file at `path` that `filter` takes, as tshark prints them. It verifies
  /// checksums.
  static func fields(of path: String, _ fields: [String], filter: String) throws -> [[String]] {
    let result = try CommandResult(
      of: ["tshark", "-n", "-r", path, "-Y", filter, "-T", "fields"]
        + ["ip", "tcp", "udp"].flatMap { ["-o", "\($0).check_checksum:TRUE"] }
        + fields.flatMap { ["-e", $0] })
    let lines = result.errors.split(separator: "\n")
    // It says so when root runs it.
    let messages = lines.filter { !$0.hasPrefix("Running as user") }
    try #require(result.status == 0 && messages.isEmpty, "tshark: \(result.errors)")
    return result.output.split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
