// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import Testing

/// Many frames through a guest with queues, and what happens to its network meanwhile.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct TrafficTests {
  private let network: TapNamespace

  init() throws { network = try TapNamespace() }

  /// A guest with queues that sends back every frame.
  private func reflect() throws -> String { try BuiltGuest.path("test/reflect") }

  private func link(_ words: String...) throws {
    try system(["ip", "-n", network.name, "link"] + words)
  }

  /// Sizes from 14 bytes to the MTU and its header, with a tag or without; the product itself,
  /// because a debug build takes minutes.
  @Test(arguments: TapMachine.modes, [(1500, 1_000_000), (9000, 50_000), (68, 50_000)])
  func framesComeBackOnceInOrderAndAsTheyWere(
    mode: [String], load: (mtu: Int, count: Int)
  ) throws {
    try link("set", network.tap, "mtu", "\(load.mtu)")
    let machine = try TapMachine(
      in: network, image: try reflect(), options: mode, command: try BuiltCommand.path())
    try Traffic.expectAll(load.count, mtu: load.mtu, in: network)
    #expect(machine.stop() == 143)
  }

  /// What is sent while the tap is down is lost, and nothing else happens.
  @Test(arguments: TapMachine.modes)
  func tapMayGoDownAndComeBack(mode: [String]) throws {
    let machine = try TapMachine(in: network, image: try reflect(), options: mode)
    let stream = try Traffic.Stream(in: network)
    for round in 1...10 {
      Thread.sleep(forTimeInterval: 0.02 * Double(round % 3))
      try link("set", network.tap, "down")
      Thread.sleep(forTimeInterval: 0.02 * Double(round % 2))
      try link("set", network.tap, "up")
    }
    stream.end()
    try Traffic.expectAll(5000, in: network)
    #expect(machine.stop() == 143)
  }

  /// A tap that is down costs nothing while nobody sends.
  @Test(arguments: TapMachine.modes)
  func tapThatIsDownIsWaitedForWithoutSpinning(mode: [String]) throws {
    let machine = try TapMachine(in: network, image: try reflect(), options: mode)
    try Traffic.expectAll(1000, in: network)
    try link("set", network.tap, "down")
    Thread.sleep(forTimeInterval: 0.1)
    let before = try machine.processorTime
    Thread.sleep(forTimeInterval: 1)
    #expect(try machine.processorTime - before < 0.1)
    try link("set", network.tap, "up")
    try Traffic.expectAll(1000, in: network)
    #expect(machine.stop() == 143)
  }

  @Test(arguments: TapMachine.modes, [true, false])
  func deletedTapEndsTheMachine(mode: [String], underLoad: Bool) throws {
    let machine = try TapMachine(in: network, image: try reflect(), options: mode)
    let stream = underLoad ? try Traffic.Stream(in: network) : nil
    try link("delete", network.tap)
    let (status, errors) = machine.waitForEnd()
    #expect(status == 125)
    // Whichever comes first: the kernel sends frames of its own, too.
    #expect(
      ["read", "write"].map { "hvtrun: tap0: \($0): File descriptor in bad state\n" }.contains(
        errors),
      "\(errors)")
    stream?.kill()
  }

  /// One that never reads would not be told otherwise.
  @Test func deletedTapEndsAGuestThatOnlySends() throws {
    var guest = GuestProgram(devices: [.net("service")])
    let write = guest.place(words: [1, GuestProgram.heapStart, 60, 0])
    guest.say("sending")
    let start = guest.here
    guest.call(.netWrite, write)
    guest.sleep(1_000_000)
    guest.jump(to: start)
    let folder = try TemporaryFolder()
    let machine = try TapMachine(
      in: network, image: try folder.file("sender.elf", guest.image), options: [])
    try link("delete", network.tap)
    let (status, errors) = machine.waitForEnd()
    #expect(status == 125)
    #expect(errors == "hvtrun: tap0: write: File descriptor in bad state\n")
  }

  /// The generator is killed while frames are under way, and the next one is served.
  @Test(arguments: TapMachine.modes)
  func peerMayBeKilledMidStream(mode: [String]) throws {
    let machine = try TapMachine(in: network, image: try reflect(), options: mode)
    for round in 1...5 {
      let stream = try Traffic.Stream(in: network)
      Thread.sleep(forTimeInterval: 0.01 * Double(round))
      stream.kill()
      try Traffic.expectAll(2000, in: network)
    }
    #expect(machine.stop() == 143)
  }
}
