// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import GuestMemory
import HVTABI
import Testing

@testable import Tender

/// Argument blocks and rings that change while the tender reads them. What it has checked is what it
/// uses: the guest gets a result or a fault, and nothing outside of what it may write changes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConcurrentWriterTests {
  private static let devices: [GuestProgram.Device] = [.net("service"), .block("storage")]
  /// How long each test attacks.
  private static let duration = Duration.seconds(4)
  private static let buffer: UInt64 = 0x20_0000

  /// What the guest can only read, or not even that.
  private static let sealed: [Range<UInt64>] = [
    0x1000..<0x4000, 0x8000..<0xf000, GuestProgram.codeStart..<GuestProgram.codeStart + 0x1000,
    GuestProgram.constantsStart..<GuestProgram.constantsStart + 0x1000,
  ]

  /// What a run left.
  private struct Left: Sendable {
    var outcome: MachineOutcome
    var sealed: [[UInt8]]
    var writes = 0
  }

  private static func contents(of memory: borrowing GuestMemory) -> [[UInt8]] {
    sealed.map { range in
      memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: UInt64(range.count)) {
        // SAFETY: any bytes are UInt8s.
        unsafe $0.withUnsafeBytes { unsafe Array($0) }
      } ?? []
    }
  }

  private static func run(
    _ machine: Machine, _ fields: [ConcurrentWriter.Field], seed: UInt64
  ) async throws -> Left {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            var memory = try GuestMemory(byteCount: memorySize)
            let writer = fields.isEmpty ? nil : ConcurrentWriter(memory, fields, seed: seed)
            let outcome = try machine.run(in: &memory)
            writer?.stop()
            return Left(
              outcome: outcome, sealed: contents(of: memory), writes: writer?.count ?? 0)
          })
      }
    }
  }

  /// Runs `guest` again and again while `fields` change, and has `check` look at each end.
  private static func attack(
    _ guest: GuestProgram, _ fields: [ConcurrentWriter.Field],
    _ mode: MachineConfiguration.IOMode, expecting isAllowed: (GuestFault.Cause) -> Bool
  ) async throws {
    let (link, other) = try VirtualLink.pair()
    for _ in 0..<200 { other.send(count: 60) }
    var configuration = try guest.configuration()
    configuration.ioMode = mode
    try configuration.attach(net: link)
    try configuration.attach(
      block: MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 8192)))
    let expected = try await run(try Machine(configuration), [], seed: 0)
    #expect(expected.outcome == .exited(status: 0, cookie: nil))
    let end = ContinuousClock.now + duration
    var (seed, writes): (UInt64, Int) = (0, 0)
    var endings: [String: Int] = [:]
    while ContinuousClock.now < end {
      seed += 1
      let machine = try Machine(configuration)
      let watchdog = Task {
        try await Task.sleep(for: .seconds(3))
        machine.stop()
      }
      let left = try await run(machine, fields, seed: seed)
      watchdog.cancel()
      writes += left.writes
      // An array of pages takes long to describe.
      let isSealed = left.sealed == expected.sealed
      #expect(isSealed, "seed \(seed)")
      switch left.outcome {
      case .exited(let status, _):
        #expect(status == 0)
        endings["exit", default: 0] += 1
      case .faulted(let fault):
        #expect(isAllowed(fault.cause), "seed \(seed): \(fault.cause)")
        endings["fault", default: 0] += 1
      case .stopped where mode == .thread:
        // A guest that has spoilt its own event index sleeps, and so does the thread: it can be stopped.
        endings["sleep", default: 0] += 1
      case .stopped, .timedOut: Issue.record("seed \(seed): not over after 3 s")
      }
    }
    #expect(writes > 1000)
    // An attack that never ends a guest has hit nothing, nor has one that ends each at once.
    #expect(endings["fault"] ?? 0 > 0 && endings["exit"] ?? 0 > 0, "\(endings)")
  }

  @Test func argumentBlocks() async throws {
    var guest = GuestProgram(devices: Self.devices)
    var fields: [ConcurrentWriter.Field] = []
    // Seldom enough for a guest to survive now and then.
    let addresses = [UInt64](repeating: Self.buffer, count: 2000) + [0, 0x3000, 1 << 32, .max]
    let lengths = [UInt64](repeating: 512, count: 2000) + [0, 1, 8192, .max]
    let rows: [(Hypercall, [[UInt64]])] = [
      (.puts, [addresses, lengths]),
      (.blockRead, [[1, 2], [0, 512, .max], addresses, lengths, [0]]),
      (.blockWrite, [[1, 2], [0, 512, .max], addresses, lengths, [0]]),
      (.netWrite, [[1, 2], addresses, lengths, [0]]),
      (.netRead, [[1, 2], addresses, lengths, [0]]),
      (.poll, [[0, 1], [0, .max], [0, .max]]),
      (.walltime, [[0, .max]]),
    ]
    let counter = guest.place(words: [20])
    let start = guest.here
    for (call, values) in rows {
      let block = guest.place(words: values.map { $0[0] })
      guest.call(call, block)
      for (index, values) in values.enumerated() {
        fields.append(.init(address: block + UInt64(index) * 8, values: values))
      }
    }
    guest.jump(to: start, untilCountedDownAt: counter)
    guest.halt()
    try await Self.attack(guest, fields, .inline) { cause in
      if case .buffer = cause { true } else { false }
    }
  }

  @Test(arguments: MachineConfiguration.IOMode.allCases)
  func rings(_ mode: MachineConfiguration.IOMode) async throws {
    var guest = GuestProgram(devices: Self.devices)
    guest.queueSizes = .init()
    var fields: [ConcurrentWriter.Field] = []
    let header = guest.place([UInt8](repeating: 0, count: 16))
    fields.append(.init(address: header, size: 4, values: [0, 0, 0, 1, 4, 8]))
    fields.append(.init(address: header + 8, values: [0, 1, 2, 15, 16, .max]))
    let (next, write) = (GuestProgram.next, GuestProgram.write)
    for (number, queue) in guest.queues(memorySize: memorySize).enumerated() {
      let flags = number == 0 ? write : 0
      var table = (0..<8 as Range<UInt16>).map {
        GuestProgram.descriptor(Self.buffer + UInt64($0) * 4096, 2048, flags: flags, next: $0)
      }
      if number == 2 {
        table[0] = GuestProgram.descriptor(header, 16, flags: next, next: 1)
        table[1] = GuestProgram.descriptor(Self.buffer, 1024, flags: write | next, next: 2)
        table[2] = GuestProgram.descriptor(Self.buffer, 1, flags: write)
      }
      guest.post(table, heads: number == 2 ? [0] : [0, 1, 2], on: queue)
      fields += Self.fields(of: queue, isRequest: number == 2, flags: flags)
    }
    let counter = guest.place(words: [20])
    let start = guest.here
    guest.ringDoorbell()
    guest.sleep(0)
    guest.jump(to: start, untilCountedDownAt: counter)
    guest.halt()
    try await Self.attack(guest, fields, mode) { cause in
      if case .queue = cause { true } else { false }
    }
  }

  /// What of a queue changes: mostly to what is allowed, so that runs get further.
  private static func fields(
    of queue: GuestProgram.Queue, isRequest: Bool, flags: UInt16
  ) -> [ConcurrentWriter.Field] {
    let often = 20_000
    var fields = [
      ConcurrentWriter.Field(
        address: queue.descriptors, values: .init(repeating: buffer, count: often) + [0x3000, .max]),
      ConcurrentWriter.Field(
        address: queue.descriptors + 8, size: 4,
        values: .init(repeating: 16, count: often) + [0, 1, 0xffff_ffff]),
      ConcurrentWriter.Field(
        address: queue.available + 4, size: 2,
        values: .init(repeating: 0, count: often) + [7, 8, 0xffff]),
      ConcurrentWriter.Field(
        address: queue.available + 20, size: 2, values: [0, 1, 2, 0x7fff, 0x8000, 0xffff]),
      ConcurrentWriter.Field(
        address: queue.used + 2, size: 2, values: [0, 1, 0x7fff, 0xffff]),
      ConcurrentWriter.Field(
        address: queue.available + 2, size: 2,
        values: .init(repeating: 3, count: often) + [8, 9, 0xffff]),
    ]
    if isRequest {
      fields.append(
        .init(
          address: queue.descriptors + 28, size: 2,
          values: .init(repeating: UInt64(flags | 3), count: often) + [0, 1, 2, 4, 7]))
      fields.append(.init(address: queue.descriptors + 30, size: 2, values: [2, 2, 2, 1, 0, 8]))
    }
    return fields
  }
}
