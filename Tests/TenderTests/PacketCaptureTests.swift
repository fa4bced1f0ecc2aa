// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import HVTABI
import Synchronization
import SystemCalls
import SystemPackage
import Testing

@testable import Tender

@Suite struct PacketCaptureTests {
  private let file: FileFixture

  init() throws { file = try FileFixture([1, 2, 3]) }

  /// What is in the file.
  private func contents() throws -> [UInt8] {
    let descriptor = try Descriptor(opening: file.path, flags: O_RDONLY)
    let count = Int(try descriptor.fileSize(name: file.path))
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    #expect(try descriptor.read(at: 0, into: &raw) == count)
    return bytes
  }

  /// The packets in the file: direction and bytes.
  private func packets() throws -> [Packet] {
    let bytes = try contents()
    var packets: [Packet] = []
    var start = 0
    func word(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[start + offset + $1]) << (8 * $1) }
    }
    while start < bytes.count {
      if word(0) == 6 {
        let count = word(20)
        #expect(word(24) == count)
        let flags = 28 + (count + 3) / 4 * 4 + 4
        packets.append(
          Packet(flags: word(flags), bytes: Array(bytes[start + 28..<start + 28 + count])))
      }
      start += word(4)
    }
    #expect(start == bytes.count)
    return packets
  }

  private struct Packet: Equatable {
    var flags: Int
    var bytes: [UInt8]
  }

  private func capture() throws -> PacketCapture {
    try PacketCapture(path: file.path) { Issue.record("\($0)") }
  }

  @Test func framesAreRecordedInOrderWithTheirDirection() throws {
    let capture = try capture()
    let (one, other) = try VirtualLink.pair()
    let device = RecordedDevice(one, in: capture, as: "service")
    #expect(device.macAddress == one.macAddress)
    #expect(device.mtu == one.mtu)
    #expect(device.readinessDescriptor == one.readinessDescriptor)
    try device.send(bytes: [1])
    try other.send(bytes: [2, 3])
    #expect(try device.frame() == [2, 3])
    #expect(try device.frame() == nil)
    try device.send(bytes: [4, 5, 6])
    #expect(try [other.frame(), other.frame()] == [[1], [4, 5, 6]])
    capture.flush()
    #expect(
      try packets() == [
        Packet(flags: 2, bytes: [1]), Packet(flags: 1, bytes: [2, 3]),
        Packet(flags: 2, bytes: [4, 5, 6]),
      ])
  }

  /// As queues have it: in several buffers, here without a header.
  @Test func framesInSeveralBuffersAreRecordedWhole() throws {
    let capture = try capture()
    let (one, other) = try VirtualLink.pair()
    let device = RecordedDevice(one, in: capture, as: "service")
    var memory: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
    try unsafe memory.withUnsafeMutableBytes { memory in
      var buffers = IOVectors()
      unsafe buffers.append(UnsafeMutableRawBufferPointer(rebasing: memory[..<3]))
      unsafe buffers.append(UnsafeMutableRawBufferPointer(rebasing: memory[3...]))
      let isSent = try device.send(buffers)
      #expect(isSent)
      try other.send(bytes: [9, 8, 7, 6, 5])
      let count = try device.receive(into: buffers)
      #expect(count == 5)
      let none = try device.receive(into: buffers)
      #expect(none == nil)
    }
    capture.flush()
    #expect(
      try packets() == [
        Packet(flags: 2, bytes: [1, 2, 3, 4, 5, 6, 7]), Packet(flags: 1, bytes: [9, 8, 7, 6, 5]),
      ])
  }

  @Test func headersAreLeftOutAndRefusedFramesToo() throws {
    let capture = try capture()
    let tap = try TapFixture()
    let device = RecordedDevice(tap.device, in: capture, as: "service")
    #expect(device.hasHeaders)
    let frame = [UInt8](repeating: 0xff, count: 12) + [0x88, 0xb5] + [UInt8](1...50)
    var header = NetHeader()
    for isRefused in [false, true] {
      if isRefused { header.gso_type = 0x7f }
      var memory = unsafe withUnsafeBytes(of: header) { unsafe Array($0) } + frame
      try unsafe memory.withUnsafeMutableBytes { memory in
        var buffers = IOVectors()
        unsafe buffers.append(UnsafeMutableRawBufferPointer(rebasing: memory[..<20]))
        unsafe buffers.append(UnsafeMutableRawBufferPointer(rebasing: memory[20...]))
        let isSent = try device.send(buffers)
        #expect(isSent == !isRefused)
      }
    }
    capture.flush()
    #expect(try packets() == [Packet(flags: 2, bytes: frame)])
  }

  @Test func whatIsRecordedComesToTheFileByItself() throws {
    let capture = try capture()
    try capture.start {}
    let device = RecordedDevice(try VirtualLink.pair().0, in: capture, as: "service")
    for number: UInt8 in 1...2 {
      try device.send(bytes: [number])
      let limit = monotonicNanoseconds() + 5_000_000_000
      while try packets().count < Int(number), monotonicNanoseconds() < limit { usleep(10_000) }
      #expect(try packets().count == Int(number))
    }
  }

  /// From two threads, and many times what is kept.
  @Test func nothingIsLostOrMixedUp() throws {
    let capture = try capture()
    let count = 3000
    let devices = try (0..<2).map { number in
      RecordedDevice(try VirtualLink.pair(capacity: 0).0, in: capture, as: "net\(number)")
    }
    do {
      let sender = devices[1]
      let thread = try JoinedThread {
        for index in 0..<count { try? sender.send(bytes: Self.frame(index, 1)) }
      }
      for index in 0..<count { try devices[0].send(bytes: Self.frame(index, 0)) }
      withExtendedLifetime(thread) {}
    }
    capture.flush()
    let packets = try packets()
    for number: UInt8 in 0..<2 {
      #expect(
        packets.filter { $0.bytes[0] == number }.map(\.bytes)
          == (0..<count).map { Self.frame($0, number) })
    }
  }

  private static func frame(_ index: Int, _ number: UInt8) -> [UInt8] {
    [number] + [UInt8](repeating: UInt8(index & 0xff), count: 1 + index * 7 % 900)
  }

  @Test func fileThatCannotBeMadeOrWrittenIsRefused() throws {
    let error = #expect(throws: SystemCallError.self) {
      _ = try PacketCapture(path: "/nowhere/x.pcapng") { _ in }
    }
    #expect(error?.description == "/nowhere/x.pcapng: open: No such file or directory")
    let full = #expect(throws: SystemCallError.self) {
      _ = try PacketCapture(path: "/dev/full") { _ in }
    }
    #expect(full?.description == "/dev/full: write: No space left on device")
  }
}
