// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import SystemPackage

/// A pipe's two ends.
struct PipeFixture: ~Copyable, Sendable {
  let reader: Descriptor
  let writer: Descriptor

  init() throws {
    var numbers: [CInt] = [-1, -1]
    guard unsafe pipe(&numbers) == 0 else { throw Errno.current }
    reader = Descriptor(owning: numbers[0])
    writer = Descriptor(owning: numbers[1])
  }
}

/// A file without a name.
func temporaryFile(_ contents: [UInt8] = []) throws -> Descriptor {
  var path = Array("/tmp/hvtrun-test-XXXXXX".utf8CString)
  let number = unsafe mkstemp(&path)
  guard number >= 0 else { throw Errno.current }
  unsafe unlink(&path)
  let file = Descriptor(owning: number)
  try file.write(bytes: contents, at: 0)
  return file
}

extension Descriptor {
  /// What read(2) gives for a buffer of `count` bytes.
  borrowing func bytes(_ count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    let done = try read(into: &raw)
    return Array(bytes.prefix(done))
  }

  /// What pread(2) gives for a buffer of `count` bytes.
  borrowing func bytes(_ count: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    let done = try read(at: offset, into: &raw)
    return Array(bytes.prefix(done))
  }

  /// write(2) of `bytes`.
  @discardableResult
  borrowing func write(bytes: [UInt8]) throws(Errno) -> Int {
    // SAFETY: integers have no padding.
    unsafe try write(bytes.span.bytes)
  }

  /// pwrite(2) of all `bytes`.
  borrowing func write(bytes: [UInt8], at offset: UInt64) throws(Errno) {
    // SAFETY: integers have no padding.
    unsafe try write(bytes.span.bytes, at: offset)
  }
}

/// Writes a byte to a pipe from another thread: after a while, or when it is released.
final class LateWriter: Sendable {
  private let descriptor: Descriptor

  init(to pipe: borrowing PipeFixture) throws {
    descriptor = try Descriptor(duplicating: pipe.writer.number)
  }

  deinit { _ = try? descriptor.write(bytes: [1]) }

  /// Keeps the writer for `milliseconds` on another thread.
  consuming func release(afterMilliseconds milliseconds: UInt32) throws {
    let writer = self
    try startThread {
      usleep(milliseconds * 1000)
      _ = writer
    }
  }
}

extension PollSet {
  /// Whether each of the first `count` descriptors was ready in the last wait.
  borrowing func readiness(of count: Int) -> [Bool] {
    var readiness: [Bool] = []
    for index in 0..<count { readiness.append(isReady(index)) }
    return readiness
  }
}
