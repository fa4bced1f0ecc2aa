// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import GuestImage
import HVTABI
import Testing

@Suite struct ManifestEncodingTests {
  private static func manifest() throws -> Manifest {
    try Manifest(parsing: ManifestFixture().bytes.span)
  }

  /// The C structure at `index` of the encoded manifest.
  private static func entry(_ index: Int, of bytes: [UInt8]) -> hvt_manifest_entry {
    // SAFETY: the slice is bounds-checked, and the structure consists of integers only.
    unsafe bytes[8 + index * 104..<8 + (index + 1) * 104].withUnsafeBytes {
      unsafe $0.loadUnaligned(as: hvt_manifest_entry.self)
    }
  }

  @Test func headerAndReservedEntryAreThoseOfTheFile() throws {
    let bytes = try Self.manifest().encoded { _ in nil }
    #expect(bytes == ManifestFixture().bytes)
  }

  @Test func attachedDevicesHaveTheirProperties() throws {
    let mac = try #require(MACAddress("52:54:00:12:34:56"))
    let bytes = try Self.manifest().encoded {
      switch $0.kind {
      case .net: .net(mac: mac, mtu: 1500)
      case .block: .block(capacity: 0x1234_5678_9abc_de00, blockSize: 512, isReadOnly: true)
      }
    }
    #expect(bytes.count == 8 + 3 * 104)
    #expect(Self.entry(0, of: bytes).attached == 0)

    let net = Self.entry(1, of: bytes)
    #expect(net.type == 2)
    #expect(net.attached == 1)
    #expect(net.net.mtu == 1500)
    #expect(Array(bytes[8 + 104 + 72..<8 + 104 + 78]) == [0x52, 0x54, 0, 0x12, 0x34, 0x56])

    let block = Self.entry(2, of: bytes)
    #expect(block.type == 1)
    #expect(block.attached == 1)
    #expect(block.block.capacity == 0x1234_5678_9abc_de00)
    #expect(block.block.block_size == 512)
    #expect(block.block.flags == HVT_BLOCK_READ_ONLY)
    #expect(block.reserved == 0)
  }

  @Test func writableDiskHasNoFlags() throws {
    let bytes = try Self.manifest().encoded {
      $0.kind == .block ? .block(capacity: 512, blockSize: 4096, isReadOnly: false) : nil
    }
    #expect(Self.entry(2, of: bytes).block.flags == 0)
    #expect(Self.entry(1, of: bytes).attached == 0)
  }

  @Test func propertiesInTheFileAreNotPassedOn() throws {
    var fixture = ManifestFixture().bytes
    for offset in 72..<96 {
      fixture[8 + 104 + offset] = 0xff
    }
    fixture[8 + 104 + 97] = 0xff
    let bytes = try Manifest(parsing: fixture.span).encoded { _ in nil }
    #expect(bytes == ManifestFixture().bytes)
  }

  @Test func propertiesBelongToAKind() throws {
    let mac = try #require(MACAddress([2, 0, 0, 0, 0, 1]))
    #expect(DeviceProperties.net(mac: mac, mtu: 1500).kind == .net)
    #expect(DeviceProperties.block(capacity: 0, blockSize: 512, isReadOnly: false).kind == .block)
  }
}

@Suite struct MACAddressTests {
  @Test func textAndOctetsAgree() throws {
    let address = try #require(MACAddress("52:54:00:AB:cd:0f"))
    #expect(address.octets == [0x52, 0x54, 0, 0xab, 0xcd, 0x0f])
    #expect(address.description == "52:54:00:ab:cd:0f")
    #expect(MACAddress(address.octets) == address)
  }

  @Test(arguments: [
    "", "52", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:00:12:34:5", "52:54:00:12:34:567",
    "52-54-00-12-34-56", "+5:54:00:12:34:56", "52:54:00:12:34:5g", "52:54::00:12:34",
    "52:54:00:12:34:56:", "é:54:00:12:34:56",
  ])
  func otherTextIsRejected(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test(arguments: [0, 5, 7]) func otherNumbersOfOctetsAreRejected(count: Int) {
    #expect(MACAddress([UInt8](repeating: 0, count: count)) == nil)
  }

  @Test(arguments: [("02:00:00:00:00:01", false), ("03:00:00:00:00:01", true)])
  func groupBitTellsMulticast(text: String, isMulticast: Bool) {
    #expect(MACAddress(text)?.isMulticast == isMulticast)
  }
}
