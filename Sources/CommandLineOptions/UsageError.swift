// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What is wrong with a command line. Each description names the words at fault.
public enum UsageError: Error, Equatable, Sendable {
  case noImage
  case noImageToInspect
  case jsonWithoutStatistics
  case captureWithoutNet
  case twoImages(String, String)
  case extraArgument(String)
  case unknownOption(String)
  case unknownOptionAfterImage(String)
  case solo5OptionAfterImage(String)
  case missingValue(String)
  case unexpectedValue(String)
  case size(String)
  case sizeWithoutUnit(String)
  case mebibytes(String)
  case number(String, String)
  case descriptor(String)
  case macAddress(String)
  case ioMode(String)
  case sandbox(String)
  case user(String)
  case userWithoutSandbox
  case consoleMode(String)
  case duration(String)
  case durationWithoutUnit(String)
  case percent(String)
  case unknownSetting(option: RunOption, String)
  case deviceName(String, in: String)
  case noDeviceFor(String, String, attachedBy: String)
}

extension UsageError: CustomStringConvertible {
  /// One line that names the words at fault.
  public var description: String {
    switch self {
    case .noImage: "no image to run: hvtrun APP.elf"
    case .jsonWithoutStatistics: "--json says how --stats is printed, which was not asked for"
    case .captureWithoutNet: "--pcap records net devices, and no --net attaches one"
    case .noImageToInspect: "no image to inspect: hvtrun inspect APP.elf"
    case .extraArgument(let text): "unexpected argument '\(text)'"
    case .twoImages(let first, let second):
      "two images to run, '\(first)' and '\(second)': the guest's own arguments stand after '--'"
    case .unknownOption(let name): "unknown option '\(name)'"
    case .unknownOptionAfterImage(let name):
      "unknown option '\(name)': the guest's own arguments stand after '--'"
    case .solo5OptionAfterImage(let name):
      "'\(name)' stands after the image: the options of solo5-hvt's form stand before it"
    case .missingValue(let name): "\(name) needs a value"
    case .unexpectedValue(let name): "\(name) takes no value"
    case .size(let text): "'\(text)' is not a size such as 64M"
    case .sizeWithoutUnit(let text): "size '\(text)' needs a unit: \(text)M for MiB"
    case .mebibytes(let text): "--mem=\(text): not a number of MiB from 2 to 4096"
    case .number(let key, let text): "\(key)=\(text): not a number in range"
    case .descriptor(let text): "'\(text)' is not a descriptor such as @3"
    case .macAddress(let text):
      "'\(text)' is not the MAC address of one interface, such as 52:54:00:12:34:56"
    case .ioMode(let text): "--io=\(text): neither inline nor thread"
    case .sandbox(let text): "--sandbox=\(text): neither standard, strict nor off"
    case .user(let text): "--user=\(text): neither a name, UID, UID:GID nor stay"
    case .userWithoutSandbox: "--user is the user of a sandbox, which is off"
    case .consoleMode(let text): "--console=\(text): neither auto, raw nor escaped"
    case .duration(let text): "'\(text)' is not a duration such as 30s"
    case .durationWithoutUnit(let text): "duration '\(text)' needs a unit: \(text)s for seconds"
    case .percent(let text): "'\(text)' is not a share from 1 to 100 percent"
    case .unknownSetting(let option, let key):
      "\(option.rawValue): unknown or malformed setting '\(key)'"
    case .deviceName(let name, let argument):
      "'\(name)' in '\(argument)' is not the name of a device: 1 to 67 letters and digits"
    case .noDeviceFor(let option, let device, let attaching):
      "\(option):\(device): no \(attaching):\(device)=... attaches that device"
    }
  }
}
