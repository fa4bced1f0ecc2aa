// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestImage
internal import SystemCalls
public import Tender

/// What a machine in a process of its own is: as `MachineConfiguration`, but for devices, which are
/// named or passed on as open descriptors.
public struct MachineProcessConfiguration: Sendable {
  /// The path of the program.
  public var image: String
  /// Where the guest's console output goes. A thread of this process calls it.
  public var console: any Console
  /// The guest's memory in bytes: a multiple of 2 MiB, at most 4 GiB.
  public var memorySize: UInt64 = 512 << 20
  /// The guest's arguments.
  public var arguments: [String] = []
  /// Where the queues are served.
  public var ioMode = MachineConfiguration.IOMode.inline
  /// How long the machine may run; nil for as long as it wants.
  public var timeLimit: Duration?
  /// How much of one processor the process may take, in percent from 1 to 100; nil for as much as it wants.
  public var processorQuota: Int?
  /// How many bytes a second the guest may write to its console; nil for as many as it wants.
  public var consoleRate: UInt64?
  /// How many bytes in all the guest may write to its console; nil for as many as it wants.
  public var consoleLimit: UInt64?
  /// Other options of hvtrun, in the form of its command line.
  public var options: [String] = []
  /// The path of hvtrun. Without, it is what the environment variable `HVTRUN` names, or else the
  /// file `hvtrun` in the folder of this process's program.
  public var executable: String?

  /// What stands behind a device.
  public enum Source: Equatable, Sendable {
    /// The name of an interface, or the path of an image.
    case name(String)
    /// A descriptor that is open in this process, and stays so until the run begins: a tap, or a file.
    case descriptor(CInt)
  }

  /// The devices, as options without a descriptor's number.
  struct Device: Sendable {
    var option: String
    var name: String?
    var source: Source
    var settings: [String]
  }

  private(set) var devices: [Device] = []

  /// A machine that runs the image at the path `image` with 512 MiB of memory, no arguments and nothing
  /// attached.
  public init(image: String, console: any Console) {
    self.image = image
    self.console = console
  }

  /// Attaches the tap `source` to the net device that the manifest declares as `name`, or without a name
  /// to the first one that has nothing attached. Address and MTU are as for `TapDevice`.
  public mutating func attach(
    net source: Source, as name: String? = nil, macAddress: MACAddress? = nil, mtu: Int? = nil,
    limits: DeviceLimits = DeviceLimits()
  ) {
    var settings: [String] = []
    if let macAddress { settings.append("mac=\(macAddress)") }
    if let mtu { settings.append("mtu=\(mtu)") }
    if let rate = limits.bytesPerSecond { settings.append("rate=\(rate)B") }
    if let count = limits.operationsPerSecond { settings.append("frames=\(count)") }
    devices.append(Device(option: "--net", name: name, source: source, settings: settings))
  }

  /// Attaches the file or block device `source` to the block device that the manifest declares as `name`,
  /// or without a name to the first one that has nothing attached.
  public mutating func attach(
    block source: Source, as name: String? = nil, isReadOnly: Bool = false, isDirect: Bool = false,
    sectorSize: UInt16 = 512, limits: DeviceLimits = DeviceLimits()
  ) {
    var settings = ["sector=\(sectorSize)"]
    if isReadOnly { settings.append("ro") }
    if isDirect { settings.append("direct") }
    if let rate = limits.bytesPerSecond { settings.append("bps=\(rate)B") }
    if let count = limits.operationsPerSecond { settings.append("iops=\(count)") }
    devices.append(Device(option: "--block", name: name, source: source, settings: settings))
  }
}

extension MachineProcessConfiguration {
  /// The words of hvtrun's command line, which writes its result to the descriptor `result`, and the
  /// descriptors that are to be those from `first` on.
  func commandLine(
    result: CInt, passingFrom first: CInt
  ) throws(MachineProcessError) -> (words: [String], descriptors: [CInt]) {
    var words = [Self.file(image), "--mem", "\(memorySize)B", "--io", ioMode.rawValue]
    words += ["--console", "raw", "--result-fd", "\(result)"]
    if let timeLimit { words += ["--timeout", "\(Self.milliseconds(timeLimit))ms"] }
    if let processorQuota { words += ["--cpu-quota", "\(processorQuota)"] }
    if let consoleRate { words += ["--console-rate", "\(consoleRate)B"] }
    if let consoleLimit { words += ["--console-limit", "\(consoleLimit)B"] }
    var descriptors: [CInt] = []
    for device in devices {
      let target: String
      switch device.source {
      case .descriptor(let number):
        target = "@\(first + CInt(descriptors.count))"
        descriptors.append(number)
      case .name(let name):
        // These would end the name in hvtrun's option.
        guard !name.isEmpty, !name.contains(",") else { throw .name(name) }
        target = device.option == "--block" ? Self.file(name) : name
        guard !target.hasPrefix("@") else { throw .name(name) }
      }
      let named = device.name.map { "\($0)=\(target)" } ?? target
      words += [device.option, ([named] + device.settings).joined(separator: ",")]
    }
    return (words + options + ["--"] + arguments, descriptors)
  }

  /// `path`, so that it is taken for nothing else.
  private static func file(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

  /// The duration, rounded up.
  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    // Too long for hvtrun, which says so.
    return overflow || whole > .max - part ? .max : whole + part
  }
}
