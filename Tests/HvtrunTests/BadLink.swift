// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// A second tap of a namespace, which gets the address of the first, and between the two the program
/// of Tests/Relay, which delays frames, loses some and brings some out of order. It ends with its last
/// user.
final class BadLink {
  /// It lies beside the test program.
  private static let path = URL(filePath: Hvtrun.path).deletingLastPathComponent()
    .appending(path: "relay").path

  private let process: Process

  /// Loses `loss` and reorders `reordering` of a thousand frames of each direction, of which each takes
  /// `delay` milliseconds.
  init(in network: TapNamespace, loss: Int, reordering: Int, delay: Int) throws {
    let (near, output) = ("near0", Pipe())
    let numbers = [loss, reordering, delay, 1].map { "\($0)" }
    try system("ip", "-n", network.name, "address", "flush", "dev", network.tap)
    try system("ip", "-n", network.name, "tuntap", "add", near, "mode", "tap")
    process = try Process(
      running: network.prefix + [Self.path, near, network.tap] + numbers,
      output: output, errors: Pipe())
    try #require(!output.fileHandleForReading.availableData.isEmpty, "the relay does not start")
    try system("ip", "-n", network.name, "address", "add", "10.0.0.1/24", "dev", near)
    try system("ip", "-n", network.name, "link", "set", near, "up")
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
