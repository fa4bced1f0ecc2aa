// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing

@testable import Tender

/// The queues of a net device that is a real tap.
@Suite(.serialized) struct TapQueueTests {
  private static let (receive, transmit) = (0, 1)
  private static let buffer = QueueFixture.buffers

  private static func fixture(_ tap: TapFixture, accepts: UInt32 = 0) throws -> QueueFixture {
    try QueueFixture(devices: [.net("service")], accepts: accepts) {
      try $0.attach(net: tap.device)
    }
  }

  /// A header as a guest writes it.
  struct Header: CustomTestStringConvertible {
    var flags: UInt8 = 0
    var kind: UInt8 = 0
    var headerSize: UInt16 = 0
    var segmentSize: UInt16 = 0
    var checksumStart: UInt16 = 0
    var checksumOffset: UInt16 = 0

    /// Without the number of buffers, which only some have.
    var bytes: [UInt8] {
      [flags, kind]
        + [headerSize, segmentSize, checksumStart, checksumOffset]
        .flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    }

    var testDescription: String { "\(bytes)" }

    /// TCP over IPv4, as it should be.
    static let tcp = Header(
      flags: 1, kind: 1, headerSize: 54, segmentSize: 1460, checksumStart: 34, checksumOffset: 16)
  }

  /// A TCP packet of `count` bytes of payload, without checksums.
  static func packet(_ count: Int, version: Int = 4) -> [UInt8] {
    let addresses: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
    let tcpSize = 20 + count
    func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    let ip =
      version == 4
      ? [8, 0, 0x45, 0] + word(20 + tcpSize) + [
        0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
      ]
      : [0x86, 0xdd, 0x60, 0, 0, 0] + word(tcpSize) + [6, 64]
        + [UInt8](repeating: 0xfc, count: 32)
    let tcp =
      [0, 9, 0, 9] + [UInt8](repeating: 0, count: 8) + [0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]
    return addresses + ip + tcp + (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
  }

  /// Sends a frame as a guest does.
  private static func send(
    _ frame: [UInt8], _ header: Header = .init(), from queue: borrowing QueueFixture
  ) throws {
    queue.memory.put(header.bytes + [0, 0] + frame, at: buffer)
    queue.post(transmit, [.init(address: buffer, count: UInt32(12 + frame.count))])
    let fault = try queue.serve()
    #expect(fault == nil)
  }

  /// Each with what is wrong with it.
  static let nonsense: [(String, Header)] = [
    ("the checksum begins beyond the frame", .init(flags: 1, checksumStart: 5000)),
    ("the checksum's place is beyond the frame", .init(flags: 1, checksumOffset: 5000)),
    ("the sum of both wraps", .init(flags: 1, checksumStart: 40, checksumOffset: 0xffff)),
    ("no segment size", .init(flags: 1, kind: 1, headerSize: 54, checksumStart: 34)),
    ("headers of 65,535 bytes", .init(flags: 1, kind: 1, headerSize: 0xffff, segmentSize: 1460)),
    ("an unknown kind", .init(kind: 2, segmentSize: 1460)), ("UDP", .init(kind: 3, segmentSize: 8)),
    ("UDP of version 1.2", .init(kind: 5, segmentSize: 8)),
    ("all kinds", .init(kind: 0x7f, segmentSize: 1460)),
    ("congestion in no segment", .init(kind: 0x80)),
  ]

  @Test(arguments: nonsense)
  func headersOfNonsenseAreRefused(what: String, header: Header) throws {
    let tap = try TapFixture()
    let queue = try Self.fixture(tap)
    try Self.send(Self.packet(1000), header, from: queue)
    try Self.send(Self.packet(1000), header, from: queue)
    #expect(try tap.receive() == nil, "\(what)")
    #expect(queue.used(Self.transmit).count == 2)
    #expect(queue.counters.statistics.devices[0].traffic.refused == 2)
    #expect(queue.counters.statistics.devices[0].traffic.sent == 0)

    try Self.send(Self.packet(1000), from: queue)
    #expect(try tap.receive()?.frame == Self.packet(1000))
    #expect(queue.counters.statistics.devices[0].traffic.sent == 1)
  }

  @Test func unfinishedFrameIsRefusedByATapWithoutHeaders() throws {
    let tap = try TapFixture(hasHeaders: false)
    let queue = try Self.fixture(tap, accepts: 7)
    for header in [Header.tcp, .init(flags: 1, checksumStart: 34, checksumOffset: 16)] {
      try Self.send(Self.packet(1000), header, from: queue)
    }
    try Self.send(Self.packet(1000), from: queue)
    #expect(queue.counters.statistics.devices[0].traffic.refused == 2)
    #expect(try tap.receive()?.frame == Self.packet(1000))
  }

  @Test(arguments: [4, 6])
  func largestSegmentIsOneFrameEachWay(version: Int) throws {
    let tap = try TapFixture()
    let queue = try Self.fixture(tap, accepts: 7)
    var header = Header.tcp
    if version == 6 {
      header.kind = 4
      header.checksumStart = 54
      header.headerSize = 74
    }
    // The payload is the largest whose size fits into IP's header.
    let frame = Self.packet(version == 4 ? 65_495 : 65_475, version: version)
    queue.memory.put(header.bytes + [0, 0] + frame, at: Self.buffer)
    let rest = UInt32(12 + frame.count - 1000)
    queue.post(
      Self.transmit,
      [
        .init(address: Self.buffer, count: 66), .init(address: Self.buffer + 66, count: 934),
        .init(address: Self.buffer + 1000, count: rest),
      ])
    #expect(try queue.serve() == nil)
    let sent = try #require(try tap.receive())
    #expect(sent.frame == frame)
    #expect(Array(sent.header[0..<2]) == [1, header.kind])

    // A device of the kernel takes no more than 65,535 bytes, with the Ethernet header.
    let place = Self.buffer + 0x20000
    let smaller = Self.packet(version == 4 ? 65_481 : 65_461, version: version)
    queue.post(Self.receive, [.init(address: place, count: 12 + 65_550, isWritten: true)])
    try tap.send(smaller, header: header.bytes)
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).map(\.length) == [12 + 65_535])
    #expect(queue.memory.bytes(at: place + 12, 65_535) == smaller)
    let head = queue.memory.bytes(at: place, 12)
    let received = try #require(head)
    #expect(Array(received[0..<2]) == [1, header.kind])
    #expect(Array(received[4..<12]) == Array(header.bytes[4...]) + [1, 0])
    #expect(queue.counters.statistics.devices[0].traffic.received == 1)
  }

  /// The kernel does what the guest does not accept.
  @Test func segmentIsDividedForAGuestThatAcceptsNone() throws {
    let tap = try TapFixture()
    let queue = try Self.fixture(tap)
    let room: UInt64 = 12 + 1518
    for index in 0..<4 {
      let place = Self.buffer + UInt64(index) * 0x1000
      queue.post(Self.receive, [.init(address: place, count: UInt32(room), isWritten: true)])
    }
    try tap.send(Self.packet(4000), header: Header.tcp.bytes)
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).map(\.length) == [1526, 1526, 1146])
    for index in 0..<3 {
      let place = Self.buffer + UInt64(index) * 0x1000
      #expect(queue.memory.bytes(at: place, 10) == [UInt8](repeating: 0, count: 10))
      let sum = queue.memory.bytes(at: place + 12 + 50, 2)
      #expect(sum != [0, 0], "the kernel has completed the checksum")
    }
  }

  /// A frame of `count` bytes with a VLAN tag.
  private static func tagged(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 42, 8, 0]
      + (0..<count - 18).map { UInt8(truncatingIfNeeded: $0) }
  }

  private static func plain(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 2, count: 12) + [0x88, 0xb5]
      + (0..<count - 14).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// The MTU, and sizes of plain and tagged frames.
  static let sizes: [(mtu: Int, plain: [Int], tagged: [Int])] = [
    (1500, [14, 15, 60, 1514], [20, 1518]), (9000, [14, 1519, 9014], [9018]),
    (68, [14, 82], [86]),
  ]

  @Test(arguments: sizes)
  func framesUpToTheMTUPassBothWays(mtu: Int, plain: [Int], tagged: [Int]) throws {
    let tap = try TapFixture(mtu: mtu)
    let queue = try Self.fixture(tap)
    let frames = plain.map { Self.plain($0) } + tagged.map { Self.tagged($0) }
    for (index, frame) in frames.enumerated() {
      try Self.send(frame, from: queue)
      // The kernel takes the tag off before the socket sees the frame.
      let isTagged = index >= plain.count
      let expected = isTagged ? Array(frame[..<12] + frame[16...]) : frame
      #expect(try tap.receive()?.frame == expected, "\(frame.count) bytes from the guest")

      let place = Self.buffer + 0x10000
      queue.post(
        Self.receive, [.init(address: place, count: UInt32(12 + mtu + 18), isWritten: true)])
      try tap.send(frame)
      #expect(try queue.serve() == nil)
      #expect(queue.used(Self.receive).last?.length == UInt32(12 + frame.count))
      #expect(queue.memory.bytes(at: place + 12, frame.count) == frame, "\(frame.count) bytes")
    }
    #expect(queue.counters.statistics.devices[0].traffic.refused == 0)
  }

  @Test(arguments: [1500, 9000])
  func framesBeyondTheMTUAndRuntsAreRefused(mtu: Int) throws {
    let tap = try TapFixture(mtu: mtu)
    let queue = try Self.fixture(tap)
    for count in [mtu + 19, 65_550] {
      try Self.send(Self.plain(count), from: queue)
    }
    try Self.send([UInt8](repeating: 2, count: 13), from: queue)
    // A frame that is longer only before segmentation is not too long, but one beyond that is.
    try Self.send(Self.packet(65_550 - 54 + 1), .tcp, from: queue)
    #expect(try tap.receive() == nil)
    #expect(queue.counters.statistics.devices[0].traffic.refused == 4)
  }

  /// The host's interface takes larger frames than the guest was told of.
  @Test func restOfALongFrameIsLost() throws {
    let tap = try TapFixture(mtu: 9000, deviceMTU: 1500)
    let queue = try Self.fixture(tap)
    for place in [Self.buffer, Self.buffer + 0x1000] {
      queue.post(Self.receive, [.init(address: place, count: 12 + 1518, isWritten: true)])
    }
    try tap.send(Self.plain(4000))
    try tap.send(Self.plain(60))
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.receive).map(\.length) == [12 + 1518, 72])
    #expect(queue.memory.bytes(at: Self.buffer + 12, 1518) == Array(Self.plain(4000)[..<1518]))
    #expect(queue.memory.bytes(at: Self.buffer + 0x1000 + 12, 60) == Self.plain(60))
  }
}
