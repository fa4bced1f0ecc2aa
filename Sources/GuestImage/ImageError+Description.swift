// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI

extension ImageError: CustomStringConvertible {
  /// One line that names the field and its value.
  public var description: String {
    switch self {
    case .source(let error): "image file: \(error)"
    case .header(let error): error.description
    case .segmentCount(let count): "program headers: \(count) loadable segments, not 1 to 16"
    case .segment(let index, let error): "program header \(index): \(error)"
    case .entry(let entry): "ELF header: e_entry \(hex(entry)) is in no executable segment"
    case .note(let error): error.description
    case .manifest(let error): "manifest: \(error)"
    case .symbols(let error): "symbols: \(error)"
    }
  }
}

extension HeaderError.Field {
  /// The value that an image must have there.
  var supportedValue: UInt64 { supported.value }

  fileprivate var name: String { supported.name }
  fileprivate var meaning: String { supported.meaning }

  private var supported: (name: String, value: UInt64, meaning: String) {
    switch self {
    case .fileClass: ("EI_CLASS", 2, "64-bit")
    case .byteOrder: ("EI_DATA", 1, "little-endian")
    case .identVersion: ("EI_VERSION", 1, "current")
    case .type: ("e_type", 2, "an executable at fixed addresses")
    case .machine: ("e_machine", 62, "x86-64")
    case .version: ("e_version", 1, "current")
    case .headerSize: ("e_ehsize", 64, "ELF-64")
    case .programHeaderSize: ("e_phentsize", 56, "ELF-64")
    }
  }
}

extension HeaderError: CustomStringConvertible {
  /// One line that names the field and its value.
  public var description: String {
    switch self {
    case .tooShort(let byteCount):
      "not an ELF file: \(byteCount) bytes are too few for an ELF header (64)"
    case .notELF(let magic):
      "not an ELF file: it starts with \(Self.list(magic)), not 7f 45 4c 46"
    case .unsupported(.type, 3):
      "ELF header: e_type 3 (position-independent) is not 2 (an executable at fixed addresses)"
    case .unsupported(let field, let value):
      "ELF header: \(field.name) \(value) is not \(field.supportedValue) (\(field.meaning))"
    case .programHeaderCount(let count):
      "ELF header: e_phnum \(count) is not 1 to 64"
    case .programHeadersOutsideFile(let offset, let count, let fileSize):
      "ELF header: \(count) program headers at e_phoff \(hex(offset)) are outside the file"
        + " of \(fileSize) bytes"
    case .dynamicallyLinked(let index):
      "program header \(index): p_type 2 (PT_DYNAMIC): the image is dynamically linked"
    }
  }

