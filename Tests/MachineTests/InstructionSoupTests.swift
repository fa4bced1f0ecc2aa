// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import GuestMemory
import Testing

@testable import Tender

/// Random Solo5 guests at CPL 3: whatever they try, the tender ends them when it is asked to, and what
/// seals them stays as it was.
///
/// `SOUP_SEEDS=FIRST..<END swift test --filter InstructionSoupTests` runs those seeds instead of the
/// usual ones; a failure names its seed.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct InstructionSoupTests {
  /// How long a guest may run; where every exit is slow, longer.
  private static let limit = Duration.milliseconds(Host.hasRealProcessor ? 10 : 300)
  /// How many bytes this process may grow by in a whole run, whatever its length.
  private static let growthLimit = 64 << 20

  private static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["SOUP_SEEDS"] ?? "0..<150"
    let bounds = text.split(separator: "..<").compactMap { UInt64($0) }
    precondition(bounds.count == 2 && bounds[0] <= bounds[1], "SOUP_SEEDS is FIRST..<END")
    return bounds[0]..<bounds[1]
  }()

  @Test func soupStaysInItsBowl() async throws {
    var endings: [String: Int] = [:]
    var residentSize: Int?
    for seed in Self.seeds {
      endings[try await Self.run(seed: seed, isPrivileged: false), default: 0] += 1
      // The first ones make what stays.
      if seed == Self.seeds.lowerBound + 20 { residentSize = try Self.residentSize() }
    }
    if let residentSize { #expect(try Self.residentSize() - residentSize < Self.growthLimit) }
    // Soup that is all of one kind would test little.
    if Self.seeds.count >= 100 {
      for ending in ["exited", "exception", "stopped"] { #expect(endings[ending] ?? 0 > 0) }
    }
  }

  /// At CPL 0 nothing is sealed, but the tender still is in charge.
  @Test func privilegedSoupEnds() async throws {
    for seed in Self.seeds.prefix(Self.seeds.count / 3) {
      _ = try await Self.run(seed: seed, isPrivileged: true)
    }
  }

  /// Runs the guest of `seed`; the kind of its end.
  private static func run(seed: UInt64, isPrivileged: Bool) async throws -> String {
    let soup = InstructionSoup(seed: seed)
    var configuration = try soup.guest.configuration(Recorder())
    configuration.memorySize = InstructionSoup.memorySize
    configuration.runsPrivileged = isPrivileged
    let map = try configuration.validated()
    let machine = try Machine(configuration)
    let stopper = Task {
      try await Task.sleep(for: limit)
      machine.stop()
    }
    defer { stopper.cancel() }
    let (outcome, changes) = try await onThread { () throws -> (MachineOutcome, [Range<UInt64>]) in
      var memory = try GuestMemory(byteCount: InstructionSoup.memorySize)
      let outcome = try machine.run(in: &memory)
      return (outcome, try Self.changes(of: memory, map, soup))
    }
    if !isPrivileged { #expect(changes == [], "seed \(seed)") }
    switch outcome {
    case .exited: return "exited"
    case .stopped: return "stopped"
    case .timedOut: return "timed out"
    case .faulted(let fault):
      guard let registers = fault.registers else {
        Issue.record("seed \(seed): \(fault)")
        return "no registers"
      }
      if !isPrivileged { #expect(registers.flags & 0x3000 == 0, "seed \(seed): IOPL") }
      if case .exception = fault.cause { return "exception" }
      let words = fault.cause.description.split(separator: " ").prefix(2)
      return words.joined(separator: " ")
    }
  }

  /// Calls `body` on a thread that it may block.
  private static func onThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: .init(catching: body)) }
    }
  }

  /// The parts of `memory` that are not as at first, although `map` does not let the guest write there.
  private static func changes(
    of memory: borrowing GuestMemory, _ map: MemoryMap, _ soup: InstructionSoup
  ) throws -> [Range<UInt64>] {
    let initial = try GuestMemory(byteCount: InstructionSoup.memorySize)
    initial.install(
      PageTables(mapping: map.regions, memorySize: map.memorySize, base: MemoryMap.pageTables))
    initial.installDescriptorTables()
    try soup.guest.loaded().load(into: initial)
    var sealed: [Range<UInt64>] = []
    var end: UInt64 = 0
    for region in map.regions.regions where region.access.contains(.write) {
      sealed.append(
        end..<max(end, region.use == .tender ? TrapFrame.address : region.range.lowerBound))
      end = region.range.upperBound
    }
    var changed: [Range<UInt64>] = []
    for range in sealed where !memory.isEqual(to: initial, in: range) { changed.append(range) }
    return changed
  }

  /// The memory that this process takes, in bytes.
  private static func residentSize() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return try #require(Int(text.split(separator: " ")[1])) * 4096
  }
}

extension GuestMemory {
  /// Whether the bytes in `range` are those of `other`.
  fileprivate borrowing func isEqual(
    to other: borrowing GuestMemory, in range: Range<UInt64>
  ) -> Bool {
    let (start, count) = (GuestAddress(range.lowerBound), UInt64(range.count))
    let result = withTenderAccess(at: start, count: count) { bytes in
      other.withTenderAccess(at: start, count: count) { otherBytes in
        // SAFETY: both are of `count` bytes. Nothing but memcmp is fast in a debug build.
        unsafe bytes.withUnsafeBytes { bytes in
          unsafe otherBytes.withUnsafeBytes { otherBytes in
            guard let first = bytes.baseAddress, let second = otherBytes.baseAddress else {
              return true
            }
            return unsafe memcmp(first, second, bytes.count) == 0
          }
        }
      }
    }
    return result == true
  }
}
