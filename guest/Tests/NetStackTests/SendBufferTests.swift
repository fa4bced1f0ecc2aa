// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import TestSupport
import Testing

struct SendBufferTests {
  @Test func takesNoMoreThanItsLimit() {
    var buffer = SendBuffer(limit: 1000)
    let bytes = Pattern.bytes(0..<1500)
    let first = buffer.append(bytes.span)
    let second = buffer.append(bytes.span)
    #expect(first == 1000 && second == 0)
    #expect(buffer.room == 0 && buffer.count == 1000)
    buffer.limit = 400
    #expect(buffer.room == 0)
    buffer.removeFirst(to: 900)
    #expect(buffer.room == 300 && buffer.start == 900 && buffer.end == 1000)
  }

  @Test func smallWritesShareAPart() {
    var buffer = SendBuffer(limit: 10_000)
    for start in 0..<8 as Range<UInt64> {
      let bytes = Pattern.bytes(start * 100..<start * 100 + 100)
      let added = buffer.append(bytes.span)
      #expect(added == 100)
    }
    let parts = buffer.parts(at: 0, count: 800)
    #expect(parts.count == 1)
    #expect([UInt8](parts) == Pattern.bytes(0..<800))
  }

  @Test func largestSegmentsAreOneOrTwoParts() {
    var buffer = SendBuffer(limit: 1 << 20)
    let stream = Pattern.bytes(0..<1 << 20)
    let taken = buffer.append(stream.span)
    #expect(taken == 1 << 20)
    for offset in stride(from: 0 as UInt64, to: 900_000, by: 61_111) {
      let parts = buffer.parts(at: offset, count: 65_000)
      #expect(parts.byteCount == 65_000 && parts.count <= 2)
      #expect([UInt8](parts) == Array(stream[Int(offset)..<Int(offset) + 65_000]))
    }
  }

  @Test func givenMemoryIsNotCopied() {
    let memory = FrameMemory(count: 3000)
    var buffer = SendBuffer(limit: 2500)
    let first = buffer.append(memory, 0..<1000)
    let second = buffer.append(memory, 1000..<3000)
    #expect(first == 1000 && second == 1500)
    let parts = buffer.parts(at: 500, count: 9000)
    #expect(parts.count == 1 && parts[0]?.memory === memory && parts[0]?.range == 500..<2500)
  }

  @Test func morePiecesThanPartsAreSentInTurns() {
    var buffer = SendBuffer(limit: 100_000)
    for index in 0..<5 {
      let memory = FrameMemory(count: 1000)
      memory.edit { $0[0] = UInt8(index) }
      let added = buffer.append(memory, 0..<1000)
      #expect(added == 1000)
    }
    #expect(buffer.parts(at: 0, count: 5000).byteCount == 3000)
    #expect(buffer.parts(at: 2500, count: 5000).byteCount == 2500)
    #expect(buffer.parts(at: 5000, count: 1).byteCount == 0)
    #expect(buffer.parts(at: 5001, count: 1).byteCount == 0)
  }

  @Test func memoryInUseIsNotUsedAgain() {
    var buffer = SendBuffer(limit: 1 << 20)
    let stream = Pattern.bytes(0..<200_000)
    let taken = buffer.append(stream.span)
    #expect(taken == 200_000)
    let parts = buffer.parts(at: 0, count: 60_000)
    parts.use()
    buffer.removeFirst(to: 190_000)
    let zeros = [UInt8](repeating: 0, count: 400_000)
    let added = buffer.append(zeros.span)
    #expect(added == 400_000)
    #expect([UInt8](parts) == Array(stream[..<60_000]))
    parts.endUse()
  }

  @Test func givenPartsKeepTheirBytesWhateverFollows() {
    var buffer = SendBuffer(limit: 1 << 20)
    let first = buffer.append(Pattern.bytes(0..<100_000).span)
    #expect(first == 100_000)
    let parts = buffer.parts(at: 0, count: 60_000)
    buffer.removeFirst(to: 99_000)
    let added = buffer.append(Pattern.bytes(5..<100_000).span)
    #expect(added == 99_995)
    #expect([UInt8](parts) == Pattern.bytes(0..<60_000))
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func anyMixOfWritesComesOutAsItWentIn(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    var buffer = SendBuffer(limit: 300_000)
    for _ in 0..<60 {
      let wanted = random.size(upTo: 150_000)
      let new = Pattern.bytes(buffer.end..<buffer.end + UInt64(wanted))
      let room = buffer.room
      var added = 0
      if wanted > 0, random.chance(400_000) {
        let memory = FrameMemory(copying: new.span, capacity: wanted + 100)
        added = buffer.append(memory, 0..<wanted)
      } else {
        added = buffer.append(new.span)
      }
      #expect(added == min(wanted, room))
      check(buffer, &random)
      buffer.removeFirst(to: buffer.start + UInt64(random.size(upTo: buffer.count + 1)))
    }
    buffer.removeFirst(to: .max)
    #expect(buffer.count == 0)
  }

  private func check(_ buffer: borrowing SendBuffer, _ random: inout SeededNumbers) {
    guard buffer.count > 0 else { return }
    let offset = UInt64.random(in: buffer.start..<buffer.end, using: &random)
    let parts = buffer.parts(at: offset, count: random.size(upTo: 70_000) + 1)
    #expect(parts.byteCount > 0)
    let bytes = [UInt8](parts)
    let matches = Pattern.matches(bytes.span, at: offset)
    #expect(matches)
  }
}
