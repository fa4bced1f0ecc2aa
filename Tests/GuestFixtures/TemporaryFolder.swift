// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Foundation

/// A folder that goes when the last user does.
public final class TemporaryFolder: Sendable {
  /// The folder's place.
  public let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("hvtrun-tests-\(UUID().uuidString)")

  /// Makes the folder.
  public init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a new file with `bytes`.
  public func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = url.appendingPathComponent(name)
    try Data(bytes).write(to: path)
    return path.path
  }

  /// The names of the files.
  public var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
