// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing
import Virtqueue

@testable import Tender

/// The queues of a net device (hvt-abi/SPEC.md, "Net" of "Queues").
@Suite struct NetQueuesTests {
  private static let (receive, transmit) = (0, 1)
  private static let frame = [UInt8](1...60)

  private static func fixture(
    _ link: VirtualLink
  ) throws -> QueueFixture {
    try QueueFixture(devices: [.net("service")]) { try $0.attach(net: link) }
  }

  private static func received(_ link: VirtualLink) throws -> [UInt8]? {
    try link.frame()
  }

  @Test func frameIsSentFromItsSegments() throws {
    let (link, other) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    let start = QueueFixture.buffers
    queue.memory.put([UInt8](repeating: 0, count: 12) + Self.frame, at: start)
    queue.post(
      Self.transmit,
      [
        .init(address: start, count: 5), .init(address: start + 5, count: 10),
        .init(address: start + 15, count: 57),
      ])
    queue.post(Self.transmit, [.init(address: start, count: 72)])
    #expect(try queue.serve() == nil)
    #expect(try Self.received(other) == Self.frame)
    #expect(try Self.received(other) == Self.frame)
    #expect(queue.used(Self.transmit).count == 2)
    #expect(queue.counters.statistics.devices[0].traffic.sent == 2)
    #expect(queue.counters.statistics.devices[0].traffic.sentBytes == 120)
  }

  /// Sizes in bytes, and the header's flags and kind of segmentation.
  static let refused: [(count: UInt32, flags: UInt8, kind: UInt8)] = [
    (12, 0, 0), (25, 0, 0), (12 + 1519, 0, 0), (72, 1, 0), (72, 0, 1), (72, 0, 4), (72, 0, 3),
    (72, 0, 0x81), (12 + 3000, 0, 1),
  ]

  @Test(arguments: refused)
  func whatIsNoFrameIsDropped(count: UInt32, flags: UInt8, kind: UInt8) throws {
    let (link, other) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    queue.memory.put([flags, kind], at: QueueFixture.buffers)
    queue.post(Self.transmit, [.init(address: QueueFixture.buffers, count: count)])
    #expect(try queue.serve() == nil)
    #expect(try Self.received(other) == nil)
    #expect(queue.used(Self.transmit).count == 1)
    #expect(queue.counters.statistics.devices[0].traffic.refused == 1)
  }

  @Test(arguments: [26, 12 + 1518] as [UInt32])
  func smallestAndLargestFramePass(count: UInt32) throws {
    let (link, other) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    queue.post(Self.transmit, [.init(address: QueueFixture.buffers, count: count)])
    #expect(try queue.serve() == nil)
    #expect(try Self.received(other)?.count == Int(count) - 12)
  }

  @Test func framesFillReceiveBuffersInOrder() throws {
    let (link, other) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    let start = QueueFixture.buffers
    queue.post(Self.receive, [.init(address: start, count: 2048, isWritten: true)])
    queue.post(
      Self.receive,
      [
        .init(address: start + 0x1000, count: 7, isWritten: true),
        .init(address: start + 0x2000, count: 40, isWritten: true),
      ])
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).isEmpty)
    try other.send(bytes: Self.frame)
    try other.send(bytes: Self.frame)
    try other.send(bytes: [UInt8](repeating: 9, count: 60))
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).map(\.length) == [72, 47])
    let header: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    #expect(queue.memory.bytes(at: start, 72) == header + Self.frame)
    #expect(queue.memory.bytes(at: start + 0x1000, 7) == Array(header.prefix(7)))
    #expect(
      queue.memory.bytes(at: start + 0x2000, 40) == Array(header.suffix(5) + Self.frame.prefix(35)))
    #expect(queue.counters.statistics.devices[0].traffic.received == 2)

    // The third waits for a buffer.
    queue.post(Self.receive, [.init(address: start, count: 2048, isWritten: true)])
    #expect(try queue.serve() == nil)
    #expect(queue.memory.bytes(at: start + 12, 60) == [UInt8](repeating: 9, count: 60))
  }

  /// Buffers that overlap make more room than there is memory.
  @Test func roomWithoutEndIsNotTaken() throws {
    let (link, other) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    let buffer = QueueFixture.Buffer(
      address: QueueFixture.buffers, count: 12 << 20, isWritten: true)
    queue.post(Self.receive, Array(repeating: buffer, count: 8))
    try other.send(bytes: Self.frame)
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).map(\.length) == [72])
  }

  @Test func readinessIsOnlyWatchedWithABuffer() throws {
    let (link, _) = try VirtualLink.pair()
    var queue = try Self.fixture(link)
    #expect(try queue.serve() == nil)
    #expect(!queue.server.isWatched(0))
    queue.post(
      Self.receive, [.init(address: QueueFixture.buffers, count: 2048, isWritten: true)])
    #expect(try queue.serve() == nil)
    #expect(queue.server.isWatched(0))
  }

  @Test func chainsOfTheWrongDirectionAreFaults() throws {
    let (link, _) = try VirtualLink.pair()
    for (index, kind, isWritten, count) in [
      (Self.receive, QueueKind.receive, false, 2048), (Self.receive, .receive, true, 12),
      (Self.transmit, .transmit, true, 2048), (Self.transmit, .transmit, false, 11),
    ] as [(Int, QueueKind, Bool, UInt32)] {
      var queue = try Self.fixture(link)
      queue.post(
        index, [.init(address: QueueFixture.buffers, count: count, isWritten: isWritten)])
      let what =
        kind == .receive
        ? "room for a frame and nothing to be read" : "a header and nothing to be written"
      #expect(
        try queue.serve() == .queue(handle: 1, kind, .incomplete(head: 0, lacking: what)))
    }
  }
}
