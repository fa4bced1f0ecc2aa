// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import KVM
import Synchronization
import SystemCalls

@testable import Tender

/// A virtual machine of KVM, in which one guest after the other runs; everything of the tender is made
/// anew for each. All have the same page tables: KVM does not see when the tender changes them.
private final class Bench {
  let machine: VirtualMachine
  let vcpu: VCPU
  var memory: GuestMemory

  init(_ features: ProcessorFeatures, _ configuration: MachineConfiguration) throws {
    memory = try GuestMemory(byteCount: Laboratory.memorySize)
    machine = try KVMSystem().makeVirtualMachine()
    vcpu = try Machine(configuration).makeVCPU(machine, memory, features)
  }

  /// Makes zero what a guest or the tender writes.
  func clear() {
    for range in [0..<0x2_0000, GuestProgram.codeStart..<Laboratory.memorySize] {
      let count = UInt64(range.count)
      memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: count) { bytes in
        bytes.withUnsafeMutableBytes { bytes in
          if let start = bytes.baseAddress { memset(start, 0, bytes.count) }
        }
      }
    }
  }

  /// Whether `ranges` together hold `bytes`. Without copies, which are what takes long here.
  func holds(_ bytes: [UInt8], in ranges: [Range<UInt64>]) -> Bool {
    var rest = bytes[...]
    return ranges.allSatisfy { range in
      memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: UInt64(range.count)) {
        $0.withUnsafeBytes { memory in
          rest.withUnsafeBytes { bytes in
            guard let start = memory.baseAddress, let expected = bytes.baseAddress else {
              return true
            }
            return memory.count <= bytes.count && memcmp(start, expected, memory.count) == 0
          }
        }
      } == true
        && {
          rest = rest.dropFirst(range.count); return true
        }()
    }
  }

  func contents(of ranges: [Range<UInt64>]) -> [UInt8] {
    ranges.flatMap { range in
      memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: UInt64(range.count)) {
        $0.withUnsafeBytes { Array($0) }
      } ?? []
    }
  }
}

/// Where guests are made of inputs, run and looked at.
final class Laboratory {
  nonisolated(unsafe) static let shared: Laboratory = {
    do {
      return try Laboratory()
    } catch {
      fatalError("\(error)")
    }
  }()

  static let memorySize = GuestMemory.largePageSize
  private let features = ProcessorFeatures()
  private let watchdog = Watchdog()
  private let file: FileBlockDevice
  /// By what decides the page tables.
  private var benches: [Int: Bench] = [:]
  /// By the kind of guest, what it must leave as it was: the tender's own area.
  private var sealed: [UInt8: [UInt8]] = [:]

  /// What the guest cannot write: descriptor tables, stubs; boot information, but a Solo5 guest its own,
  /// and page tables.
  private static func sealedRanges(_ kind: GuestKind) -> [Range<UInt64>] {
    [0x1000..<0x4000, (kind.isSolo5 ? 0xf000 : 0x8000)..<0x2_0000]
  }

  private init() throws { file = try FileBlockDevice(path: Self.makeFile()) }

  /// The bench for guests like `translation`'s.
  private func bench(for translation: Translation) throws -> Bench {
    let kind = translation.kind
    let pages = (translation.guest.code.count + 4095) / 4096
    let key = (pages << 2) | (kind.hasQueues ? 2 : 0) | (kind.isSolo5 ? 1 : 0)
    if let bench = benches[key] { return bench }
    let devices = FuzzDevices(Script(), 0x1000)
    let bench = try Bench(features, Self.configuration(translation, devices, file))
    benches[key] = bench
    return bench
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
    check(translation, try bench(for: translation))
  }

  /// What a guest of this kind that does nothing leaves.
  private func rememberSealed(_ kind: GuestKind) throws {
    var input = FuzzInput(bytes: [kind.number])
    let nothing = Translation(&input)
    let outcome = try run(nothing, isWatched: false)
    demand(outcome == .exited(status: 0, cookie: nil), "nothing ended with \(outcome)")
    sealed[kind.number] = try bench(for: nothing).contents(of: Self.sealedRanges(kind))
  }

  private func run(
    _ translation: Translation, isWatched: Bool = true
  ) throws -> MachineOutcome {
    let bench = try bench(for: translation)
    bench.clear()
    let devices = FuzzDevices(translation.script, bench.memory.hostAddress)
    let configuration = try Self.configuration(translation, devices, file)
    let tender = try Machine(configuration)
    devices.onStop = { tender.stop() }
    if isWatched { watchdog.watch(tender) }
    defer {
      watchdog.rest()
      // The devices know the machine, and it knows them.
      devices.onStop = {}
    }
    let outcome = try tender.runAgain(on: bench.vcpu, features, in: &bench.memory)
    if case .faulted(let fault) = outcome {
      demand(!FaultReport(fault, in: configuration.image).description.isEmpty, "no report")
      if let registers = fault.registers {
        demand(registers.flags & 0x3000 == 0, "IOPL in \(registers)")
      }
    }
    _ = tender.statistics
    return outcome
  }

  private func check(_ translation: Translation, _ bench: Bench) {
    let kind = translation.kind
    let ranges = Self.sealedRanges(kind)
    if !bench.holds(sealed[kind.number] ?? [], in: ranges) {
      let now = zip(ranges.flatMap { Array($0) }, bench.contents(of: ranges))
      let changes = zip(now, sealed[kind.number] ?? []).filter { $0.1 != $1 }
      fatalError("guest \(kind.number) changed the tender's area: \(changes.prefix(8))")
    }
    let start = GuestProgram.codeStart
    let code = translation.guest.code
    demand(bench.holds(code, in: [start..<start + UInt64(code.count)]), "the code changed")
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
