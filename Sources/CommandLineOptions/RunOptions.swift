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
  /// Where queues are served; nil for the usual place.
  public var ioMode: IOOption?
  /// The file in which the frames of the net devices are recorded; nil for none.
  public var capturePath: String?
  /// The walls around the process.
  public var sandbox = SandboxOption.standard
  /// Whom the process becomes; nil for the usual.
  public var user: UserOption?
  /// The control group that the process joins; nil for none.
  public var cgroupPath: String?
  /// Whether core files are permitted, with the guest's memory.
  public var dumpsCore = false
  /// The guest's own arguments.
  public var arguments: [String] = []
  /// A Solo5 guest at privilege level 0.
  public var runsPrivileged = false
  /// Nothing from the tender itself, not even about a fault.
  public var isQuiet = false
  /// The registers, too, at a fault.
  public var isVerbose = false
  /// The machine's statistics at its end.
  public var printsStatistics = false
  /// The statistics as one line of JSON.
  public var printsJSON = false
  /// How long the guest may run; nil for as long as it wants.
  public var timeLimit: Duration?
  /// The share of one processor that it may take, in percent; nil for as much as it wants.
  public var processorQuota: Int?
  /// How its output is written.
  public var consoleMode = ConsoleOption.auto
  /// The bytes a second that it may write; nil for as many as it wants.
  public var consoleRate: UInt64?
  /// The bytes in all that it may write; nil for as many as it wants.
  public var consoleLimit: UInt64?
  /// The open descriptor to which the result is written; nil for none.
  public var resultDescriptor: Int32?
  /// What was not taken quite as it was asked, for people; nil when all was.
  public var notice: String?

  init() {}

  /// Reads the arguments that follow the program's name, in the form of our own.
  public init(parsing arguments: [String]) throws(UsageError) {
    var image: String?
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        self.arguments = Array(rest)
        break
      }
      if Self.isOption(argument) {
        do {
          try read(argument, before: &rest)
        } catch .unknownOption(let name) where image != nil {
          throw Solo5Option(of: argument) == nil
            ? .unknownOptionAfterImage(name) : .solo5OptionAfterImage(name)
        }
      } else {
        if let image { throw .twoImages(image, argument) }
        image = argument
      }
    }
    guard let image else { throw .noImage }
    self.image = image
    try check()
  }

  /// Checks what the options mean together.
  func check() throws(UsageError) {
    if printsJSON, !printsStatistics { throw .jsonWithoutStatistics }
    if sandbox == .off, user != nil { throw .userWithoutSandbox }
    if capturePath != nil, nets.isEmpty { throw .captureWithoutNet }
  }

  /// Whether `argument` is written as an option is; `-` can be an image.
  static func isOption(_ argument: String) -> Bool {
    argument.utf8.first == UInt8(ascii: "-") && argument != "-"
  }

  /// Reads the option `argument`, whose value may be the first of the words that follow.
  mutating func read(_ argument: String, before rest: inout ArraySlice<String>) throws(UsageError) {
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

  private mutating func apply(_ option: RunOption, _ value: String) throws(UsageError) {
    switch option {
    case .net: nets.append(try NetOption(parsing: value))
    case .block: blocks.append(try BlockOption(parsing: value))
    case .memory:
      memorySize = try parseSize(value)
      notice = nil
    case .io: ioMode = try IOOption(parsing: value)
    case .capture: capturePath = value
    case .sandbox: sandbox = try SandboxOption(parsing: value)
    case .user: user = try UserOption(parsing: value)
    case .cgroup: cgroupPath = value
    case .core: dumpsCore = true
    case .timeLimit: timeLimit = try parseDuration(value)
    case .processorQuota: processorQuota = try parsePercent(value)
    case .console: consoleMode = try ConsoleOption(parsing: value)
    case .consoleRate: consoleRate = try parseRate(value)
    case .consoleLimit: consoleLimit = try parseSize(value)
    case .result:
      guard let number = decimal(value[...], as: Int32.self) else {
        throw .number(option.rawValue, value)
      }
      resultDescriptor = number
    case .privileged: runsPrivileged = true
    case .quiet: isQuiet = true
    case .verbose: isVerbose = true
    case .statistics: printsStatistics = true
    case .json: printsJSON = true
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
  case io = "--io"
  case capture = "--pcap"
  case sandbox = "--sandbox"
  case user = "--user"
  case cgroup = "--cgroup"
  case core = "--core"
  case timeLimit = "--timeout"
  case processorQuota = "--cpu-quota"
  case console = "--console"
  case consoleRate = "--console-rate"
  case consoleLimit = "--console-limit"
  case result = "--result-fd"
  case privileged = "--cpl0"
  case quiet = "--quiet"
  case verbose = "--verbose"
  case statistics = "--stats"
  case json = "--json"

  /// What help calls the option's value; nil for a flag.
  public var valueName: String? {
    switch self {
    case .net: "[NAME=]IFACE[,mac=ADDRESS][,mtu=BYTES][,rate=SIZE][,frames=COUNT]"
    case .block: "[NAME=]PATH[,ro][,direct][,sector=BYTES][,iops=COUNT][,bps=SIZE]"
    case .memory, .consoleRate, .consoleLimit: "SIZE"
    case .timeLimit: "DURATION"
    case .processorQuota: "PERCENT"
    case .console: "auto|raw|escaped"
    case .result: "FD"
    case .io: "inline|thread"
    case .capture: "FILE"
    case .sandbox: "standard|strict|off"
    case .user: "NAME|UID[:GID]|stay"
    case .cgroup: "PATH"
    case .core, .privileged, .quiet, .verbose, .statistics, .json: nil
    }
  }

  /// What the option does, for help.
  public var help: String {
    switch self {
    case .net:
      """
      Attach the tap interface IFACE, or @FD an open tap, to the guest's net device NAME; without
      NAME, to the first one that has nothing attached. The MTU is the interface's and the address
      a random one, unless given. rate: bytes a second each way, such as 10M; frames: how many a
      second. What the guest sends over that waits, and what it would receive is dropped when the
      interface has no room for it.
      """
    case .block:
      """
      Attach the image or block device PATH, or @FD an open file, to the guest's block device NAME;
      without NAME, to the first one that has nothing attached. ro: the guest may only read.
      direct: its transfers bypass the host's page cache (O_DIRECT). sector: the size of a sector,
      512 unless given. iops: requests a second; bps: their bytes a second, such as 10M. What is
      over that waits.
      """
    case .memory:
      """
      The guest's memory: a multiple of 2M from 2M to 4G, in units K, M or G. 512M unless given;
      reserved, not touched.
      """
    case .io:
      """
      Serve the queues of net and block devices on the thread that runs the guest (inline), or on
      one of their own (thread). inline unless given.
      """
    case .capture:
      """
      Record the frames of the net devices in FILE, a new one or emptied, for tshark or Wireshark
      (pcapng): as the guest sends and gets them, up to 64 KiB each and some without checksums.
      """
    case .sandbox:
      """
      What hvtrun gives up before the guest's first instruction: standard unless given. strict:
      besides, what it sees of the host, in namespaces of its own. off: nothing; for debugging.
      """
    case .user:
      """
      Whom hvtrun becomes, once everything is open: 65534:65534 when started as root, unless given.
      stay: nobody else.
      """
    case .cgroup: "Join the control group PATH (version 2) before anything else."
    case .core: "Permit core files, with the guest's memory in them."
    case .timeLimit:
      """
      End the guest after so long, in units ms, s, m or h, with status 124.
      """
    case .processorQuota:
      """
      The most of one processor that the guest, with the tender's work for it, may take: from 1 to
      100 percent. Over it, it sleeps.
      """
    case .console:
      """
      Write the guest's output as it is (raw), or with \\xNN for each byte that is no text or that a
      terminal might obey (escaped). auto, unless given: escaped when standard output is a terminal.
      """
    case .consoleRate:
      """
      The most that the guest may write to its console in a second, such as 64K. It waits for more.
      """
    case .consoleLimit:
      "The most that the guest may write to its console in all, such as 1M. More is dropped."
    case .result:
      """
      Write how the run ended and its statistics to the open descriptor FD, as one line of JSON. The
      guest is stopped when nobody reads it any more.
      """
    case .privileged:
      "Run a Solo5 guest at privilege level 0, for comparison. It is deprivileged unless given."
    case .quiet: "Print nothing about a fault of the guest."
    case .verbose: "Print the registers, too, at a fault of the guest."
    case .statistics:
      """
      Print what the machine did: exits by reason, frames, requests, batches. At its end, and when
      hvtrun gets SIGUSR1.
      """
    case .json: "Print the statistics as one JSON object, the last line of standard error."
    }
  }
}
