// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Glibc
import SystemCalls
import SystemPackage
import Tender

/// A file in a directory of its own, both of which go with the fixture.
final class FileFixture: Sendable {
  let path: String
  private let directory: String

  init(_ contents: [UInt8]) throws {
    var template = Array("/tmp/hvtrun-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Errno.current }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = directory + "/disk.img"
    let number = unsafe creat(path, 0o600)
    guard number >= 0 else { throw Errno.current }
    let file = Descriptor(owning: number)
    // SAFETY: integers have no padding.
    unsafe try file.write(contents.span.bytes, at: 0)
  }

  deinit {
    unsafe unlink(path)
    unsafe rmdir(directory)
  }

  /// Cuts or grows the file.
  func resize(to count: Int) {
    unsafe truncate(path, count)
  }
}

extension BlockDevice {
  /// The `count` bytes from `offset` on.
  func bytes(at offset: UInt64, _ count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    try read(at: offset, into: &raw)
    return bytes
  }

  /// Writes `bytes` from `offset` on.
  func write(bytes: [UInt8], at offset: UInt64) throws(Errno) {
    // SAFETY: integers have no padding.
    unsafe try write(bytes.span.bytes, at: offset)
  }
}

extension NetDevice {
  /// The next frame in a buffer of `count` bytes; nil when there is none.
  func frame(_ count: Int = 2000) throws(SystemCallError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var span = bytes.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var raw = unsafe span.mutableBytes
    return try receive(into: &raw).map { [UInt8](bytes.prefix($0)) }
  }

  func send(bytes: [UInt8]) throws(SystemCallError) {
    // SAFETY: integers have no padding.
    unsafe try send(bytes.span.bytes)
  }

  /// Whether a machine would be told that there is a frame.
  var isReady: Bool {
    get throws {
      var poll = PollSet(readable: [readinessDescriptor])
      return try poll.wait(timeoutNanoseconds: 0) == 1
    }
  }
}

extension Console {
  func write(_ text: String, until stopDescriptor: CInt) throws(SystemCallError) {
    // SAFETY: integers have no padding.
    unsafe try write(Array(text.utf8).span.bytes, until: stopDescriptor)
  }
}

/// The message of the configuration error that `body` ends with; nil when it succeeds.
func configurationMessage(_ body: () throws(ConfigurationError) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error.description
  }
}
