// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation

/// What is wrong with a `devices.json`.
struct DeviceListError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  var description: String { "\(path): \(reason)" }
}

/// The devices that an application declares, in the order of their handles.
struct DeviceList {
  enum Kind: UInt32 {
    case block = 1
    case net = 2
  }

  struct Device {
    let name: String
    let kind: Kind
  }

  static let limit = 63
  static let nameLimit = 67
  /// Swift does not allow these as names of members, whatever the quoting.
  private static let reservedNames: Set = ["Protocol", "Type", "init", "self"]

  private(set) var devices: [Device] = []

  /// No devices.
  init() {}

  /// Reads `{"net": [NAME…], "block": [NAME…]}`, both optional.
  init(json: Data, at path: String) throws {
    func fail(_ reason: String) -> DeviceListError {
      DeviceListError(path: path, reason: reason)
    }
    let value: Any
    do {
      value = try JSONSerialization.jsonObject(with: json)
    } catch {
      throw fail("not JSON")
    }
    guard let lists = value as? [String: Any] else {
      throw fail("expected {\"net\": [NAME…], \"block\": [NAME…]}")
    }
    if let key = lists.keys.sorted().first(where: { $0 != "net" && $0 != "block" }) {
      throw fail("unknown kind of device \"\(key)\": there are \"net\" and \"block\"")
    }
    for (key, kind) in [("net", Kind.net), ("block", Kind.block)] {
      guard let list = lists[key] else { continue }
      guard let names = list as? [String] else {
        throw fail("\"\(key)\" is not a list of names")
      }
      for name in names {
        if let reason = problem(with: name) {
          throw fail("device \"\(name)\": \(reason)")
        }
        devices.append(Device(name: name, kind: kind))
      }
    }
    if devices.count > Self.limit {
      throw fail("\(devices.count) devices: at most \(Self.limit) are possible")
    }
  }

  private func problem(with name: String) -> String? {
    if name.isEmpty || name.utf8.count > Self.nameLimit {
      return "a name has 1 to \(Self.nameLimit) characters"
    }
    if !name.utf8.allSatisfy({ Character(UnicodeScalar($0)).isASCIIAlphanumeric }) {
      return "a name consists of the letters A to Z and a to z and of digits"
    }
    if devices.contains(where: { $0.name == name }) {
      return "the name is used twice"
    }
    return Self.reservedNames.contains(name) ? "the name is reserved in Swift" : nil
  }
}

extension Character {
  fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
