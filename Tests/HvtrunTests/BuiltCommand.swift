// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// The command as scripts/build leaves it in out.
enum BuiltCommand {
  static func path() throws -> String {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "out/hvtrun").path
    try #require(
      FileManager.default.fileExists(atPath: path), "out/hvtrun is missing: run scripts/build")
    return path
  }
}
