// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import KVM
import Synchronization
import SystemCalls

@testable import Tender

/// One virtual machine of KVM, in which one guest after the other runs; everything of the tender is made
/// anew for each.
final class Laboratory {
  nonisolated(unsafe) static let shared: Laboratory = {
    do {
      return try Laboratory()
    } catch {
      fatalError("\(error)")
    }
  }()

  static let memorySize = GuestMemory.largePageSize
  private let machine: VirtualMachine
  private let features = ProcessorFeatures()
  private let vcpu: VCPU
  private var memory: GuestMemory
  private let watchdog = Watchdog()
  private let file: FileBlockDevice
  /// By the kind of guest, what it must leave as it was: the tender's own area.
  private var sealed: [UInt8: [UInt8]] = [:]

  /// What the guest cannot write: descriptor tables, stubs; boot information and page tables.
  private static let sealedRanges: [Range<UInt64>] = [0x1000..<0x4000, 0x8000..<0x2_0000]

  private init() throws {
    memory = try GuestMemory(byteCount: Self.memorySize)
    file = try FileBlockDevice(path: Self.makeFile())
    machine = try KVMSystem().makeVirtualMachine()
    var input = FuzzInput(nil, 0)
    let first = try Machine(
      Self.configuration(Translation(&input), FuzzDevices(Script(), memory.hostAddress), file))
    vcpu = try first.makeVCPU(machine, memory, features)
  }

  private static func makeFile() -> String {
    let path = "/tmp/machine-fuzzer-\(getpid())"
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0 && ftruncate(descriptor, off_t(FuzzDisk.capacity)) == 0)
    close(descriptor)
    // The lock of the device keeps others out; its name is of no further use.
    atexit { unlink("/tmp/machine-fuzzer-\(getpid())") }
    return path
  }

  private static func configuration(
    _ translation: Translation, _ devices: FuzzDevices, _ file: FileBlockDevice
  ) throws -> MachineConfiguration {
    let image = try Image(bytes: translation.guest.image, name: "fuzz")
    var configuration = MachineConfiguration(image: image, console: devices)
    configuration.memorySize = memorySize
    configuration.offersQueues = translation.kind.hasQueues
    configuration.usesIOURing = translation.kind.usesIOURing
    try configuration.attach(net: devices)
    try configuration.attach(block: devices.disk)
    try configuration.attach(block: file)
    return configuration
  }

  /// Runs the guest of `input` to its end, and checks what it left.
  func run(_ input: inout FuzzInput) throws {
    let translation = Translation(&input)
    if sealed[translation.kind.number] == nil { try rememberSealed(translation.kind) }
    _ = try run(translation)
    check(translation)
  }

  /// What a guest of this kind that does nothing leaves.
  private func rememberSealed(_ kind: GuestKind) throws {
    var input = FuzzInput(bytes: [kind.number])
    let outcome = try run(Translation(&input), isWatched: false)
    demand(outcome == .exited(status: 0, cookie: nil), "nothing ended with \(outcome)")
    sealed[kind.number] = contents(of: Self.sealedRanges)
  }

  private func run(
    _ translation: Translation, isWatched: Bool = true
  ) throws -> MachineOutcome {
    clear()
    let devices = FuzzDevices(translation.script, memory.hostAddress)
    let configuration = try Self.configuration(translation, devices, file)
    let tender = try Machine(configuration)
    devices.onStop = { tender.stop() }
    if isWatched { watchdog.watch(tender) }
    defer { watchdog.rest() }
    let outcome = try tender.runAgain(on: vcpu, features, in: &memory)
    if case .faulted(let fault) = outcome {
      demand(!FaultReport(fault, in: configuration.image).description.isEmpty, "no report")
      if let registers = fault.registers {
        demand(registers.flags & 0x3000 == 0, "IOPL in \(registers)")
      }
    }
    _ = tender.statistics
    return outcome
  }

  private func clear() {
    memory.withTenderAccess(at: GuestAddress(0), count: Self.memorySize) { bytes in
      bytes.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
    }
  }

  private func contents(of ranges: [Range<UInt64>]) -> [UInt8] {
    ranges.flatMap { range in
      memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: UInt64(range.count)) {
        $0.withUnsafeBytes { Array($0) }
      } ?? []
    }
  }

  private func check(_ translation: Translation) {
    let area = contents(of: Self.sealedRanges)
    let changed = zip(area, sealed[translation.kind.number] ?? []).enumerated()
      .filter { $1.0 != $1.1 }.map(\.offset)
    demand(changed.isEmpty, "the tender's area changed at \(changed.prefix(8))")
    let start = GuestProgram.codeStart
    let code = translation.guest.code
    demand(contents(of: [start..<start + UInt64(code.count)]) == code, "the code changed")
  }
}

/// Ends the fuzzer with `message`, unless `isFine`.
private func demand(_ isFine: Bool, _ message: @autoclosure () -> String) {
  if !isFine { fatalError(message()) }
}

extension Machine {
  /// `run(on:)` as the machine's thread.
  fileprivate func runAgain(
    on vcpu: borrowing VCPU, _ features: ProcessorFeatures, in memory: inout GuestMemory
  ) throws -> MachineOutcome {
    try stopSignal.withCurrentThread { () throws in
      try run(on: vcpu, features, try queueTable(), nil, in: &memory).get()
    }
  }
}

/// Stops a guest that goes on for too long.
private final class Watchdog: Sendable {
  private struct State {
    var machine: Machine?
    var age = 0
  }

  private let state = Mutex(State())

  init() {
    do {
      try startThread { [self] in
        while true {
          usleep(2_000)
          state.withLock { state in
            state.age += 1
            if state.age > 2 { state.machine?.stop() }
          }
        }
      }
    } catch {
      fatalError("\(error)")
    }
  }

  func watch(_ machine: Machine) { state.withLock { $0 = State(machine: machine) } }

  func rest() { state.withLock { $0.machine = nil } }
}
