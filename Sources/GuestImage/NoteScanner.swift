// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import HVTABI

/// One note of an image, as a tool shows it.
public struct Note: Hashable, Sendable {
  /// The owner's name without its terminator.
  public let owner: String
  /// n_type.
  public let type: UInt32
  /// n_descsz.
  public let descriptorSize: Int

  /// How many bytes a PT_NOTE segment can have.
  public static let maximumSegmentSize = 64 << 10
  /// How many notes an image can have.
  public static let maximumCount = 64
}

/// Walks the note segments of an image and keeps what the ABI defines.
struct NoteScanner {
  private(set) var notes: [Note] = []
  private var found: [NoteError.Kind] = []
  private var manifest: Manifest?
  private var native: NativeProperties?
  private var queues: QueueProperties?

  private static let headerSize = 12
  private static let solo5: [UInt8] = Array("Solo5\0".utf8)
  private static let hvt: [UInt8] = Array("HVT\0".utf8)

  /// Reads the segment of `header` and takes its notes.
  mutating func scan<Source: ImageSource & ~Copyable>(
    _ header: ProgramHeader, in source: borrowing Source
  ) throws(ImageError) {
    do throws(SegmentError) {
      try header.checkFileRange(byteCount: source.byteCount)
    } catch {
      throw .segment(index: header.index, error)
    }
    guard header.fileSize > 0 else { return }
    guard header.fileSize <= Note.maximumSegmentSize else {
      throw .note(.segmentTooLarge(index: header.index, size: header.fileSize))
    }
    let bytes = try source.bytes(Int(header.fileSize), at: header.offset)
    try scan(bytes.span, index: header.index)
  }

  private mutating func scan(_ bytes: Span<UInt8>, index: Int) throws(ImageError) {
    var offset = 0
    while offset < bytes.count {
      guard bytes.count - offset >= 4 else {
        throw .note(.truncated(index: index, offset: offset, remaining: bytes.count - offset))
      }
      // Linkers pad between notes of different alignments; every note has an owner's name.
      let nameSize = Int(bytes.littleEndian(at: offset, as: UInt32.self))
      guard nameSize != 0 else {
        offset += 4
        continue
      }
      guard bytes.count - offset >= Self.headerSize else {
        throw .note(.truncated(index: index, offset: offset, remaining: bytes.count - offset))
      }
      let descriptorSize = Int(bytes.littleEndian(at: offset + 4, as: UInt32.self))
      let type: UInt32 = bytes.littleEndian(at: offset + 8)
      let nameStart = offset + Self.headerSize
      let descriptorStart = nameStart + (nameSize + 3) & ~3
      guard descriptorStart + descriptorSize <= bytes.count else {
        throw .note(
          .sizes(
            index: index, offset: offset, nameSize: nameSize, descriptorSize: descriptorSize,
            segmentSize: bytes.count))
      }
      try take(
        owner: bytes.extracting(nameStart..<nameStart + nameSize), type: type,
        descriptor: bytes.extracting(descriptorStart..<descriptorStart + descriptorSize))
      offset = min(descriptorStart + (descriptorSize + 3) & ~3, bytes.count)
    }
  }
  private mutating func take(
    owner: Span<UInt8>, type: UInt32, descriptor: Span<UInt8>
  ) throws(ImageError) {
    guard notes.count < Note.maximumCount else { throw .note(.tooMany) }
    notes.append(Note(owner: owner, type: type, descriptorSize: descriptor.count))
    guard let kind = Self.kind(owner: owner, type: type) else { return }
    guard !found.contains(kind) else { throw .note(.duplicate(kind)) }
    found.append(kind)
    do throws(NoteError) {
      switch kind {
      case .abi: try Self.checkABI(descriptor)
      case .native: native = try NativeProperties(parsing: descriptor)
      case .queues: queues = try QueueProperties(parsing: descriptor)
      case .manifest: break
      }
    } catch {
      throw .note(error)
    }
    if kind == .manifest {
      manifest = try Self.manifest(inNote: descriptor)
    }
  }

  private static func kind(owner: Span<UInt8>, type: UInt32) -> NoteError.Kind? {
    if owner.matches(solo5) {
      switch Int(type) {
      case HVT_NOTE_ABI: .abi
      case HVT_NOTE_MANIFEST: .manifest
      default: nil
      }
    } else if owner.matches(hvt) {
      switch Int(type) {
      case HVT_NOTE_NATIVE: .native
      case HVT_NOTE_QUEUES: .queues
      default: nil
      }
    } else {
      nil
    }
  }

  /// The ABI's notes, of which an image must have the first two.
  func abiNotes() throws(ImageError) -> (
    manifest: Manifest, native: NativeProperties?, queues: QueueProperties?
  ) {
    guard found.contains(.abi) else {
      throw .note(manifest == nil ? .notUnikernel : .missing(.abi))
    }
    guard let manifest else { throw .note(.missing(.manifest)) }
    return (manifest, native, native == nil ? nil : queues)
  }

  private static func checkABI(_ descriptor: Span<UInt8>) throws(NoteError) {
    try NoteError.checkSize(descriptor.count, is: MemoryLayout<ABINote>.size, of: .abi)
    let target: UInt32 = descriptor.littleEndian(at: 0)
    guard target == HVT_ABI_TARGET else { throw .target(target) }
    let version: UInt32 = descriptor.littleEndian(at: 4)
    guard version == HVT_ABI_VERSION else { throw .version(.abi, version) }
    for (offset, field) in [(8, "reserved0"), (12, "reserved1")] {
      let value: UInt32 = descriptor.littleEndian(at: offset)
      guard value == 0 else { throw .reserved(.abi, field: field, value) }
    }
  }

  /// The manifest starts at a multiple of 8 from the note's start, 4 bytes into the descriptor.
  private static func manifest(inNote descriptor: Span<UInt8>) throws(ImageError) -> Manifest {
    let padding = 4
    guard descriptor.count >= padding else {
      throw .manifest(.tooShort(byteCount: 0))
    }
    do {
      return try Manifest(parsing: descriptor.extracting(padding...))
    } catch {
      throw .manifest(error)
    }
  }
}

extension Note {
  fileprivate init(owner: Span<UInt8>, type: UInt32, descriptorSize: Int) {
    var name: [UInt8] = []
    for index in owner.indices where owner[index] != 0 {
      name.append(owner[index])
    }
    self.init(
      owner: String(decoding: name, as: UTF8.self), type: type, descriptorSize: descriptorSize)
  }
}

extension Span<UInt8> {
  fileprivate func matches(_ bytes: [UInt8]) -> Bool {
    count == bytes.count && indices.allSatisfy { self[$0] == bytes[$0] }
  }
}
