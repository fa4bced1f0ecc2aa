// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Tender
import TenderProcess
import Testing

/// A folder for images, which goes with its last user.
final class ImageFolder: Sendable {
  private let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("hvtrun-process-tests-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a new file.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = url.appendingPathComponent(name)
    try Data(bytes).write(to: path)
    return path.path
  }

  /// A machine that runs `program`.
  func configuration(
    _ program: GuestProgram, _ console: any Console, name: String = "app.elf"
  ) throws -> MachineProcessConfiguration {
    var configuration = MachineProcessConfiguration(
      image: try file(name, program.image), console: console)
    configuration.memorySize = 16 << 20
    return configuration
  }
}

extension MachineProcess {
  /// Waits until the guest has said something.
  func waitForOutput(_ console: BufferConsole) async throws {
    for _ in 0..<2_000 where console.text.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    try #require(!console.text.isEmpty, "the guest said nothing for 10 s")
  }
}

/// The numbers of this process's open descriptors.
func openDescriptors() throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").sorted()
}

/// The numbers of this process's children, zombies too.
func children() throws -> Set<Substring> {
  var all: Set<Substring> = []
  for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
    // A thread may end meanwhile.
    let text = try? String(contentsOfFile: "/proc/self/task/\(task)/children", encoding: .utf8)
    all.formUnion((text ?? "").split(separator: " "))
  }
  return all
}
