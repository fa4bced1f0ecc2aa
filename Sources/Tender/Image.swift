// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestImage
internal import Glibc
internal import GuestMemory
internal import Sandbox
internal import SystemCalls
internal import SystemPackage

/// A unikernel, read and checked, that machines can be made from.
public struct Image: Sendable {
  /// What errors call it, such as its path.
  public let name: String
  /// Its headers, devices and properties.
  public let headers: GuestImage

  private enum Contents: Sendable {
    case file(ImageFile)
    case bytes([UInt8])
  }

  private let contents: Contents

  /// Reads the headers of the file at `path`, which stays open for as long as the image lives.
  public init(path: String) throws(ConfigurationError) {
    do {
      let file = try ImageFile(path: path)
      headers = try GuestImage(reading: file)
      contents = .file(file)
    } catch let error as SystemCallError {
      throw .systemCall(error)
    } catch ImageError.source(let error as SystemCallError) {
      throw .systemCall(error)
    } catch let error as ImageError {
      throw .image(name: path, error)
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
    name = path
  }

  /// Reads the headers of an image in memory.
  public init(bytes: [UInt8], name: String) throws(ConfigurationError) {
    do {
      headers = try GuestImage(reading: ArrayImageSource(bytes))
    } catch {
      throw .image(name: name, error)
    }
    contents = .bytes(bytes)
    self.name = name
  }

  /// The functions of the image's symbol table; none when it has been stripped.
  public func symbols() throws(ImageError) -> SymbolTable {
    switch contents {
    case .file(let file): try SymbolTable(reading: file)
    case .bytes(let bytes): try SymbolTable(reading: ArrayImageSource(bytes))
    }
  }

  /// The file, if there is one.
  var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    if case .file(let file) = contents { access.images = [file.number] }
    return access
  }

  /// Copies the segments into `memory`, which has room for them.
  func load(into memory: borrowing GuestMemory) throws(SystemCallError) {
    for segment in headers.segments where segment.fileSize > 0 {
      let loaded: Void? = try memory.withTenderAccess(
        at: GuestAddress(segment.address), count: segment.fileSize
      ) { buffer throws(SystemCallError) in
        try read(segment, into: &buffer)
      }
      precondition(loaded != nil, "the memory map was checked against the segments")
    }
  }

  private func read(
    _ segment: Segment, into buffer: inout MutableRawSpan
  ) throws(SystemCallError) {
    switch contents {
    case .file(let file): try file.read(at: segment.fileOffset, into: &buffer)
    case .bytes(let bytes):
      for index in 0..<buffer.byteCount {
        buffer.storeBytes(
          of: bytes[Int(segment.fileOffset) + index], toByteOffset: index, as: UInt8.self)
      }
    }
  }
}

/// An open image file.
final class ImageFile: ImageSource, Sendable {
  let byteCount: UInt64
  private let path: String
  private let descriptor: Descriptor

  init(path: String) throws(SystemCallError) {
    // Without waiting for the writer of what turns out to be a pipe.
    let descriptor = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
    byteCount = try descriptor.fileSize(name: path)
    self.path = path
    self.descriptor = descriptor
  }

  var number: CInt { descriptor.number }

  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(SystemCallError) {
    // SAFETY: any bytes are UInt8s.
    var bytes = unsafe buffer.mutableBytes
    try read(at: offset, into: &bytes)
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(SystemCallError) {
    let count: Int
    do {
      count = try descriptor.read(at: offset, into: &buffer)
    } catch {
      throw SystemCallError("pread", on: path, errno: error)
    }
    // The file was cut after its headers were read.
    guard count == buffer.byteCount else {
      throw SystemCallError("pread", on: path, errno: .ioError)
    }
  }
}