  private static func list(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

extension SegmentError: CustomStringConvertible {
  /// The field and its value, without the number of the program header.
  public var description: String {
    switch self {
    case .fileSizeAboveMemorySize(let fileSize, let memorySize):
      "p_filesz \(hex(fileSize)) is larger than p_memsz \(hex(memorySize))"
    case .alignment(let alignment):
      "p_align \(alignment) is not a power of two of at least 4096"
    case .misaligned(let address, let offset, let alignment):
      "p_vaddr \(hex(address)) and p_offset \(hex(offset)) differ modulo p_align \(alignment)"
    case .outsideFile(let offset, let fileSize, let byteCount):
      "p_offset \(hex(offset)) with p_filesz \(hex(fileSize)) is outside the file"
        + " of \(byteCount) bytes"
    case .wraps(let address, let memorySize):
      "p_vaddr \(hex(address)) with p_memsz \(hex(memorySize)) wraps"
    case .tooLow(let address):
      "p_vaddr \(hex(address)) is below \(hex(GuestImage.lowestAddress))"
    case .tooHigh(let end):
      "the segment ends at \(hex(end)), above 4 GiB (\(hex(GuestImage.addressLimit)))"
    case .writableAndExecutable(let flags):
      "p_flags \(hex(flags)) is both writable and executable"
    case .overlaps(let range, let otherIndex, let other):
      "\(Self.text(range)) overlaps \(Self.text(other)) of program header \(otherIndex)"
    case .sharesPage(let page, let permissions, let otherIndex, let other):
      "page \(hex(page)) cannot be both \(permissions) and \(other), as program header"
        + " \(otherIndex) has it"
    }
  }

  private static func text(_ range: Range<UInt64>) -> String {
    "\(hex(range.lowerBound))..<\(hex(range.upperBound))"
  }
}

extension NoteError.Kind: CustomStringConvertible {
  /// The name of the note in messages.
  public var description: String {
    switch self {
    case .abi: "Solo5 ABI note"
    case .manifest: "Solo5 manifest note"
    case .native: "HVT native note"
    case .queues: "HVT queue note"
    }
  }

  fileprivate var supportedVersion: Int {
    switch self {
    case .abi: HVT_ABI_VERSION
    case .manifest: HVT_MANIFEST_VERSION
    case .native: HVT_NATIVE_VERSION
    case .queues: HVT_QUEUE_VERSION
    }
  }
}

extension NoteError: CustomStringConvertible {
  /// One line that names the field and its value.
  public var description: String {
    switch self {
    case .segmentTooLarge(let index, let size):
      "program header \(index): p_filesz \(hex(size)) of notes is larger than 64 KiB"
    case .truncated(let index, let offset, let remaining):
      "program header \(index): the \(remaining) bytes at \(hex(offset)) of the notes are too few"
        + " for a note's header (12)"
    case .sizes(let index, let offset, let nameSize, let descriptorSize, let segmentSize):
      "program header \(index): the note at \(hex(offset)) with n_namesz \(nameSize) and n_descsz"
        + " \(descriptorSize) exceeds the \(segmentSize) bytes of the notes"
    case .tooMany: "notes: the image has more than \(Note.maximumCount)"
    case .notUnikernel:
      "notes: the image has no Solo5 ABI note: not a unikernel of the hvt target"
    case .missing(let kind): "notes: the image has no \(kind)"
    case .duplicate(let kind): "notes: the image has more than one \(kind)"
    case .descriptorSize(let kind, let size, let expected):
      "\(kind): n_descsz \(size) is not \(expected)"
    case .target(let target):
      "Solo5 ABI note: target \(target)\(Self.targetName(target)) is not 1 (hvt)"
    case .version(let kind, let version):
      "\(kind): version \(version) is not \(kind.supportedVersion)"
    case .reserved(let kind, let field, let value):
      "\(kind): \(field) \(value) is not 0"
    case .unknownFeatures(let features):
      "HVT native note: features \(hex(features)) has bits that this version does not know"
    case .stackSize(let size):
      "HVT native note: stack_size \(size) is not a multiple of 4096 from 4096 to 1073741824"
    case .queueSize(let field, let size):
      "HVT queue note: \(field) \(size) is not a power of two from 2 to 1024"
    }
  }

  private static func targetName(_ target: UInt32) -> String {
    switch target {
    case 2: " (spt)"
    case 3: " (virtio)"
    case 4: " (muen)"
    case 5: " (genode)"
    case 6: " (xen)"
    default: ""
    }
  }

  /// Checks that a note has a descriptor of `expected` bytes.
  static func checkSize(_ size: Int, is expected: Int, of kind: Kind) throws(NoteError) {
    guard size == expected else { throw .descriptorSize(kind, size, expected: expected) }
  }
}

extension ManifestError: CustomStringConvertible {
  /// The field and its value.
  public var description: String {
    switch self {
    case .tooShort(let byteCount): "\(byteCount) bytes are too few for its header (8)"
    case .version(let version): "version \(version) is not \(HVT_MANIFEST_VERSION)"
    case .entryCount(let count): "entries \(count) is not 1 to \(HVT_MANIFEST_MAX_ENTRIES)"
    case .size(let entries, let expected, let actual):
      "\(entries) entries take \(expected) bytes, not \(actual)"
    case .reservedEntryNamed(let byte): "entry 0: name starts with byte \(hex(byte)), not empty"
    case .reservedEntryType(let type): "entry 0: type \(hex(type)) is not 0x40000000 (reserved)"
    case .unterminatedName(let entry): "entry \(entry): name has no NUL in its 68 bytes"
    case .emptyName(let entry): "entry \(entry): name is empty"
    case .nameByte(let entry, let byte):
      "entry \(entry): name has byte \(hex(byte)), not a letter or digit"
    case .duplicateName(let entry, let name, let other):
      "entry \(entry): name '\(name)' is that of entry \(other)"
    case .type(let entry, let name, let type):
      "entry \(entry) ('\(name)'): type \(type) is not 1 (block) or 2 (net)"
    case .attached(let entry, let value): "entry \(entry): attached \(value) is not 0"
    }
  }
}

extension SymbolError: CustomStringConvertible {
  /// The field and its value.
  public var description: String {
    switch self {
    case .sectionHeaderSize(let size): "e_shentsize \(size) is not 64"
    case .sectionHeadersOutsideFile(let offset, let count, let fileSize):
      "\(count) section headers at e_shoff \(hex(offset)) are outside the file of \(fileSize) bytes"
    case .stringTable(let index): "sh_link \(index) is not the index of a string table"
    case .entrySize(let size): "sh_entsize \(size) is not 24"
    case .sectionOutsideFile(let index, let offset, let size, let fileSize):
      "section \(index): sh_offset \(hex(offset)) with sh_size \(hex(size)) is outside the file"
        + " of \(fileSize) bytes"
    case .tooLarge(let size): "\(size) bytes are more than 64 MiB"
    }
  }
}
