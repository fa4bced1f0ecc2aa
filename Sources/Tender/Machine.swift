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
  private let configuration: MachineConfiguration
  private let map: MemoryMap
  private let stopSignal: StopSignal
  private let hasRun = Atomic(false)
  private let counters: MachineCounters

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
    let result: Result<MachineOutcome, MachineError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // KVM_RUN blocks for as long as the guest lives, so it must not take a thread of the pool.
        do throws(SystemCallError) {
          // The thread lets the machine go before the caller goes on, so that what the caller then
          // releases is released.
          let machine = Mutex<Machine?>(self)
          try startThread {
            let result = Result { () throws(MachineError) in
              guard let machine = machine.withLock({ $0.take() }) else {
                preconditionFailure("the thread runs once")
              }
              return try machine.runOnCurrentThread()
            }
            continuation.resume(returning: result)
          }
        } catch {
          continuation.resume(returning: .failure(.systemCall(error)))
        }
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
      memory = try GuestMemory(byteCount: map.memorySize)
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
    do throws(SystemCallError) {
      return try boot(kvm, &memory)
    } catch {
      throw .systemCall(error)
    }
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
    _ kvm: borrowing KVMSystem, _ memory: inout GuestMemory
  ) throws(SystemCallError) -> MachineOutcome {
    // A machine, its memory and its processor.
    let machine = try kvm.makeVirtualMachine()
    // With an irqchip `hlt` waits in the kernel instead of ending the guest; only CPL 0 can execute it.
    let level = configuration.level
    if level == .user, map.leavesRoomForLocalAPIC { try machine.enableSplitIRQChip() }
    try machine.setMemory(hostAddress: memory.hostAddress, byteCount: memory.byteCount)
    let vcpu = try machine.makeVCPU()

    // The program.
    memory.adviseLargePages(map.largePageRange)
    try configuration.image.load(into: memory)

    // The tables that seal it.
    let tables = PageTables(
      mapping: map.regions, memorySize: map.memorySize, base: MemoryMap.pageTables)
    memory.install(tables)
    let queues = try configuration.queueTable(at: map.queues.lowerBound)
    memory.installDescriptorTables(withDoorbell: !queues.entries.isEmpty)

    // What it is told.
    let frequency = try vcpu.tscFrequency()
    memory.install(BootInformation(configuration, map, queues, tscFrequency: frequency))
    memory.regions = map.regions

    // Its first state.
    let features = ProcessorFeatures()
    let state = ProcessorState(
      reset: try vcpu.specialRegisters(), entry: configuration.image.headers.entry,
      stackPointer: map.initialStackPointer, bootInformation: MemoryMap.bootInformation,
      pageTableRoot: tables.root, taskStateType: features.taskStateType, level: level)
    try vcpu.setCPUID(features.entries)
    try vcpu.setSpecialRegisters(state.special)
    try vcpu.setXCR0(ProcessorState.xcr0)
    try vcpu.setRegisters(state.general)
    try vcpu.setWakeSignals(StopSignal.number, MachinePace.signal)

    // Who serves its queues.
    return try unsafe withUnsafePointer(to: memory) { pointer throws(SystemCallError) in
      // SAFETY: the service goes when this closure ends, before the memory.
      let quota = configuration.processorQuota.map { ProcessorQuota(percent: $0) }
      let service = try unsafe makeService(machine, queues, pointer, quota)
      return try unsafe execute(vcpu, pointer.pointee, service, quota)
    }
  }

  private func makeService(
    _ machine: borrowing VirtualMachine, _ queues: QueueTable, _ memory: UnsafePointer<GuestMemory>,
    _ quota: ProcessorQuota?
  ) throws(SystemCallError) -> any QueueService {
    let server = QueueServer(configuration, queues, counters, stop: stopSignal)
    _ = unsafe server.prepareToSleep(memory.pointee)
    guard configuration.ioMode == .thread, !server.isEmpty else { return server }
    let thread = try unsafe IOThread(
      server, queues, memory, counters, stop: stopSignal, quota: quota)
    try thread.withDoorbell { doorbell throws(SystemCallError) in
      try machine.raise(doorbell, atWritesTo: UInt16(HVT_DOORBELL_PORT))
    }
    return thread
  }

  /// Runs the guest and serves it until it ends.
  private func execute(
    _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory, _ queues: any QueueService,
    _ quota: ProcessorQuota?
  ) throws(SystemCallError) -> MachineOutcome {
    var server = HypercallServer(configuration, queues, counters, stop: stopSignal)
    defer { queues.finish(memory) }
    var emulator = TrapEmulator()
    let isDeprivileged = configuration.isDeprivileged
    var pace = try MachinePace.make(
      configuration, quota, servesQueues: queues is QueueServer, stop: stopSignal)
    if try stopSignal.isRequested() { return stopSignal.outcome }
    while true {
      let exit = try vcpu.run()
      counters.exits.add()
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
      if exit == .interrupted {
        counters.interruptions.add()
        if try stopSignal.isRequested() { return stopSignal.outcome }
      }
    }
  }
}
