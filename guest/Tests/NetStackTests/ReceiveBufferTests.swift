// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import TestSupport
import Testing

struct ReceiveBufferTests {
  private func insert(_ range: Range<UInt64>, into buffer: inout ReceiveBuffer) -> Bool {
    let bytes = Pattern.bytes(range)
    return buffer.insert(bytes.span, at: range.lowerBound)
  }

  private func blocks(of buffer: borrowing ReceiveBuffer) -> [Range<UInt64>] {
    (0..<buffer.blockCount).map { buffer.block($0) }
  }

  /// Reads and checks; returns how many bytes there were.
  private func read(_ atMost: Int, from buffer: inout ReceiveBuffer) -> Int {
    var position = buffer.next - UInt64(buffer.readable)
    let count = buffer.read(atMost: atMost) { bytes in
      let isEmpty = bytes.isEmpty
      #expect(!isEmpty)
      let matches = Pattern.matches(bytes, at: position)
      #expect(matches)
      position += UInt64(bytes.count)
    }
    return count
  }

  @Test func bytesInOrderAreReadable() {
    var buffer = ReceiveBuffer(limit: 1000)
    #expect(insert(0..<300, into: &buffer))
    #expect(insert(300..<600, into: &buffer))
    #expect(buffer.next == 600 && buffer.readable == 600 && buffer.room == 400)
    #expect(read(450, from: &buffer) == 450)
    #expect(buffer.room == 850)
    #expect(read(450, from: &buffer) == 150)
    #expect(read(450, from: &buffer) == 0)
  }

  @Test func onlyTheWindowIsTaken() {
    var buffer = ReceiveBuffer(limit: 1000)
    #expect(insert(0..<100, into: &buffer))
    #expect(insert(50..<1500, into: &buffer))
    #expect(buffer.next == 1000 && buffer.room == 0)
    #expect(!insert(1000..<1001, into: &buffer))
    #expect(!insert(900..<1000, into: &buffer))
    #expect(read(10, from: &buffer) == 10)
    #expect(!insert(1010..<1020, into: &buffer))
    #expect(insert(1009..<1020, into: &buffer))
    #expect(blocks(of: buffer) == [1009..<1010])
    #expect(insert(1000..<1009, into: &buffer))
    #expect(buffer.next == 1010 && !buffer.hasGaps)
    #expect(read(2000, from: &buffer) == 1000)
  }

  @Test func hostilePositionsAreNothingNew() {
    var buffer = ReceiveBuffer(limit: 1000)
    #expect(!insert(UInt64.max - 4..<UInt64.max, into: &buffer))
    #expect(!insert(5..<5, into: &buffer))
    #expect(!insert(1000..<1001, into: &buffer))
    #expect(insert(0..<5, into: &buffer))
    #expect(!insert(0..<5, into: &buffer))
    #expect(!insert(0..<1, into: &buffer))
    buffer.limit = 0
    #expect(!insert(5..<6, into: &buffer))
  }

  @Test func blocksAreReportedMostRecentFirst() {
    var buffer = ReceiveBuffer(limit: 10_000)
    #expect(insert(100..<200, into: &buffer))
    #expect(insert(300..<400, into: &buffer))
    #expect(insert(500..<600, into: &buffer))
    #expect(blocks(of: buffer) == [500..<600, 300..<400, 100..<200])
    #expect(!insert(320..<380, into: &buffer))
    #expect(insert(400..<410, into: &buffer))
    #expect(blocks(of: buffer) == [300..<410, 500..<600, 100..<200])
    #expect(insert(150..<350, into: &buffer))
    #expect(blocks(of: buffer) == [100..<410, 500..<600])
    #expect(insert(0..<100, into: &buffer))
    #expect(blocks(of: buffer) == [500..<600])
    #expect(buffer.next == 410)
    #expect(insert(405..<700, into: &buffer))
    #expect(buffer.next == 700 && !buffer.hasGaps)
    #expect(read(1000, from: &buffer) == 700)
  }

  @Test func blocksAreBoundedAndTheMissingBytesStillFit() {
    var buffer = ReceiveBuffer(limit: 100_000)
    for index in 0..<32 as Range<UInt64> {
      #expect(insert(index * 10 + 5..<index * 10 + 6, into: &buffer))
    }
    #expect(!insert(1000..<1001, into: &buffer))
    #expect(insert(6..<7, into: &buffer), "one that touches makes no new block")
    #expect(buffer.blockCount == 32)
    #expect(insert(0..<1002, into: &buffer))
    #expect(buffer.next == 1002 && !buffer.hasGaps)
    #expect(read(2000, from: &buffer) == 1002)
  }

  @Test func bytesThatComeBackwardsAreBounded() {
    var buffer = ReceiveBuffer(limit: 100_000)
    var kept = 0
    for index in (1..<1000 as Range<UInt64>).reversed() {
      kept += insert(index..<index + 1, into: &buffer) ? 1 : 0
    }
    #expect(kept == 256)
    #expect(insert(0..<1000, into: &buffer))
    #expect(read(2000, from: &buffer) == 1000)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func anyOrderGivesTheStream(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    var buffer = ReceiveBuffer(limit: 1 + random.size(upTo: 6000))
    var arrived = [Bool](repeating: false, count: 12_000)
    for step in 0..<150 {
      let low = buffer.next - min(buffer.next, UInt64(random.size(upTo: 300)))
      let start = low + UInt64(random.size(upTo: buffer.room + 500))
      let end = start + UInt64(random.size(upTo: 2000))
      let edge = buffer.next + UInt64(buffer.room)
      guard max(end, edge) < arrived.count else { break }
      let first = max(start, buffer.next)
      let new = first..<max(first, min(end, edge))
      let isNew = new.contains { !arrived[Int($0)] }
      let isKept = insert(start..<end, into: &buffer)
      #expect(isNew ? isKept || buffer.blockCount >= 32 : !isKept)
      if isKept {
        for index in new {
          arrived[Int(index)] = true
        }
      }
      if step.isMultiple(of: 10) {
        check(buffer, arrived)
      }
      if random.chance(300_000) {
        _ = read(random.size(upTo: 8000), from: &buffer)
      }
    }
  }

  private func check(_ buffer: borrowing ReceiveBuffer, _ arrived: [Bool]) {
    #expect(!arrived[Int(buffer.next)] && (buffer.next == 0 || arrived[Int(buffer.next) - 1]))
    var count = 0
    for block in blocks(of: buffer) {
      #expect(block.lowerBound > buffer.next && !arrived[Int(block.lowerBound) - 1])
      #expect(!arrived[Int(block.upperBound)])
      count += block.count
    }
    #expect(arrived[Int(buffer.next)...].count { $0 } == count)
  }
}
