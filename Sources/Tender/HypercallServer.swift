// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestMemory
internal import Glibc
internal import HVTABI
internal import KVM
internal import SystemCalls

/// Serves the guest's hypercalls (hvt-abi/SPEC.md, "Hypercalls").
///
/// A mistake that the ABI has a result for is returned to the guest; an address that the guest itself
/// could not use in that way is thrown as its fault.
struct HypercallServer: ~Copyable {
  let configuration: MachineConfiguration
  let queues: any QueueService
  let counters: MachineCounters
  let stop: StopSignal
  var readiness: ReadinessPoll
  private let console: LimitedConsole
  /// By handle, for devices without queues.
  let limiters: [HypercallLimiter?]

  init(
    _ configuration: MachineConfiguration, _ queues: any QueueService, _ counters: MachineCounters,
    stop: StopSignal
  ) {
    self.counters = counters
    self.configuration = configuration
    self.queues = queues
    self.stop = stop
    limiters = configuration.limits.map { HypercallLimiter($0) }
    readiness = ReadinessPoll(configuration, queues, limiters, stop: stop)
    console = LimitedConsole(configuration, counters)
  }

  /// Serves what the guest left its processor for; an outcome when it halted.
  mutating func serve(
    _ exit: VCPUExit, in memory: borrowing GuestMemory
  ) throws(ServiceError) -> MachineOutcome? {
    switch exit {
    case .portWrite(let port, size: 4, count: 1, let value):
      if let call = Hypercall(port: port) {
        counters.hypercalls[Int(call.rawValue)].add()
        return try serve(call, at: GuestAddress(UInt64(value)), in: memory)
      }
      if port == UInt16(HVT_DOORBELL_PORT), !queues.isEmpty {
        try queues.doorbellRang(memory)
        return nil
      }
      if let vector = TrapStub.vector(reportedBy: exit) {
        throw .guest(GuestFault(exception: vector))
      }
      throw .guest(GuestFault(.portWrite(port: port, size: 4)))
    case .portWrite(let port, let size, _, _):
      throw .guest(GuestFault(.portWrite(port: port, size: size)))
    case .portRead(let port, let size, _):
      throw .guest(GuestFault(.portRead(port: port, size: size)))
    case .interrupted: try queues.check()
    case .shutdown: throw .guest(GuestFault(.shutdown))
    case .entryFailed(let reason): throw .guest(GuestFault(.entryFailed(reason: reason)))
    case .internalError(let suberror):
      throw .guest(GuestFault(.internalError(suberror: suberror)))
    case .memoryAccess: throw .guest(GuestFault(.unexpectedExit(reason: UInt32(KVM_EXIT_MMIO))))
    case .halted: throw .guest(GuestFault(.halted))
    case .other(let reason): throw .guest(GuestFault(.unexpectedExit(reason: reason)))
    }
    return nil
  }

  /// Serves `call` with the argument block at `address`; an outcome when the guest halted.
  mutating func serve(
    _ call: Hypercall, at address: GuestAddress, in memory: borrowing GuestMemory
  ) throws(ServiceError) -> MachineOutcome? {
    switch call {
    case .walltime: try walltime(address, memory)
    case .puts: try puts(address, memory)
    case .poll: try poll(address, memory)
    case .blockWrite: try blockWrite(address, memory)
    case .blockRead: try blockRead(address, memory)
    case .netWrite: try netWrite(address, memory)
    case .netRead: try netRead(address, memory)
    case .halt:
      let outcome = try halt(address, memory)
      try queues.complete(memory)
      return outcome
    }
    return nil
  }

  /// A copy of the argument block, which the guest must be able to write if `isWritten`.
  func load<Block: BitwiseCopyable>(
    _ type: Block.Type, of call: Hypercall, _ address: GuestAddress,
    _ memory: borrowing GuestMemory, isWritten: Bool = true
  ) throws(ServiceError) -> Block {
    let size = UInt64(MemoryLayout<Block>.size)
    guard !isWritten || memory.isWritable(at: address, count: size),
      let block = memory.load(Block.self, at: address)
    else { throw .guest(GuestFault(.argumentBlock(call, address))) }
    return block
  }

  // MARK: - Time and console

  private func walltime(
    _ address: GuestAddress, _ memory: borrowing GuestMemory
  ) throws(ServiceError) {
    var block = try load(WalltimeCall.self, of: .walltime, address, memory)
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    block.nsecs = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    memory.store(block, at: address)
  }

  private func puts(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(ServiceError) {
    let block = try load(PutsCall.self, of: .puts, address, memory, isWritten: false)
    try read(block.data, block.len, of: .puts, memory) { bytes throws(SystemCallError) in
      try console.write(bytes, until: stop.descriptor)
    }
  }

  // MARK: - Poll and halt

  private mutating func poll(
    _ address: GuestAddress, _ memory: borrowing GuestMemory
  ) throws(ServiceError) {
    var block = try load(PollCall.self, of: .poll, address, memory)
    // Longer than a signed 64-bit count of nanoseconds is for ever.
    let timeout = block.timeout_nsecs > UInt64(Int64.max) ? nil : block.timeout_nsecs
    block.ready_set = try readiness.wait(timeoutNanoseconds: timeout, queues, memory)
    block.ret = Int32(block.ready_set.nonzeroBitCount)
    memory.store(block, at: address)
  }

  private func halt(
    _ address: GuestAddress, _ memory: borrowing GuestMemory
  ) throws(ServiceError) -> MachineOutcome {
    let block = try load(HaltCall.self, of: .halt, address, memory, isWritten: false)
    guard block.cookie != 0 else { return .exited(status: block.exit_status, cookie: nil) }
    let bytes = try read(block.cookie, UInt64(CookieSize.byteCount), of: .halt, memory) { bytes in
      // SAFETY: the index is inside the span, and any byte is a UInt8.
      (0..<bytes.byteCount).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    return .exited(status: block.exit_status, cookie: bytes)
  }
}

enum CookieSize {
  /// HVT_HALT_COOKIE_SIZE.
  static let byteCount = 512
}
