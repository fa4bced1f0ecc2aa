// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a file is not an image that the tender can run.
public enum ImageError: Error, Sendable {
  /// The source could not be read.
  case source(any Error)
  /// The file is not ELF, or not of the supported sort.
  case header(HeaderError)
  /// The number of segments that take memory is not in `GuestImage.segmentCounts`.
  case segmentCount(Int)
  /// The program header at `index` describes a segment that cannot be loaded or read.
  case segment(index: Int, SegmentError)
  /// The entry point is in no executable segment.
  case entry(UInt64)
  /// The ABI's notes are missing or wrong.
  case note(NoteError)
  /// The manifest note's contents are wrong.
  case manifest(ManifestError)
  /// The symbol table is malformed.
  case symbols(SymbolError)
}

/// What is wrong with the ELF header or the program header table as a whole.
public enum HeaderError: Error, Hashable, Sendable {
  /// A field of the ELF header that has one supported value.
  public enum Field: Hashable, Sendable, CaseIterable {
    /// EI_CLASS.
    case fileClass
    /// EI_DATA.
    case byteOrder
    /// EI_VERSION.
    case identVersion
    /// e_type.
    case type
    /// e_machine.
    case machine
    /// e_version.
    case version
    /// e_ehsize.
    case headerSize
    /// e_phentsize.
    case programHeaderSize
  }

  /// The file is shorter than an ELF header.
  case tooShort(byteCount: UInt64)
  /// The file does not start with ELF's magic.
  case notELF(magic: [UInt8])
  /// A field has another value than the supported one.
  case unsupported(Field, UInt64)
  /// e_phnum is not in `GuestImage.programHeaderCounts`.
  case programHeaderCount(Int)
  /// The program header table is not inside the file.
  case programHeadersOutsideFile(offset: UInt64, count: Int, fileSize: UInt64)
  /// The program header at `index` is PT_DYNAMIC.
  case dynamicallyLinked(index: Int)
}

/// What is wrong with one PT_LOAD or PT_NOTE segment.
public enum SegmentError: Error, Hashable, Sendable {
  /// p_filesz is larger than p_memsz.
  case fileSizeAboveMemorySize(fileSize: UInt64, memorySize: UInt64)
  /// p_align is not a power of two of at least a page.
  case alignment(UInt64)
  /// p_vaddr and p_offset differ modulo p_align.
  case misaligned(address: UInt64, offset: UInt64, alignment: UInt64)
  /// The segment's bytes are not inside the file.
  case outsideFile(offset: UInt64, fileSize: UInt64, byteCount: UInt64)
  /// p_vaddr + p_memsz exceeds 64 bits.
  case wraps(address: UInt64, memorySize: UInt64)
  /// The segment starts in the tender's memory.
  case tooLow(address: UInt64)
  /// The segment ends above 4 GiB.
  case tooHigh(end: UInt64)
  /// p_flags has PF_W and PF_X.
  case writableAndExecutable(flags: UInt32)
  /// Another segment has some of the same addresses.
  case overlaps(Range<UInt64>, otherIndex: Int, other: Range<UInt64>)
  /// Another segment with other permissions has bytes in the same page.
  case sharesPage(UInt64, Permissions, otherIndex: Int, other: Permissions)
}

/// What is wrong with the notes of an image.
public enum NoteError: Error, Hashable, Sendable {
  /// A note that the ABI defines.
  public enum Kind: Hashable, Sendable {
    /// Owner "Solo5", type ABI1.
    case abi
    /// Owner "Solo5", type MFT1.
    case manifest
    /// Owner "HVT", type NAT1.
    case native
    /// Owner "HVT", type QUE1.
    case queues
  }

  /// A PT_NOTE segment is larger than `Note.maximumSegmentSize`.
  case segmentTooLarge(index: Int, size: UInt64)
  /// A PT_NOTE segment ends inside a note's header.
  case truncated(index: Int, offset: Int, remaining: Int)
  /// A note's name and descriptor do not fit into its segment.
  case sizes(index: Int, offset: Int, nameSize: Int, descriptorSize: Int, segmentSize: Int)
  /// The image has more than `Note.maximumCount` notes.
  case tooMany
  /// The image has neither of Solo5's notes.
  case notUnikernel
  /// The image has only the other one of Solo5's notes.
  case missing(Kind)
  /// The image has a note twice.
  case duplicate(Kind)
  /// n_descsz is not the size of the note's structure.
  case descriptorSize(Kind, Int, expected: Int)
  /// The image is for another of Solo5's targets.
  case target(UInt32)
  /// The note's version is not supported.
  case version(Kind, UInt32)
  /// A reserved field is not zero.
  case reserved(Kind, field: String, UInt32)
  /// The native note asks for features that this version does not know.
  case unknownFeatures(UInt32)
  /// The native note's stack_size is not in `NativeProperties.stackSizes` or not whole pages.
  case stackSize(UInt64)
  /// A size in the queue note is no power of two in `QueueProperties.sizes`.
  case queueSize(field: String, Int)
}

/// What is wrong with a manifest. `entry` is the index of the entry.
public enum ManifestError: Error, Hashable, Sendable {
  /// The manifest has no room for its header.
  case tooShort(byteCount: Int)
  /// The version is not supported.
  case version(UInt32)
  /// The number of entries is not in `Manifest.entryCounts`.
  case entryCount(UInt32)
  /// The manifest's size is not that of its entries.
  case size(entries: Int, expected: Int, actual: Int)
  /// Entry 0 has a name.
  case reservedEntryNamed(firstByte: UInt8)
  /// Entry 0 has another type than the reserved one.
  case reservedEntryType(UInt32)
  /// The name fills its field without a NUL.
  case unterminatedName(entry: Int)
  /// The name is empty.
  case emptyName(entry: Int)
  /// The name has a byte that is not a letter or a digit.
  case nameByte(entry: Int, UInt8)
  /// An earlier entry has the same name.
  case duplicateName(entry: Int, String, other: Int)
  /// The type is no device's.
  case type(entry: Int, name: String, UInt32)
  /// The entry claims to be attached already.
  case attached(entry: Int, UInt8)
}

/// What is wrong with the symbol table of an image.
public enum SymbolError: Error, Hashable, Sendable {
  /// e_shentsize is not that of ELF-64.
  case sectionHeaderSize(Int)
  /// The section header table is not inside the file.
  case sectionHeadersOutsideFile(offset: UInt64, count: Int, fileSize: UInt64)
  /// sh_link of the symbol table names no string table.
  case stringTable(index: UInt32)
  /// sh_entsize of the symbol table is not that of ELF-64.
  case entrySize(UInt64)
  /// A section is not inside the file.
  case sectionOutsideFile(index: Int, offset: UInt64, size: UInt64, fileSize: UInt64)
  /// The symbols and their names take more than `SymbolTable.maximumSize`.
  case tooLarge(size: UInt64)
}
