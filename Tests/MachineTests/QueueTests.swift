// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import SystemCalls
import Tender
import Testing

/// Guests whose devices have queues, and the same guests without.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct QueueTests {
  /// How a machine's devices are served.
  enum Service: CaseIterable {
    case hypercalls, inline, thread

    func set(in configuration: inout MachineConfiguration) {
      configuration.offersQueues = self != .hypercalls
      configuration.ioMode = self == .thread ? .thread : .inline
    }
  }

  /// Runs `blockio` on `disk` with `arguments`.
  private func runBlocks(
    _ service: Service, on disk: any BlockDevice, _ arguments: String
  ) async throws -> Run {
    try await run("test/blockio", arguments: arguments) { configuration in
      service.set(in: &configuration)
      try configuration.attach(block: disk)
    }
  }

  /// A queue of 128 descriptors has room for 42 requests: the others wait.
  @Test(arguments: Service.allCases, [1, 32, 200])
  func blocksAreWrittenAndReadBack(service: Service, depth: Int) async throws {
    let disk = MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 1 << 17))
    let options = "--size=512 --count=256 --depth=\(depth) verify"
    let write = try await runBlocks(service, on: disk, "--pattern=write \(options)")
    #expect(write.status == 0, "\(write.text)")
    let contents = disk.contents
    for sector in 0..<256 {
      // As the guest's Load has it: the sector's number, over and over.
      let first = UInt8(truncatingIfNeeded: sector ^ 0xa5)
      #expect(contents[512 * sector] == first && contents[512 * sector + 504] == first)
    }
    for pattern in ["read", "randread"] {
      let read = try await runBlocks(service, on: disk, "--pattern=\(pattern) \(options)")
      #expect(read.status == 0, "\(read.text)")
      #expect(read.text.hasPrefix("256 requests of 512 bytes, depth \(depth)\n"))
    }
  }

  @Test(arguments: Service.allCases, ["randread", "randwrite"])
  func errorsOfADiskReachTheGuest(service: Service, pattern: String) async throws {
    let run = try await runBlocks(service, on: BrokenDisk(), "--pattern=\(pattern) --depth=8")
    #expect(run.status == 1)
    #expect(run.text == "failed: input/output error\n")
  }

  /// Frames of a burst's numbers, each of another size and with other bytes.
  private static func frames(_ count: Int, round: Int) -> [[UInt8]] {
    (0..<count).map { number in
      let size = 14 + (number * 89 + round * 31) % (number % 8 == 0 ? 1505 : 200)
      return (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 3 &+ round) }
    }
  }

  /// Bursts below and above what the guest has buffers for.
  @Test(arguments: Service.allCases, [1, 16, 300])
  func burstsOfFramesComeBackInOrder(service: Service, burst: Int) async throws {
    let (link, other) = try VirtualLink.pair(capacity: 512)
    var configuration = try BuiltGuest.configuration(
      "test/reflect", arguments: "\(2 * burst) raw", console: Recorder())
    service.set(in: &configuration)
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    for round in 0..<2 {
      let frames = Self.frames(burst, round: round)
      for frame in frames { other.send(frame) }
      for (number, frame) in frames.enumerated() {
        #expect(try await other.waitForFrame() == frame, "frame \(number) of burst \(round)")
      }
    }
    #expect(try await outcome == .exited(status: 0, cookie: nil))
    #expect(other.nextFrame() == nil)
  }

  /// A device that goes away is the host's failure, not the guest's.
  @Test(arguments: Service.allCases)
  func deviceThatIsGoneEndsTheMachine(service: Service) async throws {
    var configuration = try BuiltGuest.configuration("test/reflect", console: Recorder())
    service.set(in: &configuration)
    try configuration.attach(net: GoneDevice())
    let machine = try Machine(configuration)
    let error = await #expect(throws: MachineError.self) { _ = try await machine.run() }
    #expect(error?.description.hasPrefix("gone: read:") == true)
  }
}
