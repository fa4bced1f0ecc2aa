// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Tender
import TenderProcess
import Testing

extension TemporaryFolder {
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

/// The numbers of this process's open descriptors, each with what it is open for.
func openDescriptors() throws -> Set<String> {
  let folder = "/proc/self/fd"
  return Set(
    try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { number in
      // The one that lists them is closed by now.
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)")).map {
        "\(number): \($0)"
      }
    })
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
