// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the guest may do with a segment's pages; the bits are those of p_flags.
public struct Permissions: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// PF_X, PF_W and PF_R as one number.
  public let rawValue: UInt32

  /// Makes the permissions of the bits `rawValue`.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// PF_X: instructions may be fetched.
  public static let execute = Permissions(rawValue: 1)
  /// PF_W: may be written.
  public static let write = Permissions(rawValue: 2)
  /// PF_R: may be read.
  public static let read = Permissions(rawValue: 4)

  /// The permissions in the form `r-x`.
  public var description: String {
    (contains(.read) ? "r" : "-") + (contains(.write) ? "w" : "-")
      + (contains(.execute) ? "x" : "-")
  }
}

/// A part of the program in guest memory: PT_LOAD of the ELF file, with nothing left to check.
public struct Segment: Hashable, Sendable {
  /// Where it starts, guest-physical and virtual alike; not necessarily at the start of a page.
  public let address: UInt64
  /// Where its bytes start in the file; 0 when the file has none of them.
  public let fileOffset: UInt64
  /// How many bytes of it the file holds; the others up to `memorySize` are zero.
  public let fileSize: UInt64
  /// How many bytes of memory it takes; never zero.
  public let memorySize: UInt64
  /// What the guest may do with it; never both write and execute.
  public let permissions: Permissions

  /// The addresses of its bytes.
  public var addresses: Range<UInt64> { address..<(address + memorySize) }

  /// The addresses of the whole pages that hold it.
  public var pages: Range<UInt64> {
    (address & ~(GuestImage.pageSize - 1))..<roundUp(addresses.upperBound, to: GuestImage.pageSize)
  }
}

extension Segment {
  /// Makes the segment of `header`, or nil when it takes no memory.
  init?(_ header: ProgramHeader, fileByteCount: UInt64) throws(SegmentError) {
    guard header.fileSize <= header.memorySize else {
      throw .fileSizeAboveMemorySize(fileSize: header.fileSize, memorySize: header.memorySize)
    }
    guard header.memorySize > 0 else { return nil }
    let alignment = header.alignment
    guard alignment >= GuestImage.pageSize, alignment & (alignment - 1) == 0 else {
      throw .alignment(alignment)
    }
    guard header.address & (alignment - 1) == header.offset & (alignment - 1) else {
      throw .misaligned(address: header.address, offset: header.offset, alignment: alignment)
    }
    try header.checkFileRange(byteCount: fileByteCount)
    let (end, wraps) = header.address.addingReportingOverflow(header.memorySize)
    guard !wraps else {
      throw .wraps(address: header.address, memorySize: header.memorySize)
    }
    guard header.address >= GuestImage.lowestAddress else { throw .tooLow(address: header.address) }
    guard end <= GuestImage.addressLimit else { throw .tooHigh(end: end) }
    permissions = Permissions(rawValue: header.flags & 7)
    guard !permissions.isSuperset(of: [.write, .execute]) else {
      throw .writableAndExecutable(flags: header.flags)
    }
    address = header.address
    fileOffset = header.fileSize > 0 ? header.offset : 0
    fileSize = header.fileSize
    memorySize = header.memorySize
  }

  /// The segments of the program in order of their addresses.
  static func all(
    of table: [ProgramHeader], fileByteCount: UInt64
  ) throws(ImageError) -> [Segment] {
    var found: [(index: Int, segment: Segment)] = []
    for header in table where header.type == ProgramHeader.Kind.load {
      do throws(SegmentError) {
        guard let segment = try Segment(header, fileByteCount: fileByteCount) else { continue }
        found.append((header.index, segment))
      } catch {
        throw .segment(index: header.index, error)
      }
    }
    guard GuestImage.segmentCounts.contains(found.count) else {
      throw .segmentCount(found.count)
    }
    found.sort { $0.segment.address < $1.segment.address }
    for (low, high) in zip(found, found.dropFirst()) {
      try checkDisjoint(low, high)
    }
    return found.map(\.segment)
  }

  private static func checkDisjoint(
    _ low: (index: Int, segment: Segment), _ high: (index: Int, segment: Segment)
  ) throws(ImageError) {
    guard high.segment.address >= low.segment.addresses.upperBound else {
      throw .segment(
        index: high.index,
        .overlaps(
          high.segment.addresses, otherIndex: low.index, other: low.segment.addresses))
    }
    let sharesPage = high.segment.pages.lowerBound < low.segment.pages.upperBound
    guard !sharesPage || high.segment.permissions == low.segment.permissions else {
      throw .segment(
        index: high.index,
        .sharesPage(
          high.segment.pages.lowerBound, high.segment.permissions, otherIndex: low.index,
          other: low.segment.permissions))
    }
  }
}

extension ProgramHeader {
  /// Checks that the bytes that the header describes are in a file of `byteCount` bytes.
  ///
  /// Linkers put an empty range anywhere, also behind the end of the file.
  func checkFileRange(byteCount: UInt64) throws(SegmentError) {
    guard fileSize == 0 || fileSize <= byteCount && offset <= byteCount - fileSize else {
      throw .outsideFile(offset: offset, fileSize: fileSize, byteCount: byteCount)
    }
  }
}
