// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// The program of Tests/Streams, Linux's end of streams with a guest that sends back what it gets.
enum Streams {
  /// It lies beside the test program.
  private static let path = URL(filePath: Hvtrun.path).deletingLastPathComponent()
    .appending(path: "streams").path

  /// Sends `count` bytes over each of some connections at the same time, and expects the same back.
  static func expectEcho(
    _ count: Int, connections: Int = 1, behind prefix: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expect(
      ["echo", "10.0.0.2", "7", "\(count)", "\(connections)"], behind: prefix, sourceLocation)
  }

  /// Has so many connections open at once, and expects an answer over each.
  static func expectOpen(
    _ connections: Int, behind prefix: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expect(["open", "10.0.0.2", "7", "\(connections)"], behind: prefix, sourceLocation)
  }

  private static func expect(
    _ words: [String], behind prefix: [String], _ sourceLocation: SourceLocation
  ) throws {
    let result = try CommandResult(of: prefix + [path] + words)
    #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
  }
}
