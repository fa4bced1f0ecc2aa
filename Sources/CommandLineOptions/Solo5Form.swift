// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Command {
  /// Reads `[OPTION...] [--] KERNEL [ARGUMENT...]`, the form of solo5-hvt. The options of a run of our
  /// own may stand among its options.
  init(parsingSolo5 arguments: [String]) throws(UsageError) {
    var form = Solo5Form()
    var rest = arguments[...]
    while let word = rest.first, RunOptions.isOption(word) {
      rest.removeFirst()
      if word == "--" { break }
      if word == "--help" || word == "-h" {
        self = .help
        return
      }
      if word == "--version" {
        self = .version
        return
      }
      try form.read(word, before: &rest)
    }
    guard let image = rest.popFirst() else { throw .noImage }
    self = .run(try form.options(running: image, arguments: Array(rest)))
  }
}

/// What was read of a command line in solo5-hvt's form.
private struct Solo5Form {
  private var options = RunOptions()
  // These may stand before the option that attaches their device.
  private var macAddresses: [Solo5Setting] = []
  private var sectorSizes: [Solo5Setting] = []

  /// Reads the option `word`, whose value may be the first of the words that follow.
  mutating func read(_ word: String, before rest: inout ArraySlice<String>) throws(UsageError) {
    guard let option = Solo5Option(of: word) else {
      try options.read(word, before: &rest)
      return
    }
    guard option != .memory else {
      try setMemory(word.dropFirst(option.rawValue.count))
      return
    }
    let setting = try Solo5Setting(option, parsing: word)
    switch option {
    case .net:
      let source = try DeviceSource(parsing: setting.value)
      options.nets.append(NetOption(name: setting.device, source: source))
    case .block:
      options.blocks.append(BlockOption(name: setting.device, source: .name(setting.value)))
    case .macAddress: macAddresses.append(setting)
    case .sectorSize: sectorSizes.append(setting)
    case .memory: break
    }
  }

  /// Takes `digits` MiB, or one less: large pages are of 2 MiB.
  private mutating func setMemory(_ digits: Substring) throws(UsageError) {
    guard let count = decimal(digits, as: UInt64.self), (2...4096).contains(count) else {
      throw .mebibytes(String(digits))
    }
    let even = count & ~1
    options.memorySize = even << 20
    options.notice =
      even == count ? nil : "--mem=\(digits): rounded down to \(even), a multiple of 2 MiB"
  }

  /// All of it, with every property at its device.
  consuming func options(
    running image: String, arguments: [String]
  ) throws(UsageError) -> RunOptions {
    options.image = image
    options.arguments = arguments
    try options.check()
    for setting in macAddresses {
      guard let index = options.nets.firstIndex(where: { $0.name == setting.device }) else {
        throw .noDeviceFor("--net-mac", setting.device, attachedBy: "--net")
      }
      options.nets[index].macAddress = setting.value
    }
    for setting in sectorSizes {
      guard let index = options.blocks.firstIndex(where: { $0.name == setting.device }) else {
        throw .noDeviceFor("--block-sector-size", setting.device, attachedBy: "--block")
      }
      guard let size = decimal(setting.value[...], as: UInt16.self) else {
        throw .number("--block-sector-size:\(setting.device)", setting.value)
      }
      options.blocks[index].sectorSize = size
    }
    return options
  }
}
