// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The options that only solo5-hvt's form has, by what they begin with.
enum Solo5Option: String, CaseIterable {
  case net = "--net:"
  case macAddress = "--net-mac:"
  case block = "--block:"
  case sectorSize = "--block-sector-size:"
  case memory = "--mem="

  /// The option that `argument` is, well-formed or not; nil for any other word.
  init?(of argument: String) {
    guard let option = Self.allCases.first(where: { argument.hasPrefix($0.rawValue) }) else {
      return nil
    }
    // With a unit it is our own option of that name.
    guard option != .memory || isDecimal(argument.dropFirst(option.rawValue.count)) else {
      return nil
    }
    self = option
  }
}

/// What `--OPTION:NAME=VALUE` says of the device NAME.
struct Solo5Setting {
  let device: String
  let value: String

  init(_ option: Solo5Option, parsing argument: String) throws(UsageError) {
    let text = argument.dropFirst(option.rawValue.count)
    let name = text.prefix { $0 != "=" }
    guard name.utf8.count < 68, isDeviceName(name) else {
      throw .deviceName(String(name), in: argument)
    }
    let value = text.dropFirst(name.count + 1)
    guard !value.isEmpty else { throw .missingValue(option.rawValue + name) }
    device = String(name)
    self.value = String(value)
  }
}
