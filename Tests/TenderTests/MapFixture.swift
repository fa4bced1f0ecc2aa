// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@testable import Tender

/// The memory map of an image in a memory of some size.
struct MapFixture: CustomStringConvertible, Sendable {
  var image = ImageFixture()
  var memorySize: UInt64

  var description: String { "\(memorySize >> 20) MiB, \(image.segments.count) segments" }

  static let small = MapFixture(memorySize: 16 << 20)

  /// Small, usual and largest memory; a program that shares pages, has gaps and a segment that fills
  /// large pages; a stack that does; an empty heap.
  static let all = [
    small,
    MapFixture(memorySize: 2 << 20),
    MapFixture(memorySize: 512 << 20),
    MapFixture(memorySize: 4 << 30),
    MapFixture(
      image: ImageFixture(
        segments: [
          .init(flags: 5, address: 0x10_0000, memorySize: 0x70_0000),
          .init(flags: 4, address: 0x80_0000, memorySize: 0x20_0000),
          .init(flags: 0, address: 0xa0_0000, memorySize: 0x1000),
          .init(flags: 6, address: 0xa0_1100, memorySize: 0x80),
          .init(flags: 6, address: 0xa0_1200, memorySize: 0x50_0000),
          .init(flags: 1, address: 0x100_0000, memorySize: 1),
        ],
        stackSize: 32 << 20),
      memorySize: 512 << 20),
    MapFixture(image: ImageFixture(stackSize: 0xf_b000), memorySize: 2 << 20),
    MapFixture(image: ImageFixture(stackSize: 1 << 30), memorySize: 4 << 30),
  ]

  func map() throws -> MemoryMap {
    let image = try image.parse()
    return try #require(
      MemoryMap(of: image, memorySize: memorySize), "the image fits")
  }
}
