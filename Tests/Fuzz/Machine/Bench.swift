// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import KVM
import Synchronization
import SystemCalls

@testable import Tender

/// A virtual machine of KVM, in which one guest after the other runs. They differ in what their memory
/// holds at first, and in nothing that KVM would have to be told: they have the same page tables and
/// ports, and the tender's area is the same for all.
final class Bench {
  private let features: ProcessorFeatures
  private let machine: VirtualMachine
  private let vcpu: VCPU
  private let memory: GuestMemory
  let image: Image
  private let bell: IOLoop.Shared?
  /// The tender's area, as it was before the first guest ran.
  private let sealed: [UInt8]
  private let sealedRanges: [Range<UInt64>]
  private let codeEnd: UInt64
  /// By the kind of guest.
  private var configurations: [GuestKind: MachineConfiguration] = [:]

  /// What decides which bench a guest runs on.
  struct Key: Hashable {
    let codePages: Int
    let isSolo5: Bool
    let hasQueues: Bool
    let accepts: UInt32
    let hasThread: Bool

    init(_ translation: Translation) {
      let kind = translation.kind
      codePages = (translation.guest.code.count + 4095) / 4096
      isSolo5 = kind.isSolo5
      hasQueues = kind.hasQueues
      accepts = kind.hasQueues ? kind.accepts : 0
      hasThread = kind.hasThread
    }
  }

  /// The bench for guests like `translation`'s.
  init(
    for translation: Translation, _ features: ProcessorFeatures, _ instruments: Instruments
  ) throws {
    self.features = features
    image = try Image(bytes: translation.guest.image, name: "fuzz")
    let configuration = try instruments.configuration(image, translation.kind)
    let tender = try Machine(configuration)
    let queues = try tender.queueTable()
    var memory = try GuestMemory(byteCount: GuestKind.memorySize)
    machine = try KVMSystem().makeVirtualMachine()
    vcpu = try tender.makeVCPU(machine, memory, features)
    try tender.load(into: &memory, queues, tscFrequency: try vcpu.tscFrequency())
    bell = configuration.ioMode == .thread ? try IOLoop.Shared() : nil
    if let bell { try machine.raise(bell.doorbell, atWritesTo: 0x520) }
    codeEnd = GuestProgram.codeStart + UInt64(Key(translation).codePages * 4096)
    // The guest cannot write descriptor tables, stubs and page tables. Boot information it can write
    // if it is a Solo5 guest.
    sealedRanges = [0x1000..<0x4000, (translation.kind.isSolo5 ? 0xf000 : 0x8000)..<0x2_0000]
    sealed = memory.bytes(in: 0..<0x2_0000)
    self.memory = memory
  }

  /// Runs the guest of `translation` to its end, or until `instruments` stop it.
  func run(
    _ translation: Translation, _ instruments: Instruments
  ) throws -> (Machine, MachineOutcome) {
    lay(translation.guest)
    let kind = translation.kind
    let configuration = try configurations[kind] ?? instruments.configuration(image, kind)
    configurations[kind] = configuration
    let tender = try Machine(configuration)
    defer {
      instruments.end()
      bell?.reset()
    }
    let outcome = try tender.stopSignal.withCurrentThread { () throws in
      try instruments.begin(translation.script, tender, memory.hostAddress)
      return try tender.run(on: vcpu, features, try tender.queueTable(), bell, in: memory).get()
    }
    return (tender, outcome)
  }

  /// Puts `guest` where the last one was.
  private func lay(_ guest: GuestProgram) {
    memory.clear(0x4000..<0x5000)
    if !sealedRanges[1].contains(0x8000) { memory.write(sealed[0x8000..<0xf000], at: 0x8000) }
    let (code, data) = (GuestProgram.codeStart, GuestProgram.dataStart)
    memory.write(guest.code[...], at: code)
    memory.clear(code + UInt64(guest.code.count)..<codeEnd)
    memory.clear(codeEnd..<GuestProgram.constantsStart)
    memory.write(guest.data[...], at: data)
    memory.clear(data + UInt64(guest.data.count)..<GuestKind.memorySize)
  }

  /// Checks that the last guest, `translation`'s, left what it cannot write as it was.
  func check(_ translation: Translation) {
    for range in sealedRanges {
      let bytes = sealed[Int(range.lowerBound)..<Int(range.upperBound)]
      if memory.holds(bytes, at: range.lowerBound) { continue }
      let changes = zip(range, zip(bytes, memory.bytes(in: range))).filter { $0.1.0 != $0.1.1 }
      fatalError("\(translation.kind) changed the tender's area: \(changes.prefix(8))")
    }
    let code = translation.guest.code[...]
    demand(memory.holds(code, at: GuestProgram.codeStart), "the code changed")
  }
}

extension IOLoop.Shared {
  /// Makes it what it was before its first machine.
  fileprivate func reset() {
    doorbell.lower()
    news.lower()
    serverIsAsleep.wakeUp()
    machineIsAsleep.wakeUp()
    order.store(.serve, ordering: .relaxed)
    hasEnded.store(false, ordering: .relaxed)
    failure.withLock { $0 = nil }
  }
}

extension GuestMemory {
  private func access<Result>(
    _ address: UInt64, _ count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result
  ) -> Result {
    let result = withTenderAccess(at: GuestAddress(address), count: UInt64(count)) { bytes in
      bytes.withUnsafeMutableBytes(body)
    }
    guard let result else { fatalError("\(count) bytes at \(address) are not in the memory") }
    return result
  }

  fileprivate func write(_ bytes: ArraySlice<UInt8>, at address: UInt64) {
    access(address, bytes.count) { $0.copyBytes(from: bytes) }
  }

  fileprivate func bytes(in range: Range<UInt64>) -> [UInt8] {
    access(range.lowerBound, range.count) { Array($0) }
  }

  fileprivate func holds(_ bytes: ArraySlice<UInt8>, at address: UInt64) -> Bool {
    access(address, bytes.count) { memory in
      bytes.withUnsafeBytes { bytes in
        guard let start = memory.baseAddress, let expected = bytes.baseAddress else { return true }
        return memcmp(start, expected, bytes.count) == 0
      }
    }
  }

  /// Makes the bytes of `range` zero. Most are, and to see that takes a fraction of writing them.
  fileprivate func clear(_ range: Range<UInt64>) {
    access(range.lowerBound, range.count) { bytes in
      for start in stride(from: 0, to: bytes.count, by: 2048) {
        let piece = UnsafeMutableRawBufferPointer(
          rebasing: bytes[start..<min(start + 2048, bytes.count)])
        if !piece.isZero { piece.initializeMemory(as: UInt8.self, repeating: 0) }
      }
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate var isZero: Bool {
    let width = MemoryLayout<SIMD8<UInt64>>.size
    let whole = count / width * width
    var sum = SIMD8<UInt64>()
    for offset in stride(from: 0, to: whole, by: width) {
      sum |= loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
    }
    return sum == SIMD8() && self[whole...].allSatisfy { $0 == 0 }
  }
}
