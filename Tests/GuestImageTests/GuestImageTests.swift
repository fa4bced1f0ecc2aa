// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@Suite struct GuestImageTests {
  @Test func nativeImageIsRead() throws {
    let image = try ImageFixture().parse()
    #expect(image.entry == 0x10_0010)
    #expect(image.segments.map(\.address) == [0x10_0000, 0x10_1000, 0x10_2000])
    #expect(image.segments.map(\.fileSize) == [256, 64, 16])
    #expect(image.segments.map(\.memorySize) == [256, 64, 0x1800])
    #expect(image.segments.map(\.permissions) == [[.read, .execute], [.read], [.read, .write]])
    #expect(image.manifest.devices.map(\.name) == ["service", "storage"])
    #expect(image.native?.stackSize == 65536)
    #expect(image.notes.map(\.owner) == ["Solo5", "Solo5", "HVT"])
  }

  @Test func memoryEndsWithTheLastSegmentsPage() throws {
    let image = try ImageFixture().parse()
    #expect(image.memoryEnd == 0x10_4000)
    #expect(image.segments.map(\.pages.upperBound) == [0x10_1000, 0x10_2000, 0x10_4000])
  }

  @Test(
    arguments: [
      (65536, 0x20_0000), (0xf_b000, 0x20_0000), (0xf_c000, 0x40_0000), (1 << 30, 0x4020_0000),
    ] as [(UInt64, UInt64)])
  func minimumMemoryHoldsStackAndGuardPage(stackSize: UInt64, minimum: UInt64) throws {
    let image = try ImageFixture.notes([.abi(), .manifest(), .native(stackSize: stackSize)]).parse()
    #expect(image.minimumMemorySize == minimum)
  }

  @Test func imageWithSolo5NotesOnlyIsNotNative() throws {
    let image = try ImageFixture.notes([.abi(), .manifest()]).parse()
    #expect(image.native == nil)
    #expect(image.minimumMemorySize == 0x20_0000)
  }

  @Test func segmentsAreSortedByAddress() throws {
    var fixture = ImageFixture()
    fixture.segments.reverse()
    #expect(try fixture.parse().segments.map(\.address) == [0x10_0000, 0x10_1000, 0x10_2000])
  }

  @Test func onlyHeadersAndNotesAreRead() throws {
    let source = CountingSource(ImageFixture().bytes)
    _ = try GuestImage(reading: source)
    #expect(source.reads == [64, 6 * 56, 36, 20 + 4 + 8 + 3 * 104, 32])
  }

  @Test(arguments: 0..<5) func failureOfTheSourceIsPassedOn(read: Int) {
    let source = CountingSource(ImageFixture().bytes, failingRead: read)
    let error = #expect(throws: ImageError.self) { _ = try GuestImage(reading: source) }
    #expect(error?.description == "image file: read \(read) failed")
    guard case .source(let cause as CountingSource.Failure) = error else {
      Issue.record("\(String(describing: error)) is not the source's")
      return
    }
    #expect(cause.read == read)
  }

  @Test func everyPrefixOfAnImageIsRejected() throws {
    let bytes = ImageFixture().bytes
    for count in 0..<bytes.count {
      #expect(throws: ImageError.self) {
        _ = try GuestImage(reading: ArrayImageSource(Array(bytes[..<count])))
      }
    }
  }
}

/// A source that records the sizes of reads and can fail one of them.
private final class CountingSource: ImageSource {
  struct Failure: Error, CustomStringConvertible {
    let read: Int
    var description: String { "read \(read) failed" }
  }

  private let source: ArrayImageSource
  private let failingRead: Int?
  private(set) var reads: [Int] = []

  init(_ bytes: [UInt8], failingRead: Int? = nil) {
    source = ArrayImageSource(bytes)
    self.failingRead = failingRead
  }

  var byteCount: UInt64 { source.byteCount }

  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(Failure) {
    guard reads.count != failingRead else { throw Failure(read: reads.count) }
    reads.append(buffer.count)
    source.read(at: offset, into: &buffer)
  }
}
