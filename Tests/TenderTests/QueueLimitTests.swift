// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import SystemCalls
import Testing
import Virtqueue

@testable import Tender

/// Queues of devices with limits: what is over them waits, and nobody spins meanwhile.
@Suite(.timeLimit(.minutes(1))) struct QueueLimitTests {
  private static let (receive, transmit) = (0, 1)
  private static let frame = [UInt8](repeating: 7, count: 100)

  private static func net(
    _ link: VirtualLink, _ limits: DeviceLimits
  ) throws -> QueueFixture {
    try QueueFixture(devices: [.net("service")]) { try $0.attach(net: link, limits: limits) }
  }

  private static func held(_ queue: borrowing QueueFixture) -> UInt64? {
    queue.server.heldNanoseconds(at: monotonicNanoseconds())
  }

  @Test func framesOverTheRateStayInTheQueue() throws {
    let (link, other) = try VirtualLink.pair()
    // 20 a second, two at once.
    let queue = try Self.net(link, DeviceLimits(operationsPerSecond: 20))
    for _ in 0..<4 {
      queue.post(Self.transmit, [.init(address: QueueFixture.buffers, count: 112)])
    }
    #expect(try queue.serve() == nil)
    let first = queue.used(Self.transmit).count
    #expect((2...3).contains(first))
    let held = Self.held(queue)
    #expect(try #require(held) <= 50_000_001)
    let maySleep = queue.server.prepareToSleep(queue.memory)
    #expect(maySleep, "held chains do not keep a thread awake")
    let start = monotonicNanoseconds()
    while queue.used(Self.transmit).count < 4 {
      usleep(1000)
      #expect(try queue.serve() == nil)
    }
    #expect(monotonicNanoseconds() - start > 40_000_000)
    let heldAtTheEnd = Self.held(queue)
    #expect(heldAtTheEnd == nil)
    var count = 0
    while try other.frame() != nil { count += 1 }
    #expect(count == 4)
  }

  @Test func framesForTheGuestStayInTheDevice() throws {
    let (link, other) = try VirtualLink.pair()
    let queue = try Self.net(link, DeviceLimits(bytesPerSecond: 2000))
    for index in 0..<4 {
      let address = QueueFixture.buffers + UInt64(index) * 0x1000
      queue.post(Self.receive, [.init(address: address, count: 2048, isWritten: true)])
      try other.send(bytes: Self.frame)
    }
    #expect(try queue.serve() == nil)
    #expect((2...3).contains(queue.used(Self.receive).count))
    let held = Self.held(queue)
    #expect(held != nil)
    #expect(!queue.server.isWatched(0), "a frame that may not pass is nothing to wake up for")
    let maySleep = queue.server.prepareToSleep(queue.memory)
    #expect(maySleep)
    #expect(try link.isReady)
    let start = monotonicNanoseconds()
    while queue.used(Self.receive).count < 4 {
      usleep(1000)
      #expect(try queue.serve() == nil)
    }
    #expect(monotonicNanoseconds() - start > 40_000_000)
  }

  @Test func halfOfTheTrafficDoesNotLimitTheOther() throws {
    let (link, other) = try VirtualLink.pair()
    let queue = try Self.net(link, DeviceLimits(bytesPerSecond: 100))
    queue.post(Self.transmit, [.init(address: QueueFixture.buffers, count: 112)])
    #expect(try queue.serve() == nil)
    queue.post(
      Self.receive, [.init(address: QueueFixture.buffers, count: 2048, isWritten: true)])
    try other.send(bytes: Self.frame)
    #expect(try queue.serve() == nil)
    #expect(queue.used(Self.transmit).count == 1)
    #expect(queue.used(Self.receive).count == 1)
  }

  // MARK: - Block

  private static func post(_ queue: borrowing QueueFixture, _ index: Int) {
    let start = QueueFixture.buffers + UInt64(index) * 0x1000
    queue.memory.store(BlockRequestHeader(), at: GuestAddress(start))
    queue.post(
      0,
      [
        .init(address: start, count: 16),
        .init(address: start + 512, count: 512, isWritten: true),
        .init(address: start + 16, count: 1, isWritten: true),
      ])
  }

  private static func block(
    _ device: any BlockDevice, _ limits: DeviceLimits
  ) throws -> QueueFixture {
    try QueueFixture(devices: [.block("storage")]) { try $0.attach(block: device, limits: limits) }
  }

  @Test(
    arguments: [
      DeviceLimits(operationsPerSecond: 20), DeviceLimits(bytesPerSecond: 20 * 512),
    ], [true, false])
  func requestsOverTheRateStayInTheQueue(limits: DeviceLimits, ofAFile: Bool) throws {
    let file = try FileFixture([UInt8](repeating: 1, count: 4096))
    let disk: any BlockDevice =
      ofAFile
      ? try FileBlockDevice(path: file.path)
      : MemoryBlockDevice(contents: [UInt8](repeating: 1, count: 4096))
    let queue = try Self.block(disk, limits)
    for index in 0..<4 { Self.post(queue, index) }
    #expect(try queue.serve() == nil)
    #expect((2...3).contains(queue.used(0).count))
    let held = Self.held(queue)
    #expect(held != nil)
    let maySleep = queue.server.prepareToSleep(queue.memory)
    #expect(maySleep)
    let start = monotonicNanoseconds()
    while queue.used(0).count < 4 {
      usleep(1000)
      #expect(try queue.serve() == nil)
    }
    #expect(monotonicNanoseconds() - start > 40_000_000)
    let heldAtTheEnd = Self.held(queue)
    #expect(heldAtTheEnd == nil)
    #expect(queue.counters.statistics.devices[0].requests.errors == 0)
    queue.server.finish(queue.memory)
  }

  /// What a guest had made available when it halted is done, in its time.
  @Test func completionWaitsForTheRate() throws {
    let queue = try Self.block(
      MemoryBlockDevice(contents: [UInt8](repeating: 1, count: 4096)),
      DeviceLimits(operationsPerSecond: 20))
    for index in 0..<6 { Self.post(queue, index) }
    let start = monotonicNanoseconds()
    try queue.server.complete(queue.memory)
    #expect(monotonicNanoseconds() - start > 140_000_000)
    #expect(queue.used(0).count == 6)
  }

  @Test func stopEndsTheCompletion() throws {
    let queue = try Self.block(
      MemoryBlockDevice(contents: [UInt8](repeating: 1, count: 4096)),
      DeviceLimits(operationsPerSecond: 1))
    for index in 0..<6 { Self.post(queue, index) }
    queue.stop.request()
    let start = monotonicNanoseconds()
    try queue.server.complete(queue.memory)
    #expect(monotonicNanoseconds() - start < 900_000_000)
    #expect(queue.used(0).count < 6)
  }
}
