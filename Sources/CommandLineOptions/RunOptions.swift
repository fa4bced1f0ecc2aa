// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What `hvtrun app.elf …` is asked to run, as a value.
public struct RunOptions: Equatable, Sendable {
  /// The path of the image.
  public var image = ""
  /// The guest's memory in bytes.
  public var memorySize: UInt64 = 512 << 20
  /// Network interfaces in the order given.
  public var nets: [NetOption] = []
  /// Disks in the order given.
  public var blocks: [BlockOption] = []
  /// The guest's arguments: everything after `--`.
  public var arguments: [String] = []
  /// Nothing from the tender itself, not even about a fault.
  public var isQuiet = false
  /// The registers, too, at a fault.
  public var isVerbose = false

  /// Reads the arguments that follow the program's name.
  public init(parsing arguments: [String]) throws(UsageError) {
    var image: String?
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        self.arguments = Array(rest)
        break
      }
      guard argument.utf8.first == UInt8(ascii: "-"), argument != "-" else {
        if let image { throw .twoImages(image, argument) }
        image = argument
        continue
      }
      let (name, inlineValue) = Self.split(argument)
      guard let option = RunOption(rawValue: name) else { throw .unknownOption(name) }
      if option.valueName == nil {
        guard inlineValue == nil else { throw .unexpectedValue(name) }
        try apply(option, "")
      } else {
        // `--` ends the options; it is no option's value.
        let next = inlineValue ?? (rest.first == "--" ? nil : rest.popFirst())
        guard let value = next, !value.isEmpty else { throw .missingValue(name) }
        try apply(option, value)
      }
    }
    guard let image else { throw .noImage }
    self.image = image
  }

  private mutating func apply(_ option: RunOption, _ value: String) throws(UsageError) {
    switch option {
    case .net: nets.append(try NetOption(parsing: value))
    case .block: blocks.append(try BlockOption(parsing: value))
    case .memory: memorySize = try parseSize(value)
    case .quiet: isQuiet = true
    case .verbose: isVerbose = true
    }
  }

  /// `--name=value` in its parts.
  private static func split(_ argument: String) -> (name: String, value: String?) {
    guard let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
    return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
  }
}

/// The options of a run, in the order in which help lists them.
public enum RunOption: String, CaseIterable, Sendable {
  case net = "--net"
  case block = "--block"
  case memory = "--mem"
  case quiet = "--quiet"
  case verbose = "--verbose"

  /// What help calls the option's value; nil for a flag.
  public var valueName: String? {
    switch self {
    case .net: "[NAME=]IFACE[,mac=ADDRESS][,mtu=BYTES]"
    case .block: "[NAME=]PATH[,ro][,sector=BYTES]"
    case .memory: "SIZE"
    case .quiet, .verbose: nil
    }
  }

  /// What the option does, for help.
  public var help: String {
    switch self {
    case .net:
      """
      Attach the tap interface IFACE, or @FD an open tap, to the guest's net device NAME; without
      NAME, to the first one that has nothing attached. The MTU is the interface's and the address
      a random one, unless given.
      """
    case .block:
      """
      Attach the image or block device PATH, or @FD an open file, to the guest's block device NAME;
      without NAME, to the first one that has nothing attached. ro: the guest may only read.
      sector: the size of a sector, 512 unless given.
      """
    case .memory:
      """
      The guest's memory: a multiple of 2M from 2M to 4G, in units K, M or G. 512M unless given;
      reserved, not touched.
      """
    case .quiet: "Print nothing about a fault of the guest."
    case .verbose: "Print the registers, too, at a fault of the guest."
    }
  }
}

/// A size such as `64M`; units are K, M and G, each 1024 of the one before.
func parseSize(_ text: String) throws(UsageError) -> UInt64 {
  let unit: UInt64 =
    switch text.utf8.last {
    case UInt8(ascii: "K"): 1 << 10
    case UInt8(ascii: "M"): 1 << 20
    case UInt8(ascii: "G"): 1 << 30
    default: 1
    }
  let digits = unit == 1 ? text[...] : text.dropLast()
  guard let count = decimal(digits, as: UInt64.self) else { throw .size(text) }
  let (size, overflow) = count.multipliedReportingOverflow(by: unit)
  guard !overflow, size > 0 else { throw .size(text) }
  return size
}

/// The number that `text` writes in digits alone.
func decimal<Number: FixedWidthInteger>(_ text: Substring, as type: Number.Type) -> Number? {
  let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
  guard !text.isEmpty, text.utf8.allSatisfy(digits.contains) else { return nil }
  return Number(text)
}
