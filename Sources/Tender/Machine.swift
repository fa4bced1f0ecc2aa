// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestImage
internal import Glibc
internal import GuestMemory
internal import HVTABI
internal import KVM
internal import Synchronization
internal import SystemCalls

/// One run of one guest.
///
/// A process may run any number of machines at the same time; they share nothing.
public final class Machine: Sendable {
  let configuration: MachineConfiguration
  private let map: MemoryMap
  let stopSignal: StopSignal
  private let hasRun = Atomic(false)
  private let counters: MachineCounters
  /// The signals that are answered while the machine runs.
  let answers = Mutex<[Answer]>([])

  /// Checks `configuration` and plans the machine; nothing of it exists yet.
  public init(_ configuration: MachineConfiguration) throws(MachineError) {
    do {
      map = try configuration.validated()
    } catch {
      throw .configuration(error)
    }
    do {
      stopSignal = try StopSignal()
    } catch {
      throw .systemCall(error)
    }
    self.configuration = configuration
    counters = MachineCounters(configuration.image.headers.manifest)
  }

  /// What the machine has done until now. From any thread, at any time.
  public var statistics: MachineStatistics { counters.statistics }

  /// Ends the guest, wherever it is: `run` returns `.stopped`. From any thread, at any time, also
  /// before the run.
  public func stop() {
    stopSignal.request()
  }

  /// Runs the guest to its end on a thread of its own. Cancelling the task stops the machine. A
  /// machine runs once.
  public func run() async throws(MachineError) -> MachineOutcome {
    let result = await withTaskCancellationHandler {
      await onNewThread(self, failed: MachineError.systemCall) { machine throws(MachineError) in
        try machine.runOnCurrentThread()
      }
    } onCancel: {
      stop()
    }
    return try result.get()
  }

  /// The signal that ends the machine of the thread that it is sent to, as `stop()` does, for signal
  /// handlers: `raise` of it is safe where `stop()` is not.
  public static var stopSignalNumber: CInt { StopSignal.number }

  /// Runs the guest to its end on the calling thread. A machine runs once.
  public func runOnCurrentThread() throws(MachineError) -> MachineOutcome {
    var memory: GuestMemory
    do {
      memory = try GuestMemory(
        byteCount: map.memorySize, isDumped: configuration.dumpsMemory)
    } catch {
      throw .systemCall(error)
    }
    return try run(in: &memory)
  }

  /// Runs the guest in `memory`, which is of its size and all zero, and leaves there what the guest
  /// left.
  func run(in memory: inout GuestMemory) throws(MachineError) -> MachineOutcome {
    precondition(!hasRun.exchange(true, ordering: .relaxed), "a machine runs once")
    return try stopSignal.withCurrentThread { () throws(MachineError) in
      guard let limit = configuration.timeLimitNanoseconds else { return try boot(&memory) }
      return try stopSignal.withTimeLimit(limit) { () throws(MachineError) in try boot(&memory) }
    }
  }

  private func boot(_ memory: inout GuestMemory) throws(MachineError) -> MachineOutcome {
    let kvm = try Self.openKVM()
    let result: Result<MachineOutcome, MachineError>
    do throws(SystemCallError) {
      result = try boot(kvm, &memory)
    } catch {
      throw .systemCall(error)
    }
    return try result.get()
  }

