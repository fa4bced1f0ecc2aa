// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing

@testable import GuestImage

@Suite struct QueueNoteTests {
  private static func note(
    version: UInt32 = 1, sizes: [UInt16] = [256, 128, 64], reserved: UInt16 = 0,
    accepts: UInt32 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) {
      for index in 0..<value.bitWidth / 8 {
        bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
      }
    }
    append(version)
    for size in sizes { append(size) }
    append(reserved)
    append(accepts)
    return bytes
  }

  private static func parse(_ bytes: [UInt8]) throws(NoteError) -> QueueProperties {
    try QueueProperties(parsing: bytes.span)
  }

  @Test func fieldsAreTaken() throws {
    let queues = try Self.parse(Self.note(accepts: 0x8000_0003))
    #expect(queues.size(of: .receive) == 256)
    #expect(queues.size(of: .transmit) == 128)
    #expect(queues.size(of: .request) == 64)
    #expect(queues.accepts.isSuperset(of: [.checksum, .tso4]))
  }

  @Test(arguments: [0, 1, 3, 1000, 1025, 2048, 0xffff] as [UInt16], 0..<3)
  func sizeIsAPowerOfTwoInRange(size: UInt16, field: Int) {
    var sizes: [UInt16] = [2, 1024, 2]
    sizes[field] = size
    let name = ["receive_size", "transmit_size", "request_size"][field]
    #expect(throws: NoteError.queueSize(field: name, Int(size))) {
      try Self.parse(Self.note(sizes: sizes))
    }
  }

  @Test func otherVersionsAndReservedBitsAreRefused() {
    #expect(throws: NoteError.version(.queues, 2)) { try Self.parse(Self.note(version: 2)) }
    #expect(throws: NoteError.reserved(.queues, field: "reserved", 1)) {
      try Self.parse(Self.note(reserved: 1))
    }
    #expect(throws: NoteError.descriptorSize(.queues, 15, expected: 16)) {
      try Self.parse(Array(Self.note().dropLast()))
    }
  }

  /// The rings of VIRTIO 1.2, section 2.7: each aligned, none over another.
  @Test(arguments: [2, 4, 256, 1024])
  func ringsFollowEachOther(size: Int) {
    let layout = QueueLayout(size: size)
    let count = UInt64(size)
    #expect(layout.availableOffset >= 16 * count && layout.availableOffset % 2 == 0)
    #expect(layout.usedOffset >= layout.availableOffset + 6 + 2 * count)
    #expect(layout.usedOffset % 4 == 0)
    #expect(layout.byteCount >= layout.usedOffset + 6 + 8 * count)
    #expect(layout.byteCount % 64 == 0)
  }
}
