// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI
import Tender
import Testing

/// `poll` with any mix of devices.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PollTests {
  /// Runs a guest with `kinds` of devices that polls once; the devices with handles in `ready` have a
  /// frame waiting. Returns `ready_set` and `ret`.
  private func poll(
    _ kinds: [DeviceKind], ready: [Int], timeout: UInt64 = .max
  ) async throws -> (set: UInt64, count: Int32) {
    let devices = kinds.enumerated().map { index, kind in
      GuestProgram.Device(name: "device\(index + 1)", kind: kind)
    }
    var guest = GuestProgram(devices: devices)
    let poll = guest.place(words: [timeout, 0, 0])
    guest.call(.poll, poll)
    guest.show(poll, 24)
    guest.halt()
    let run = try await guest.run { configuration in
      for (index, kind) in kinds.enumerated() {
        switch kind {
        case .net:
          let (link, other) = try VirtualLink.pair()
          if ready.contains(index + 1) { other.send(Array(repeating: 1, count: 60)) }
          try configuration.attach(net: link)
        case .block:
          try configuration.attach(
            block: MemoryBlockDevice(contents: Array(repeating: 0, count: 512)))
        }
      }
    }
    #expect(run.status == 0)
    return (try run.value(at: 8, as: UInt64.self), try run.value(at: 16, as: Int32.self))
  }

  private static func set(of handles: [Int]) -> UInt64 {
    handles.reduce(0) { $0 | 1 << UInt64($1) }
  }

  @Test(arguments: [[1], [2], [3], [1, 2, 3], [1, 3]])
  func readyDevicesAreInTheSet(ready: [Int]) async throws {
    let (set, count) = try await poll([.net, .net, .net], ready: ready)
    #expect(set == Self.set(of: ready))
    #expect(count == Int32(ready.count))
  }

  @Test
  func allHandlesOf63Devices() async throws {
    let kinds = [DeviceKind](repeating: .net, count: 63)
    for ready in [[1], [63], [32], Array(1...63), Array(stride(from: 1, through: 63, by: 2))] {
      let (set, count) = try await poll(kinds, ready: ready)
      #expect(set == Self.set(of: ready))
      #expect(count == Int32(ready.count))
    }
  }

  @Test
  func blockDevicesAreNeverReady() async throws {
    let (set, count) = try await poll([.block, .net, .block, .net], ready: [4])
    #expect(set == 1 << 4)
    #expect(count == 1)
    let none = try await poll([.block, .net, .block], ready: [], timeout: 1_000_000)
    #expect(none == (0, 0))
  }

  @Test(arguments: [0, 1, 1_000_000] as [UInt64])
  func timeoutWithoutAFrame(timeout: UInt64) async throws {
    #expect(try await poll([.net, .net], ready: [], timeout: timeout) == (0, 0))
  }

  @Test(arguments: [0, 1, .max] as [UInt64])
  func frameThatWaitsIsSeenWithAnyTimeout(timeout: UInt64) async throws {
    #expect(try await poll([.net], ready: [1], timeout: timeout) == (2, 1))
  }

  /// A frame that comes while the guest sleeps wakes it at once.
  @Test
  func frameEndsTheSleep() async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    var configuration = try GuestProgram.echoing().configuration(console)
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    try await console.waitForOutput()
    try await Task.sleep(for: .milliseconds(20))
    let clock = ContinuousClock()
    let start = clock.now
    other.send(Array(repeating: 3, count: 64))
    #expect(try await other.waitForFrame() == Array(repeating: 3, count: 64))
    #expect(clock.now - start < .seconds(1))
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  /// A device stays ready until its last frame has been read.
  @Test
  func readinessIsALevel() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let buffer = guest.reserve(2048)
    let poll = guest.place(words: [0, 0, 0])
    let read = guest.place(words: [1, buffer, 2048, 0])
    for _ in 0..<4 {
      guest.call(.poll, poll)
      guest.show(poll + 16, 4)
      guest.store(2048, at: read + 16)
      guest.call(.netRead, read)
      guest.show(read + 24, 4)
    }
    guest.halt()
    let (link, other) = try VirtualLink.pair()
    for _ in 0..<2 { other.send(Array(repeating: 1, count: 60)) }
    let run = try await guest.run { try $0.attach(net: link) }
    let values = try (0..<8).map { try run.value(at: 4 * $0, as: Int32.self) }
    #expect(values == [1, 0, 1, 0, 0, 1, 0, 1])
  }
}
