// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What is wrong with a command line. Each description names the words at fault.
public enum UsageError: Error, Equatable, Sendable {
  case noImage
  case noImageToInspect
  case twoImages(String, String)
  case extraArgument(String)
  case unknownOption(String)
  case missingValue(String)
  case unexpectedValue(String)
  case size(String)
  case number(String, String)
  case descriptor(String)
  case unknownSetting(option: RunOption, String)
}

extension UsageError: CustomStringConvertible {
  /// One line that names the words at fault.
  public var description: String {
    switch self {
    case .noImage: "no image to run: hvtrun APP.elf"
    case .noImageToInspect: "no image to inspect: hvtrun inspect APP.elf"
    case .extraArgument(let text): "unexpected argument '\(text)'"
    case .twoImages(let first, let second):
      "two images to run, '\(first)' and '\(second)': the guest's own arguments stand after '--'"
    case .unknownOption(let name): "unknown option '\(name)'"
    case .missingValue(let name): "\(name) needs a value"
    case .unexpectedValue(let name): "\(name) takes no value"
    case .size(let text): "'\(text)' is not a size such as 64M"
    case .number(let key, let text): "\(key)=\(text): not a number in range"
    case .descriptor(let text): "'\(text)' is not a descriptor such as @3"
    case .unknownSetting(let option, let key):
      "\(option.rawValue): unknown or malformed setting '\(key)'"
    }
  }
}
