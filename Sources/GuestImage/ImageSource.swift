// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Random access to the bytes of an image file: an open file, a mapping, an array.
///
/// The parser reads the ELF header, the program headers and the notes, and symbols only on request;
/// it never reads outside `0..<byteCount`.
public protocol ImageSource: ~Copyable {
  /// What a read fails with; `Never` for bytes that are in memory.
  associatedtype Failure: Error

  /// The size of the file.
  var byteCount: UInt64 { get }

  /// Fills all of `buffer` with the file's bytes from `offset` on, or throws.
  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(Failure)
}

/// An image whose bytes are in an array.
public struct ArrayImageSource: ImageSource, Sendable {
  /// The whole file.
  public let bytes: [UInt8]

  /// Makes a source of the file `bytes`.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The size of the file.
  public var byteCount: UInt64 { UInt64(bytes.count) }

  /// Copies `buffer.count` bytes from `offset` on; the range must be inside the array.
  public func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(Never) {
    precondition(offset <= byteCount && UInt64(buffer.count) <= byteCount - offset)
    let range = Int(offset)..<Int(offset) + buffer.count
    // SAFETY: the slice is bounds-checked and has as many elements as the buffer.
    unsafe buffer.withUnsafeMutableBufferPointer {
      _ = unsafe $0.update(fromContentsOf: bytes[range])
    }
  }
}

extension ImageSource where Self: ~Copyable {
  /// Whether the file has `count` bytes at `offset`.
  func contains(_ count: UInt64, at offset: UInt64) -> Bool {
    count <= byteCount && offset <= byteCount - count
  }

  /// Reads `count` bytes at `offset`, which the caller has checked to be inside the file.
  func bytes(_ count: Int, at offset: UInt64) throws(ImageError) -> [UInt8] {
    precondition(contains(UInt64(count), at: offset))
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    do {
      try read(at: offset, into: &span)
    } catch {
      throw .source(error)
    }
    return bytes
  }
}
