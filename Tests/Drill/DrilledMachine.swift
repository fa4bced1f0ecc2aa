// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill
import CommandLineOptions
import Glibc
import Sandbox
import Synchronization
import SystemCalls
import Tender

/// A machine as hvtrun runs it.
struct DrilledMachine {
  private var options: RunOptions
  private var entry: String?
  private var isUnfiltered = false
  private var usesRing = true
  private var contends = false
  private var attack: (attack: Attack, role: ThreadRoles)?

  /// `[--without ENTRY] [--no-ring] [--contend] [--file-limit BYTES] OPTION... IMAGE`
  init(parsing words: inout ArraySlice<String>) throws {
    while let word = words.first {
      switch word {
      case "--without": entry = words.dropFirst().first
      case "--no-ring": usesRing = false
      case "--contend": contends = true
      case "--unfiltered": isUnfiltered = true
      case "--file-limit": drill_limit_files(UInt(words.dropFirst().first ?? "") ?? 0)
      default:
        options = try RunOptions(parsing: Array(words))
        return
      }
      words = words.dropFirst(word == "--without" || word == "--file-limit" ? 2 : 1)
    }
    throw DrillError.usage
  }

  /// `NAME ROLE [--unfiltered] OPTION... IMAGE`
  init(parsingAttack words: inout ArraySlice<String>) throws {
    guard let name = words.popFirst() else { throw DrillError.usage }
    let role = try ThreadRoles(named: words.popFirst())
    let attack = try Attack(named: name)
    try self.init(parsing: &words)
    self.attack = (attack, role)
  }

  /// The exit status of the run.
  func run() throws -> CInt {
    let image = try Image(path: options.image)
    let (shared, role) = (Shared(), attack?.role)
    var configuration = MachineConfiguration(
      image: image,
      console: HoledConsole(
        try Descriptor(duplicating: STDOUT_FILENO), hole: role == .machine ? attack?.attack : nil,
        loot: attack?.attack.descriptors ?? [], shared: contends ? shared : nil))
    configuration.memorySize = options.memorySize
    configuration.commandLine = options.arguments.joined(separator: " ")
    configuration.usesIOURing = usesRing
    configuration.processorQuota = options.processorQuota
    configuration.timeLimit = options.timeLimit
    if options.ioMode == .thread { configuration.ioMode = .thread }
    try attachDevices(to: &configuration)
    let hole = role == .capture ? attack?.attack : nil
    let capture = try options.capturePath.map { path in
      try PacketCapture(path: path) { _ in hole?.attempt() }
    }
    if let capture { configuration.record(in: capture) }
    configuration.sandbox = try sandbox()
    try configuration.sandbox?.goOnInChild(forwarding: [SIGTERM])
    handleTermination()
    let machine = try Machine(configuration)
    if options.printsStatistics || role == .signals || contends {
      let (hole, contends) = (role == .signals ? attack?.attack : nil, contends)
      machine.answer(signal: SIGUSR1) {
        hole?.attempt()
        if contends { shared.contend() }
      }
      // It waits until there is a thread for it.
      kill(getpid(), SIGUSR1)
    }
    let outcome = try machine.runOnCurrentThread()
    switch outcome {
    case .exited(let status, _): return status
    case .faulted(let fault):
      say("\(FaultReport(fault, in: image))")
      return 255
    case .stopped: return 128 + SIGTERM
    case .timedOut: return 124
    }
  }

  private func sandbox() throws -> Sandbox? {
    var configuration: SandboxConfiguration
    switch options.sandbox {
    case .off: return nil
    case .standard: configuration = SandboxConfiguration(.standard)
    case .strict: configuration = SandboxConfiguration(.strict)
    }
    if options.user == .stay { configuration.user = .stay }
    let all = SystemCallTable.permissions
    let permissions = all.filter { $0.name != entry }
    if let entry, permissions.count == all.count { throw DrillError.unknown(entry) }
    return try Sandbox(configuration, allowing: isUnfiltered ? nil : permissions)
  }

  private func attachDevices(to configuration: inout MachineConfiguration) throws {
    for net in options.nets {
      switch net.source {
      case .name("link"):
        try configuration.attach(net: VirtualLink.pair().0, as: net.name)
      case .name(let name): try configuration.attach(net: TapDevice(name: name, hasHeaders: true))
      case .descriptor: throw DrillError.usage
      }
    }
    for block in options.blocks {
      switch block.source {
      case .name("hole"):
        let disk = HoledDisk(hole: attack?.role == .queues ? attack?.attack : nil)
        try configuration.attach(block: disk, as: block.name)
      case .name(let path):
        try configuration.attach(block: FileBlockDevice(path: path), as: block.name)
      case .descriptor: throw DrillError.usage
      }
    }
  }

  /// Has SIGTERM end the run as hvtrun does.
  private func handleTermination() {
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in raise(Machine.stopSignalNumber) }
    unsafe sigaction(SIGTERM, &action, nil)
  }
}
