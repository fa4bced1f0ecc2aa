// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What stands behind a device: something to open, or something that is open.
public enum DeviceSource: Equatable, Sendable {
  /// The name of an interface or the path of an image.
  case name(String)
  /// `@FD`: a descriptor that hvtrun inherited.
  case descriptor(Int32)

  init(parsing text: String) throws(UsageError) {
    guard text.utf8.first == UInt8(ascii: "@") else {
      self = .name(text)
      return
    }
    guard let number = decimal(text.dropFirst(), as: Int32.self) else { throw .descriptor(text) }
    self = .descriptor(number)
  }
}

/// The value of `--net`.
public struct NetOption: Equatable, Sendable {
  /// The device of the manifest; nil for the first that is not attached.
  public var name: String?
  /// What to attach.
  public var source: DeviceSource
  /// An address such as `52:54:00:12:34:56`, as given.
  public var macAddress: String?
  /// The MTU in bytes; nil for the interface's own.
  public var mtu: Int?
  /// The bytes a second each way; nil for as many as there are.
  public var bytesPerSecond: UInt64?
  /// The frames a second each way; nil for as many as there are.
  public var framesPerSecond: UInt64?

  init(name: String, source: DeviceSource) {
    self.name = name
    self.source = source
  }

  init(parsing text: String) throws(UsageError) {
    let value = try DeviceValue(parsing: text, of: .net)
    name = value.name
    source = value.source
    for (key, setting) in value.settings {
      switch (key, setting) {
      case ("mac", let address?): macAddress = address
      case ("mtu", let bytes?):
        guard let mtu = decimal(bytes[...], as: Int.self) else { throw .number(key, bytes) }
        self.mtu = mtu
      case ("rate", let size?): bytesPerSecond = try parseRate(size)
      case ("frames", let count?): framesPerSecond = try parseCount(key, count)
      default: throw .unknownSetting(option: .net, key)
      }
    }
  }
}

/// The value of `--block`.
public struct BlockOption: Equatable, Sendable {
  /// The device of the manifest; nil for the first that is not attached.
  public var name: String?
  /// What to attach.
  public var source: DeviceSource
  /// Whether the guest may only read.
  public var isReadOnly = false
  /// Whether transfers bypass the host's page cache.
  public var isDirect = false
  /// The size of a sector in bytes.
  public var sectorSize: UInt16 = 512
  /// The requests a second; nil for as many as there are.
  public var requestsPerSecond: UInt64?
  /// Their bytes a second; nil for as many as there are.
  public var bytesPerSecond: UInt64?

  init(name: String, source: DeviceSource) {
    self.name = name
    self.source = source
  }

  init(parsing text: String) throws(UsageError) {
    let value = try DeviceValue(parsing: text, of: .block)
    name = value.name
    source = value.source
    for (key, setting) in value.settings {
      switch (key, setting) {
      case ("ro", nil): isReadOnly = true
      case ("direct", nil): isDirect = true
      case ("sector", let bytes?):
        guard let size = decimal(bytes[...], as: UInt16.self) else { throw .number(key, bytes) }
        sectorSize = size
      case ("iops", let count?): requestsPerSecond = try parseCount(key, count)
      case ("bps", let size?): bytesPerSecond = try parseRate(size)
      default: throw .unknownSetting(option: .block, key)
      }
    }
  }
}

/// `[NAME=]SOURCE[,KEY[=VALUE]]…` in its parts.
private struct DeviceValue {
  var name: String?
  var source: DeviceSource
  var settings: [(key: String, value: String?)] = []

  init(parsing text: String, of option: RunOption) throws(UsageError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    var target = parts[0]
    if let sign = target.firstIndex(of: "="), isDeviceName(target[..<sign]) {
      name = String(target[..<sign])
      target = target[target.index(after: sign)...]
    }
    guard !target.isEmpty else { throw .missingValue(option.rawValue) }
    source = try DeviceSource(parsing: String(target))
    for part in parts.dropFirst() {
      if let sign = part.firstIndex(of: "=") {
        settings.append((String(part[..<sign]), String(part[part.index(after: sign)...])))
      } else {
        settings.append((String(part), nil))
      }
    }
  }
}

/// Whether `text` can be the name of a device in a manifest; a path such as `./a=b` cannot.
func isDeviceName(_ text: Substring) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: false
      }
    }
}
