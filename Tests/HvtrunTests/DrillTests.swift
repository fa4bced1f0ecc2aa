// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// What code that has taken over a thread of hvtrun's can do: nothing.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DrillTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func image(sending: Bool = false) throws -> String {
    try folder.file("app.elf", GuestProgram.tempting(sending: sending).image)
  }

  private func expectDeath(_ result: CommandResult, _ attack: String) {
    #expect(result.status == Drill.killed, "\(attack): \(result.status) \(result.errors)")
    #expect(result.errors == "", "\(attack)")
  }

  /// The attacks are real: where nothing is walled in, nobody is killed, and most succeed.
  @Test func attacksSucceedWithoutASandbox() throws {
    for attack in ["open_file", "open_kvm", "make_machine", "fork_process", "map_executable"] {
      let result = try Drill.run(
        ["attack", attack, "machine", "--sandbox", "off", "--mem", "16M", try image()])
      #expect(result.errors == "succeeded\n", "\(attack)")
    }
  }

  @Test(arguments: Drill.attacks)
  func machinesThreadIsKilledAt(attack: String) throws {
    expectDeath(
      try Drill.run(["attack", attack, "machine", "--mem", "16M", try image()]), attack)
  }

  @Test(arguments: Drill.attacks)
  func machinesThreadIsKilledInStrictAt(attack: String) throws {
    expectDeath(
      try Drill.run(
        ["attack", attack, "machine", "--sandbox", "strict", "--mem", "16M", try image()]), attack)
  }

  private static let few = [
    "open_file", "open_kvm", "make_machine", "set_registers", "connect_socket", "fork_process",
    "execute", "trace", "send_signal", "map_executable", "make_executable", "make_ring",
  ]

  @Test(arguments: few)
  func threadOfTheQueuesIsKilledAt(attack: String) throws {
    let result = try Drill.run([
      "attack", attack, "queues", "--io", "thread", "--block", "storage=hole", "--mem", "64M",
      try BuiltGuest.path("test/disk"),
    ])
    expectDeath(result, attack)
  }

  @Test(arguments: few)
  func threadOfCapturesIsKilledAt(attack: String) throws {
    let file = try folder.file("app.pcapng", [])
    let result = try Drill.run([
      "attack", attack, "capture", "--file-limit", "150", "--net", "service=link", "--pcap", file,
      "--mem", "16M", try image(sending: true),
    ])
    expectDeath(result, attack)
  }

  @Test(arguments: few)
  func threadOfSignalsIsKilledAt(attack: String) throws {
    expectDeath(
      try Drill.run(["attack", attack, "signals", "--mem", "16M", try image()]), attack)
  }

  /// Were there a way around the filters, another wall would stand there.
  @Test(arguments: Drill.attacksOnSecondWalls)
  func otherWallsStandBehindTheFilter(attack: String, error: Int32) throws {
    let result = try Drill.run(
      ["attack", attack, "machine", "--unfiltered", "--mem", "16M", try image()])
    #expect(result.errors == "errno \(error)\n", "\(attack): \(result.status)")
  }

  @Test func hostIsNotToBeSeenInStrict() throws {
    let missing: [(String, Int32)] = [
      ("cut_file", ENOENT), ("remove_file", ENOENT), ("make_folder", ENOENT), ("execute", ENOENT),
    ]
    for (attack, error) in missing {
      let result = try Drill.run([
        "attack", attack, "machine", "--unfiltered", "--sandbox", "strict", "--mem", "16M",
        try image(),
      ])
      #expect(result.errors == "errno \(error)\n", "\(attack): \(result.status)")
    }
  }
}
