// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
public import HVTABI

/// The devices that a program declares, in the order of their handles.
public struct Manifest: Hashable, Sendable {
  /// A device that the program needs under a name of its own.
  public struct Device: Hashable, Sendable {
    /// What the program calls it: 1 to 67 letters and digits, unique in the manifest.
    public let name: String
    /// What it is.
    public let kind: DeviceKind
    /// Its number in hypercalls: the index of its manifest entry, from 1 on.
    public let handle: Int
  }

  /// The devices; the one with handle `n` is at index `n - 1`.
  public let devices: [Device]

  /// The device called `name`.
  public func device(named name: String) -> Device? {
    devices.first { $0.name == name }
  }

  /// The device with `handle`.
  public func device(handle: Int) -> Device? {
    handle >= 1 && handle <= devices.count ? devices[handle - 1] : nil
  }

  /// The size of the manifest in guest memory.
  public var encodedSize: Int { Layout.headerSize + (devices.count + 1) * Layout.entrySize }

  /// How many entries a manifest can have, the reserved one included.
  public static let entryCounts = 1...HVT_MANIFEST_MAX_ENTRIES
}

extension Manifest {
  /// Where the fields of hvt_manifest and hvt_manifest_entry are.
  enum Layout {
    static let headerSize = MemoryLayout<hvt_manifest>.size
    static let entrySize = MemoryLayout<hvt_manifest_entry>.size
    static let nameSize = HVT_NAME_MAX + 1
    static let typeOffset = 68
    static let propertiesSize = MemoryLayout<hvt_block_properties>.size
    static let attachedOffset = 96
  }

  /// Reads a manifest as an image carries it: the note's descriptor without its padding.
  public init(parsing bytes: Span<UInt8>) throws(ManifestError) {
    guard bytes.count >= Layout.headerSize else { throw .tooShort(byteCount: bytes.count) }
    let version: UInt32 = bytes.littleEndian(at: 0)
    guard version == HVT_MANIFEST_VERSION else { throw .version(version) }
    let entries: UInt32 = bytes.littleEndian(at: 4)
    guard entries >= 1, entries <= HVT_MANIFEST_MAX_ENTRIES else { throw .entryCount(entries) }
    let expectedSize = Layout.headerSize + Int(entries) * Layout.entrySize
    guard bytes.count == expectedSize else {
      throw .size(entries: Int(entries), expected: expectedSize, actual: bytes.count)
    }

    var devices: [Device] = []
    for index in 0..<Int(entries) {
      let start = Layout.headerSize + index * Layout.entrySize
      let entry = bytes.extracting(start..<start + Layout.entrySize)
      let attached = entry[Layout.attachedOffset]
      guard attached == 0 else { throw .attached(entry: index, attached) }
      if index == 0 {
        try Self.checkReserved(entry)
      } else {
        let device = try Device(parsing: entry, handle: index)
        if let other = devices.first(where: { $0.name == device.name }) {
          throw .duplicateName(entry: index, device.name, other: other.handle)
        }
        devices.append(device)
      }
    }
    self.devices = devices
  }

  private static func checkReserved(_ entry: Span<UInt8>) throws(ManifestError) {
    guard entry[0] == 0 else { throw .reservedEntryNamed(firstByte: entry[0]) }
    let type: UInt32 = entry.littleEndian(at: Layout.typeOffset)
    guard type == HVT_DEVICE_RESERVED else { throw .reservedEntryType(type) }
  }
}

extension Manifest.Device {
  fileprivate init(parsing entry: Span<UInt8>, handle: Int) throws(ManifestError) {
    let nameField = entry.extracting(..<Manifest.Layout.nameSize)
    guard let length = nameField.indices.first(where: { nameField[$0] == 0 }) else {
      throw .unterminatedName(entry: handle)
    }
    guard length > 0 else { throw .emptyName(entry: handle) }
    var name: [UInt8] = []
    for index in 0..<length {
      guard Self.isNameByte(nameField[index]) else {
        throw .nameByte(entry: handle, nameField[index])
      }
      name.append(nameField[index])
    }
    self.name = String(decoding: name, as: UTF8.self)
    let type: UInt32 = entry.littleEndian(at: Manifest.Layout.typeOffset)
    guard let kind = DeviceKind(rawValue: type) else {
      throw .type(entry: handle, name: self.name, type)
    }
    self.kind = kind
    self.handle = handle
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default:
      false
    }
  }
}
