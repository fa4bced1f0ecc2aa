// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Tender
import Testing

/// How a Solo5 guest is run.
enum PrivilegeLevel: String, CaseIterable, CustomTestStringConvertible, Sendable {
  case deprivileged
  case privileged

  var testDescription: String { rawValue }
}

/// What this host's KVM and processor are.
enum Host {
  /// Whether KVM emulates CPL 0, one instruction at a time: it then knows no vector registers and no
  /// software interrupts there.
  static let emulatesKernelLevel = HostCheck.emulatesKernelLevel()

  /// Whether the processor raises what the manuals say. QEMU's emulated one raises no SSE exceptions,
  /// no stack segment faults, takes any FS base, does not know int1, and has its own error codes where
  /// a gate is missing.
  static let hasRealProcessor: Bool = {
    let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    return !(text ?? "").contains("QEMU TCG")
  }()

  /// The levels at which a guest can use everything that it could on a processor of its own.
  static let fullLevels: [PrivilegeLevel] =
    emulatesKernelLevel ? [.deprivileged] : PrivilegeLevel.allCases
}

/// Runs the Solo5 guest `name` of out/guests/test to its end.
func runSolo5(
  _ name: String, _ arguments: String = "", _ level: PrivilegeLevel,
  _ configure: (inout MachineConfiguration) throws -> Void = { _ in }
) async throws -> Run {
  try await run("test/solo5-\(name)", arguments: arguments) { configuration in
    configuration.runsPrivileged = level == .privileged
    try configure(&configuration)
  }
}

/// Text of words `name=value`.
struct Fields {
  private var values: [String: String] = [:]

  init(_ text: some StringProtocol) {
    for word in text.split(whereSeparator: \.isWhitespace) {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
    }
  }

  /// The text of `name`.
  subscript(name: String) -> String? { values[name] }

  /// The number of `name`, decimal or hexadecimal behind 0x.
  func number(_ name: String) throws -> UInt64 {
    let text = try #require(values[name], "there is no \(name)")
    let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    return try #require(number, "\(name)=\(text)")
  }
}

extension Run {
  /// The lines of the console's text.
  var lines: [Substring] { text.split(separator: "\n") }

  /// The line that starts with `word`, behind it.
  func line(_ word: String) throws -> Fields {
    let line = try #require(lines.first { $0.hasPrefix("\(word) ") }, "no \(word): \(text)")
    return Fields(line)
  }
}
