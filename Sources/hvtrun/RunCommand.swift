// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import GuestImage
internal import CommandLineOptions
internal import JSON
internal import Sandbox
internal import SystemCalls
internal import Tender

/// Runs one guest as the options say.
struct RunCommand {
  private let options: RunOptions
  private let form: Command.Form

  init(_ options: RunOptions, _ form: Command.Form) {
    self.options = options
    self.form = form
  }

  /// The exit status of the run.
  func run() throws -> CInt {
    if let notice = options.notice, !options.isQuiet { report(notice) }
    let result = try options.resultDescriptor.map { number throws(SystemCallError) in
      try RunResult(number)
    }
    do {
      return try run(result)
    } catch {
      result?.write(error)
      throw error
    }
  }

  private func run(_ result: RunResult?) throws -> CInt {
    try options.joinControlGroup()
    let sandbox = try options.makeSandbox()
    if sandbox == nil, !options.isQuiet { report("--sandbox off: hvtrun keeps all its rights") }
    let image = try Image(path: options.image)
    let output = try ConsoleOutput(options.consoleMode)
    var configuration = MachineConfiguration(image: image, console: output.console)
    setLimits(of: &configuration)
    configuration.outputs = [result?.number].compactMap(\.self)
    configuration.memorySize = options.memorySize
    configuration.commandLine = commandLine
    configuration.runsPrivileged = options.runsPrivileged
    configuration.sandbox = sandbox
    configuration.dumpsMemory = options.dumpsCore
    switch options.ioMode {
    case .inline?: configuration.ioMode = .inline
    case .thread?: configuration.ioMode = .thread
    case nil: break
    }
    for option in options.nets {
      // Headers make each frame dearer, so a guest that understands nothing they say gets none.
      let hasHeaders = image.headers.queues?.accepts.isEmpty == false
      try configuration.attach(
        net: device(for: option, hasHeaders: hasHeaders), as: option.name,
        limits: DeviceLimits(
          bytesPerSecond: option.bytesPerSecond, operationsPerSecond: option.framesPerSecond))
    }
    for option in options.blocks {
      try configuration.attach(
        block: device(for: option), as: option.name,
        limits: DeviceLimits(
          bytesPerSecond: option.bytesPerSecond, operationsPerSecond: option.requestsPerSecond))
    }
    let capture = try options.capturePath.map { try packetCapture(to: $0) }
    if let capture { configuration.record(in: capture) }
    defer { capture?.flush() }
    if options.runsPrivileged, !options.isQuiet, HostCheck.emulatesKernelLevel() {
      report("--cpl0: this KVM emulates privilege level 0: slowly, and without SSE")
    }
    Interruption.install(form)
    let forwarded = [SIGINT, SIGTERM] + (options.printsStatistics ? [SIGUSR1] : [])
    try sandbox?.goOnInChild(forwarding: forwarded)
    Interruption.renew()
    let machine = try Machine(configuration)
    // The process ends with the machine, and gives back what that has faster than we could.
    // SAFETY: a reference that is never given back keeps the machine for good.
    _ = unsafe Unmanaged.passRetained(machine)
    if options.printsStatistics {
      machine.answer(signal: SIGUSR1) { [self] in printStatistics(machine.statistics) }
    }
    result?.sendWhenUnread(SIGTERM)
    let outcome = try machine.runOnCurrentThread()
    output.finish()
    result?.write(outcome, of: image, machine.statistics)
    defer { if options.printsStatistics { printStatistics(machine.statistics) } }
    return status(outcome, image, machine.statistics)
  }

  /// The guest's own arguments, in one line.
  ///
  /// Not `joined`, which is generic code in the standard library: for it the runtime looks through
  /// every protocol conformance there is.
  private var commandLine: String {
    var line = options.arguments.first ?? ""
    for word in options.arguments.dropFirst() { line += " " + word }
    return line
  }

  private func setLimits(of configuration: inout MachineConfiguration) {
    configuration.timeLimit = options.timeLimit
    configuration.processorQuota = options.processorQuota
    configuration.consoleRate = options.consoleRate
    configuration.consoleLimit = options.consoleLimit
  }

  /// The exit status that `outcome` stands for, which is explained unless it is the guest's own.
  private func status(
    _ outcome: MachineOutcome, _ image: Image, _ statistics: MachineStatistics
  ) -> CInt {
    if statistics.droppedConsoleBytes > 0, !options.isQuiet {
      report("console: \(statistics.droppedConsoleBytes) bytes over the limit were dropped")
    }
    switch outcome {
    case .exited(let status, _):
      return (0...255).contains(status) ? status : 255
    case .faulted(let fault):
      if !options.isQuiet {
        report("\(FaultReport(fault, in: image, withRegisters: options.isVerbose))")
      }
      return 255
    case .stopped:
      return form.status(ofSignal: Interruption.signal)
    case .timedOut:
      if !options.isQuiet, let limit = options.timeLimit {
        report("guest: ended by its time limit of \(limit)")
      }
      return form.timeoutStatus
    }
  }

  private func packetCapture(to path: String) throws -> PacketCapture {
    let isQuiet = options.isQuiet
    return try PacketCapture(path: path) { error in
      if !isQuiet { report("\(error): the capture ends there, and the guest runs on") }
    }
  }

  private func printStatistics(_ statistics: MachineStatistics) {
    if options.printsJSON {
      writeError(statistics.json.line)
    } else {
      for line in statistics.text.split(separator: "\n") { report(String(line)) }
    }
  }

  private func device(for option: NetOption, hasHeaders: Bool) throws -> TapDevice {
    let address = try option.macAddress.map { text in
      guard let address = MACAddress(text), !address.isMulticast else {
        throw UsageError.macAddress(text)
      }
      return address
    }
    return switch option.source {
    case .name(let name):
      try TapDevice(
        name: name, macAddress: address, mtu: option.mtu, hasHeaders: hasHeaders)
    case .descriptor(let number):
      try TapDevice(
        Descriptor(duplicating: number), name: "@\(number)", macAddress: address, mtu: option.mtu)
    }
  }

  private func device(for option: BlockOption) throws -> FileBlockDevice {
    switch option.source {
    case .name(let path):
      try FileBlockDevice(
        path: path, blockSize: option.sectorSize, isReadOnly: option.isReadOnly,
        isDirect: option.isDirect)
    case .descriptor(let number):
      try FileBlockDevice(
        Descriptor(duplicating: number), name: "@\(number)", blockSize: option.sectorSize,
        isReadOnly: option.isReadOnly, isDirect: option.isDirect)
    }
  }
}
