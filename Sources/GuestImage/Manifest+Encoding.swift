// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import HVTABI

extension Manifest {
  /// The manifest for the guest's memory, with the properties of what is attached to each device;
  /// a device for which `properties` is nil stands as not attached.
  ///
  /// The kind of the properties must be the device's.
  public func encoded(attaching properties: (Device) -> DeviceProperties?) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(encodedSize)
    bytes.append(littleEndian: UInt32(HVT_MANIFEST_VERSION))
    bytes.append(littleEndian: UInt32(devices.count + 1))
    bytes.appendEntry(name: "", type: UInt32(HVT_DEVICE_RESERVED), properties: nil)
    for device in devices {
      let attached = properties(device)
      precondition(attached == nil || attached?.kind == device.kind)
      bytes.appendEntry(name: device.name, type: device.kind.rawValue, properties: attached)
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private mutating func appendZeros(upTo end: Int) {
    append(contentsOf: repeatElement(0, count: end - count))
  }

  /// Appends hvt_manifest_entry, its fields in order.
  fileprivate mutating func appendEntry(
    name: String, type: UInt32, properties: DeviceProperties?
  ) {
    let start = count
    append(contentsOf: name.utf8)
    appendZeros(upTo: start + Manifest.Layout.typeOffset)
    append(littleEndian: type)
    let propertiesEnd = count + Manifest.Layout.propertiesSize
    switch properties {
    case .block(let capacity, let blockSize, let isReadOnly):
      append(littleEndian: capacity)
      append(littleEndian: blockSize)
      append(littleEndian: isReadOnly ? UInt16(HVT_BLOCK_READ_ONLY) : 0)
    case .net(let mac, let mtu):
      append(contentsOf: mac.octets)
      append(littleEndian: mtu)
    case nil:
      break
    }
    appendZeros(upTo: propertiesEnd)
    appendZeros(upTo: start + Manifest.Layout.attachedOffset)
    append(properties == nil ? 0 : 1)
    appendZeros(upTo: start + Manifest.Layout.entrySize)
  }
}
