// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

struct HeapTests {
  @Test(arguments: [
    0, 1, 15, 16, 17, 128, 129, 160, 161, 256, 1024, 1025, 4095, 4096, 4097, 8192, 8193, 12288,
    100_000, 3_000_000,
  ])
  func aBlockIsAlignedAndLargeEnough(size: Int) throws {
    let heap = HeapFixture(pages: 4096)
    let block = try #require(heap.allocate(size))
    #expect(block % 16 == 0)
    #expect(heap.usableSize(block) >= size)
    #expect(block >= heap.start && block + UInt(heap.usableSize(block)) <= heap.end)
    heap.fill(block, 0x5a, count: heap.usableSize(block))
    #expect(heap.free(block) == SL_HEAP_OK)
  }

  @Test func smallBlocksWasteLittle() throws {
    let heap = HeapFixture(pages: 8192)
    for size in stride(from: 129, through: 8192, by: 7) {
      let block = try #require(heap.allocate(size))
      #expect(heap.usableSize(block) * 4 <= size * 5 + 4)
      #expect(heap.free(block) == SL_HEAP_OK)
    }
  }

  @Test(arguments: [16, 32, 64, 256, 4096, 8192, 65536, 1 << 21])
  func alignedBlocksAreAligned(alignment: Int) throws {
    let heap = HeapFixture(pages: 8192)
    for size in [1, 24, 100, 1000, 5000, 10000, 100_000] {
      let first = try #require(heap.allocate(size, alignment: alignment))
      let second = try #require(heap.allocate(size, alignment: alignment))
      #expect(first % UInt(alignment) == 0 && second % UInt(alignment) == 0)
      #expect(heap.usableSize(first) >= size)
      heap.fill(first, 1, count: heap.usableSize(first))
      heap.fill(second, 2, count: heap.usableSize(second))
      #expect(heap.holds(first, 1, count: heap.usableSize(first)))
      #expect(heap.free(first) == SL_HEAP_OK)
      #expect(heap.free(second) == SL_HEAP_OK)
    }
  }

  @Test(arguments: [16, 100, 5000, 20000]) func aFreedBlockIsUsedAgain(size: Int) throws {
    let heap = HeapFixture(pages: 1024)
    let first = try #require(heap.allocate(size))
    #expect(heap.free(first) == SL_HEAP_OK)
    #expect(heap.allocate(size) == first)
  }

  @Test func freeNeighboursBecomeOneRun() throws {
    let heap = HeapFixture(pages: 1024)
    let blocks = try (0..<10).map { _ in try #require(heap.allocate(40960)) }
    for index in [1, 3, 2, 7, 5, 6, 4] {
      #expect(heap.free(blocks[index]) == SL_HEAP_OK)
    }
    #expect(heap.allocate(7 * 40960) == blocks[1])
  }

  @Test func everythingThatIsFreedIsAvailableAgain() throws {
    let heap = HeapFixture(pages: 2048)
    let untouched = heap.available
    var generator = RepeatableGenerator(seed: 1)
    for _ in 0..<3 {
      var blocks: [UInt] = []
      while let block = heap.allocate(.random(in: 8193...300_000, using: &generator)) {
        blocks.append(block)
      }
      for block in blocks.shuffled(using: &generator) {
        #expect(heap.free(block) == SL_HEAP_OK)
      }
    }
    #expect(heap.available == untouched)
    #expect(heap.allocate(untouched) != nil)
  }

  @Test func anExhaustedHeapServesWhatIsFreed() throws {
    let heap = HeapFixture(pages: 64)
    var blocks: [UInt] = []
    while let block = heap.allocate(1000) {
      blocks.append(block)
    }
    #expect(blocks.count > 200)
    #expect(heap.allocate(100_000) == nil)
    #expect(heap.allocate(Int.max) == nil)
    #expect(heap.free(blocks[100]) == SL_HEAP_OK)
    #expect(heap.allocate(1000) == blocks[100])
  }

  @Test(arguments: [0, 1, 4]) func aHeapWithoutRoomHasNothing(pages: Int) {
    #expect(HeapFixture(pages: max(pages, 1)).allocate(pages * 4096 + 1) == nil)
  }

  @Test(arguments: [16, 48, 1000, 8192, 8193, 100_000]) func aDoubleFreeIsFound(size: Int) throws {
    let heap = HeapFixture(pages: 1024)
    let block = try #require(heap.allocate(size))
    let neighbour = try #require(heap.allocate(size))
    #expect(heap.free(block) == SL_HEAP_OK)
    #expect(heap.free(block) == SL_HEAP_DOUBLE_FREE)
    #expect(heap.free(neighbour) == SL_HEAP_OK)
    #expect(heap.free(block) != SL_HEAP_OK)
  }

  @Test func foreignAddressesAreFound() throws {
    let heap = HeapFixture(pages: 1024)
    let small = try #require(heap.allocate(48))
    let large = try #require(heap.allocate(100_000))
    let addresses: [UInt] = [
      0, 8, heap.start - 16, heap.start, heap.start + 4, heap.end, .max - 15, small + 8,
      small + 16, small + 48, large + 16, large + 4096, large + 102_400,
    ]
    for address in addresses {
      #expect(heap.free(address) == SL_HEAP_FOREIGN)
    }
    #expect(heap.free(small) == SL_HEAP_OK)
    #expect(heap.free(large) == SL_HEAP_OK)
  }

  @Test func aNewHeapTouchesFewPages() throws {
    let heap = HeapFixture(pages: 1 << 20)
    #expect(heap.residentPages == 0)
    for size in [16, 100, 1000, 16] {
      _ = try #require(heap.allocate(size))
    }
    #expect(heap.residentPages <= 7)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func blocksKeepTheirContents(seed: UInt64) throws {
    struct Block {
      let address: UInt
      let size: Int
      let pattern: UInt8
    }
    let heap = HeapFixture(pages: 2048)
    var generator = RepeatableGenerator(seed: seed)
    var blocks: [Block] = []
    for step in 0..<12_000 {
      let grows = step / 2000 % 2 == 0
      if blocks.isEmpty || Int.random(in: 0..<10, using: &generator) < (grows ? 6 : 4) {
        let limit = Int.random(in: 0..<20, using: &generator) == 0 ? 60_000 : 600
        let size = Int.random(in: 0...limit, using: &generator)
        let alignment = 1 << Int.random(in: 0...7, using: &generator)
        guard let address = heap.allocate(size, alignment: alignment) else { continue }
        #expect(address % UInt(alignment) == 0)
        let pattern = UInt8.random(in: 0...255, using: &generator)
        heap.fill(address, pattern, count: size)
        blocks.append(Block(address: address, size: size, pattern: pattern))
      } else {
        let index = Int.random(in: 0..<blocks.count, using: &generator)
        let block = blocks.remove(at: index)
        #expect(heap.holds(block.address, block.pattern, count: block.size))
        #expect(heap.free(block.address) == SL_HEAP_OK)
      }
    }
    for block in blocks {
      #expect(heap.holds(block.address, block.pattern, count: block.size))
      #expect(heap.free(block.address) == SL_HEAP_OK)
    }
  }
}
