// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A unikernel's ELF file as the tender needs it: where its segments go, where it starts, which
/// devices it declares. Every field of it has been checked (SPEC.md, "The image").
public struct GuestImage: Sendable {
  /// The address of the first instruction; inside an executable segment.
  public let entry: UInt64
  /// The program's segments in order of their addresses, disjoint, at least one.
  public let segments: [Segment]
  /// The devices that the program declares.
  public let manifest: Manifest
  /// What the program asks for as a native guest; nil for an image with Solo5's notes only.
  public let native: NativeProperties?
  /// The queues that a native image asks for; nil when it asks for none.
  public let queues: QueueProperties?
  /// All notes of the file, also those that are not the ABI's.
  public let notes: [Note]

  /// Reads and checks the headers and the notes of an image.
  ///
  /// Takes one read for the ELF header, one for the program headers and one for each note segment.
  public init<Source: ImageSource & ~Copyable>(
    reading source: borrowing Source
  ) throws(ImageError) {
    let header = try ELFHeader(reading: source)
    let table = try ProgramHeader.table(of: header, in: source)
    if let dynamic = table.first(where: { $0.type == ProgramHeader.Kind.dynamic }) {
      throw .header(.dynamicallyLinked(index: dynamic.index))
    }
    let segments = try Segment.all(of: table, fileByteCount: source.byteCount)
    let isExecutable = segments.contains {
      $0.permissions.contains(.execute) && $0.addresses.contains(header.entry)
    }
    guard isExecutable else { throw .entry(header.entry) }

    var scanner = NoteScanner()
    for header in table where header.type == ProgramHeader.Kind.note {
      try scanner.scan(header, in: source)
    }
    let notes = try scanner.abiNotes()
    self.entry = header.entry
    self.segments = segments
    self.manifest = notes.manifest
    self.native = notes.native
    self.queues = notes.queues
    self.notes = scanner.notes
  }

  /// The end of the last segment's last page: where the heap can start (`kernel_end`).
  public var memoryEnd: UInt64 {
    segments.reduce(0) { max($0, $1.pages.upperBound) }
  }

  /// The least memory that the program can be given: its segments and, when it is native, its queues,
  /// the guard page and the stack, rounded up to a multiple of 2 MiB.
  public var minimumMemorySize: UInt64 {
    let stack = native.map { $0.stackSize + Self.pageSize } ?? 0
    return roundUp(memoryEnd + queueByteCount + stack, to: Self.memoryGranule)
  }

  /// The bytes that its queues take, in whole pages.
  public var queueByteCount: UInt64 { queues?.byteCount(for: manifest) ?? 0 }
}

extension GuestImage {
  /// The size of a page, the unit of memory protection.
  public static let pageSize: UInt64 = 4096
  /// The unit of a guest's memory size.
  public static let memoryGranule: UInt64 = 2 << 20
  /// The lowest address of a program; the memory below it is the tender's.
  public static let lowestAddress: UInt64 = 0x10_0000
  /// The end of the addresses that a program can have.
  public static let addressLimit: UInt64 = 1 << 32
  /// How many PT_LOAD segments a program can have.
  public static let segmentCounts = 1...16
  /// How many program headers an image can have.
  public static let programHeaderCounts = 1...64
}
