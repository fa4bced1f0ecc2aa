// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI
import Tender
import Testing

/// Every field of every hypercall at every number where something changes, in all combinations, against
/// what the specification says of each.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct HypercallFieldTests {
  /// Where no argument block is.
  private static let buffer: UInt64 = 0x20_0000

  /// All combinations of `fields`.
  private static func product(_ fields: [[UInt64]]) -> [[UInt64]] {
    fields.reduce([[]]) { rows, values in
      rows.flatMap { row in values.map { row + [$0] } }
    }
  }

  /// The calls of `hypercall`: numbers first, with a buffer that is there; then buffers, with numbers
  /// that are allowed.
  private static func calls(_ hypercall: Hypercall) -> [Call] {
    let rows: [[UInt64]]
    switch hypercall {
    case .puts: rows = product([Boundary.addresses, Boundary.lengths])
    case .blockWrite, .blockRead:
      let (disk, junk) = (HypercallModel.disk, UInt64.max)
      rows =
        product([Boundary.handles, Boundary.offsets, [buffer, .max], Boundary.lengths, [junk]])
        + product([[disk], [0, 512, 7680], Boundary.addresses, [512, 1024, 8192], [junk]])
    case .netWrite, .netRead:
      rows =
        product([Boundary.handles, [buffer, .max], Boundary.lengths, [.max]])
        + product([[HypercallModel.net], Boundary.addresses, [1, 14, 1518, 1 << 32], [.max]])
    case .poll:
      // What waits is for other tests.
      rows = product([[0, 1, 999], [0, .max], [0, .max]])
    case .walltime: rows = [[0], [.max]]
    case .halt: rows = []
    }
    return rows.map { Call(hypercall: hypercall, words: $0) }
  }

  private static func run(_ guest: GuestProgram) async throws -> Ending {
    let (link, _) = try VirtualLink.pair()
    return try await guest.attack { configuration in
      try configuration.attach(net: link)
      let contents = [UInt8](repeating: 1, count: Int(HypercallModel.capacity))
      try configuration.attach(block: MemoryBlockDevice(contents: contents))
    }
  }

  private static let devices: [GuestProgram.Device] = [.net("service"), .block("storage")]

  /// As many calls as a guest's code has room for, and then all argument blocks.
  private static func expectResults(_ calls: ArraySlice<Call>) async throws {
    var guest = GuestProgram(devices: devices)
    // Buffers stand at the start of the data, and must leave the blocks alone.
    _ = guest.place([UInt8](repeating: 0, count: 16_384))
    let blocks = guest.place(words: calls.flatMap(\.words))
    var next = blocks
    for call in calls {
      guest.call(call.hypercall, next)
      next += call.blockSize
    }
    guest.show(blocks, next - blocks)
    guest.halt(3)
    let ending = try await run(guest)
    #expect(ending.status == 3, "\(calls.first as Call?): \(ending.outcome)")
    let output = Array(ending.output.suffix(Int(next - blocks)))
    try #require(output.count == Int(next - blocks))
    var offset = 0
    for call in calls {
      if case .returns(let expected?) = HypercallModel.result(of: call) {
        let result = output.integer(at: offset + Int(call.blockSize) - 8, as: Int32.self)
        #expect(result == expected, "\(call)")
      }
      offset += Int(call.blockSize)
    }
  }

  @Test(arguments: Hypercall.allCases.filter { $0 != .halt })
  func fieldsAreAsSpecified(_ hypercall: Hypercall) async throws {
    var returning: [Call] = []
    for call in Self.calls(hypercall) {
      guard case .faults(let cause) = HypercallModel.result(of: call) else {
        returning.append(call)
        continue
      }
      var guest = GuestProgram(devices: Self.devices)
      guest.call(hypercall, guest.place(words: call.words))
      guest.halt()
      let ending = try await Self.run(guest)
      #expect(ending.cause == cause, "\(call)")
      #expect(ending.output.isEmpty)
    }
    try #require(!returning.isEmpty)
    // Text of megabytes is said one at a time.
    let size = hypercall == .puts ? 1 : 300
    for start in stride(from: 0, to: returning.count, by: size) {
      let calls = returning[start..<min(start + size, returning.count)]
      if hypercall == .puts {
        try await Self.expectText(calls[start])
      } else {
        try await Self.expectResults(calls)
      }
    }
  }

  private static func expectText(_ call: Call) async throws {
    var guest = GuestProgram(devices: devices)
    guest.call(.puts, guest.place(words: call.words))
    guest.halt(3)
    let ending = try await run(guest)
    #expect(ending.status == 3, "\(call)")
    #expect(ending.output.count == min(1 << 16, Int(call.words[1])), "\(call)")
  }

  /// A buffer may lie over its own argument block: which of the two writes is seen is open, the rest is
  /// not.
  @Test(arguments: [.blockRead, .blockWrite, .netRead, .netWrite] as [Hypercall])
  func bufferOverItsOwnArgumentBlock(_ hypercall: Hypercall) async throws {
    let (isBlock, size) = (
      hypercall == .blockRead || hypercall == .blockWrite, UInt64(512)
    )
    for shift in [0, 1, 7, 8, 16, 24, 31, 32, 36, 39, 40] as [UInt64] {
      for isBefore in [true, false] {
        var guest = GuestProgram(devices: Self.devices)
        _ = guest.place([UInt8](repeating: 0, count: 1024))
        let block = GuestProgram.dataStart + 1024
        let data = isBefore ? block - size + shift : block + shift
        let words = isBlock ? [2, 0, data, size, 0] : [1, data, size, 0]
        #expect(guest.place(words: words) == block)
        // The next block is out of reach.
        _ = guest.place([UInt8](repeating: 0, count: 1024))
        guest.call(hypercall, block)
        guest.halt(5)
        let (link, other) = try VirtualLink.pair()
        // SAFETY: the array outlives the call.
        let frame = [UInt8](repeating: 0xff, count: Int(size))
        unsafe other.send(frame.span.bytes)
        let ending = try await guest.attack { configuration in
          try configuration.attach(net: link)
          try configuration.attach(
            block: MemoryBlockDevice(contents: [UInt8](repeating: 0xff, count: 8192)))
        }
        #expect(ending.status == 5, "\(hypercall), \(isBefore), \(shift)")
      }
    }
  }
}