  private static func openKVM() throws(MachineError) -> KVMSystem {
    do {
      let kvm = try KVMSystem()
      let version = try kvm.apiVersion()
      guard version == KVMSystem.supportedAPIVersion else { throw MachineError.kvmVersion(version) }
      return kvm
    } catch let error as SystemCallError {
      throw .systemCall(error)
    } catch let error as MachineError {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
  }

  /// The whole life of the guest, in order.
  private func boot(
    _ kvm: consuming KVMSystem, _ memory: inout GuestMemory
  ) throws(SystemCallError) -> Result<MachineOutcome, MachineError> {
    // A machine, its memory and its processor. No other machine is made.
    let machine = try Self.makeMachine(kvm)
    let features = ProcessorFeatures()
    let vcpu = try makeVCPU(machine, memory, features)
    let queues = try queueTable()
    // The machine's own descriptor is needed no more.
    let bell = try makeBell(machine, queues)
    try load(into: &memory, queues, tscFrequency: try vcpu.tscFrequency())
    return try run(on: vcpu, features, queues, bell, in: memory)
  }

  /// The queues of the guest.
  func queueTable() throws(SystemCallError) -> QueueTable {
    try configuration.queueTable(at: map.queues.lowerBound)
  }

  /// The processor of `machine`, which gets its memory.
  func makeVCPU(
    _ machine: borrowing VirtualMachine, _ memory: borrowing GuestMemory,
    _ features: ProcessorFeatures
  ) throws(SystemCallError) -> VCPU {
    // With an irqchip `hlt` waits in the kernel instead of ending the guest; only CPL 0 can execute it.
    if configuration.level == .user, map.leavesRoomForLocalAPIC { try machine.enableSplitIRQChip() }
    try machine.setMemory(hostAddress: memory.hostAddress, byteCount: memory.byteCount)
    let vcpu = try machine.makeVCPU()
    try vcpu.setCPUID(features.entries)
    return vcpu
  }

  /// Makes the guest in `memory`, which is zero: its program, the tables that seal it, and what it is
  /// told.
  func load(
    into memory: inout GuestMemory, _ queues: QueueTable, tscFrequency: UInt64
  ) throws(SystemCallError) {
    memory.adviseLargePages(map.largePageRange)
    try configuration.image.load(into: memory)

    let tables = PageTables(
      mapping: map.regions, memorySize: map.memorySize, base: MemoryMap.pageTables)
    memory.install(tables)
    memory.installDescriptorTables(withDoorbell: !queues.entries.isEmpty)

    memory.install(BootInformation(configuration, map, queues, tscFrequency: tscFrequency))
    memory.regions = map.regions
  }

  /// Runs the guest that `memory` has on `vcpu`. With `bell`, a thread of its own serves `queues`.
  func run(
    on vcpu: borrowing VCPU, _ features: ProcessorFeatures, _ queues: QueueTable,
    _ bell: IOLoop.Shared?, in memory: borrowing GuestMemory
  ) throws(SystemCallError) -> Result<MachineOutcome, MachineError> {
    // Its first state.
    let state = ProcessorState(
      reset: try vcpu.specialRegisters(), entry: configuration.image.headers.entry,
      stackPointer: map.initialStackPointer, bootInformation: MemoryMap.bootInformation,
      pageTableRoot: MemoryMap.pageTables, taskStateType: features.taskStateType,
      level: configuration.level)
    try vcpu.setSpecialRegisters(state.special)
    try vcpu.setXCR0(ProcessorState.xcr0)
    try vcpu.setRegisters(state.general)
    try vcpu.setWakeSignals(StopSignal.number, MachinePace.signal)

    // Who serves its queues.
    return try unsafe withUnsafePointer(to: memory) { pointer throws(SystemCallError) in
      // SAFETY: the service goes when this closure ends, before the memory.
      let quota = configuration.processorQuota.map { ProcessorQuota(percent: $0) }
      let service = unsafe makeService(queues, bell, pointer, quota)
      let pace = try MachinePace.make(
        configuration, quota, servesQueues: service is QueueServer, stop: stopSignal)
      do throws(MachineError) {
        try startThreads(vcpu, service)
      } catch {
        return .failure(error)
      }
      return .success(
        try unsafe execute(
          vcpu, pointer.pointee, service, pace, taskStateType: features.taskStateType))
    }
  }

  private static func makeMachine(
    _ kvm: consuming KVMSystem
  ) throws(SystemCallError) -> VirtualMachine {
    try kvm.makeVirtualMachine()
  }

  /// What an I/O thread shares with the machine's, if there is to be one, its doorbell connected.
  private func makeBell(
    _ machine: consuming VirtualMachine, _ queues: QueueTable
  ) throws(SystemCallError) -> IOLoop.Shared? {
    guard configuration.ioMode == .thread, !queues.entries.isEmpty else { return nil }
    let shared = try IOLoop.Shared()
    try machine.raise(shared.doorbell, atWritesTo: UInt16(HVT_DOORBELL_PORT))
    return shared
  }

  private func makeService(
    _ queues: QueueTable, _ bell: IOLoop.Shared?, _ memory: UnsafePointer<GuestMemory>,
    _ quota: ProcessorQuota?
  ) -> any QueueService {
    let server = QueueServer(configuration, queues, counters, stop: stopSignal)
    _ = unsafe server.prepareToSleep(memory.pointee)
    guard let bell else { return server }
    return unsafe IOThread(server, queues, memory, counters, bell, stop: stopSignal, quota: quota)
  }

  /// Runs the guest and serves it until it ends.
  private func execute(
    _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory, _ queues: any QueueService,
    _ pace: consuming MachinePace?, taskStateType: UInt8
  ) throws(SystemCallError) -> MachineOutcome {
    var server = HypercallServer(configuration, queues, counters, stop: stopSignal)
    defer { queues.finish(memory) }
    var emulator = TrapEmulator(taskStateType: taskStateType)
    let isDeprivileged = configuration.isDeprivileged
    // What came before the guest's first instruction is as if it had interrupted that.
    var exit = VCPUExit.interrupted
    while true {
      do throws(ServiceError) {
        if isDeprivileged, let vector = TrapStub.vector(reportedBy: exit) {
          counters.traps.add()
          try emulator.serve(vector, vcpu, memory)
        } else if let outcome = try server.serve(exit, in: memory) {
          return outcome
        }
        try pace?.follow(queues, afterInterruption: exit == .interrupted, memory)
      } catch {
        switch error {
        case .host(let error): throw error
        case .guest(var fault):
          fault.examine(vcpu, memory, map)
          return .faulted(fault)
        }
      }
      if exit == .interrupted, try stopSignal.isRequested() { return stopSignal.outcome }
      exit = try vcpu.run()
      counters.exits.add()
      if exit == .interrupted { counters.interruptions.add() }
    }
  }
}
