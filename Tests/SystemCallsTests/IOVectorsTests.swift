// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import SystemCalls
import SystemPackage
import Testing

/// Transfers of several buffers at once.
@Suite struct IOVectorsTests {
  /// Calls `body` with the buffers that `bytes` is divided into after each of `ends`; what is in them
  /// then.
  private static func withBuffers(
    _ bytes: [UInt8], ends: [Int], _ body: (borrowing IOVectors) throws -> Void
  ) throws -> [UInt8] {
    var bytes = bytes
    try unsafe bytes.withUnsafeMutableBytes { memory in
      var buffers = IOVectors()
      var start = 0
      for end in ends + [memory.count] {
        unsafe buffers.append(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]))
        start = end
      }
      try body(buffers)
    }
    return bytes
  }

  static let divisions: [[Int]] = [[], [4], [1, 2, 3], [0, 8]]

  @Test(arguments: divisions)
  func buffersAreWrittenInOrderAndFilledInOrder(ends: [Int]) throws {
    let pipe = try PipeFixture()
    let contents: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    _ = try Self.withBuffers(contents, ends: ends) { buffers in
      #expect(buffers.byteCount == 8)
      #expect(buffers.gathered() == contents)
      let count = try pipe.writer.write(buffers)
      #expect(count == 8)
    }
    let read = try Self.withBuffers([UInt8](repeating: 0, count: 8), ends: ends) { buffers in
      let count = try pipe.reader.read(into: buffers)
      #expect(count == 8)
    }
    #expect(read == contents)
  }

  @Test(arguments: divisions)
  func whatIsScatteredFillsTheFirstOfThem(ends: [Int]) throws {
    let short = try Self.withBuffers([UInt8](repeating: 0, count: 8), ends: ends) { buffers in
      #expect(buffers.scatter([1, 2, 3]) == 3)
    }
    #expect(short == [1, 2, 3, 0, 0, 0, 0, 0])
    let long = try Self.withBuffers([UInt8](repeating: 0, count: 8), ends: ends) { buffers in
      #expect(buffers.scatter([UInt8](1...10)) == 8)
    }
    #expect(long == [UInt8](1...8))
  }

  @Test(arguments: divisions, [0..<8, 0..<0, 2..<5, 3..<8, 8..<8])
  func rangeOfBytesIsAppended(ends: [Int], range: Range<Int>) throws {
    _ = try Self.withBuffers([UInt8](0..<8), ends: ends) { buffers in
      var bytes: [UInt8] = [99]
      buffers.append(range, to: &bytes)
      #expect(bytes == [99] + range.map(UInt8.init))
    }
  }

  @Test func noBuffersAreLeftBehindRemoveAll() {
    var bytes: [UInt8] = [1, 2]
    unsafe bytes.withUnsafeMutableBytes { memory in
      var buffers = IOVectors()
      unsafe buffers.append(memory)
      buffers.removeAll()
      #expect(buffers.byteCount == 0)
      #expect(buffers.gathered() == [])
      unsafe buffers.append(memory)
      #expect(buffers.gathered() == [1, 2])
    }
  }

  @Test func headerIsDividedFromTheBytesBehindIt() throws {
    let pipe = try PipeFixture()
    let contents: [UInt8] = [7, 8, 9]
    // SAFETY: integers have no padding.
    let written = unsafe try pipe.writer.write(contents.span.bytes, behind: UInt32(0x0403_0201))
    #expect(written == 7)
    var header: UInt32 = 0
    var bytes = [UInt8](repeating: 0, count: 10)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    let count = try pipe.reader.read(behind: &header, into: &raw)
    #expect(count == 7)
    #expect(header == 0x0403_0201)
    #expect(bytes.prefix(4) == [7, 8, 9, 0])
  }

  @Test func errorIsTheKernels() throws {
    let pipe = try PipeFixture()
    _ = try Self.withBuffers([0, 0], ends: [1]) { buffers in
      #expect(throws: Errno.badFileDescriptor) { try pipe.reader.write(buffers) }
      #expect(throws: Errno.badFileDescriptor) { try pipe.writer.read(into: buffers) }
    }
  }
}
