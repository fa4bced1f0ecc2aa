// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI

/// A Solo5 guest of random instructions, chosen to hurt its tender. Equal seeds make equal guests.
struct InstructionSoup {
  /// Of every guest's memory; what of it the program leaves is the heap.
  static let memorySize: UInt64 = 2 << 20

  private(set) var guest = GuestProgram.solo5()
  private var random: SplitMix
  /// What addresses, tables, stacks and argument blocks are made of.
  private var addresses: [UInt64] = [
    0, 0x1000, 0x1100, 0x2000, 0x2068, 0x3000, 0x30d0, 0x4000, 0x4fd0, 0x5000, 0x8000, 0x9000,
    0xb000, 0xd000, 0x1_0000, 0x1_1000, 0xf_f000, GuestProgram.codeStart,
    GuestProgram.constantsStart, GuestProgram.dataStart, GuestProgram.heapStart,
    Self.memorySize - 0x1000, Self.memorySize, 0xfee0_0000, 0xffff_f000, 1 << 32,
    0x7fff_ffff_f000, 1 << 47, 0xffff_8000_0000_0000, 0xffff_ffff_ff60_0000, 0,
  ]
  private var branchTargets: [UInt64] = []

  init(seed: UInt64) {
    random = SplitMix(state: seed)
    let tables = guest.place(words: (0..<64).map { _ in descriptor() })
    let scratch = guest.reserve(4096)
    addresses += [tables, tables, scratch, scratch + 2048, scratch + 4096]
    if random.isOneIn(2) { setUpKernel() }
    let count = 20 + random.below(200)
    for _ in 0..<count {
      branchTargets.append(guest.here)
      while random.isOneIn(6) { guest.emit(random.pick(Self.prefixes)) }
      emitInstruction()
    }
    // Round and round, with other registers and another memory each time.
    guest.jump(to: random.pick(branchTargets))
  }

  // MARK: - A kernel

  /// A GDT, a TSS and an IDT that work, whose handler goes on some bytes behind the fault, and after
  /// some exceptions ends the guest.
  private mutating func setUpKernel() {
    let stack = guest.reserve(4096) + 4096
    let codeStack = guest.reserve(4096) + 4096
    guest.loadTaskState(stack: stack)
    let count = guest.place(words: [UInt64(4 + random.below(40))])
    let end = guest.subroutine { $0.halt(7) }
    let skip = UInt8(1 + random.below(4))
    let goOn = guest.subroutine { guest in
      guest.emit(0x48, 0x83, 0x04, 0x24, skip)  // add qword [rsp], skip
      guest.emit(0xff, 0x0c, 0x25)  // dec dword [count]
      guest.emit(littleEndian: UInt32(count))
      guest.emit(0x0f, 0x84)  // jz end
      guest.emit(littleEndian: Int32(Int64(end) - Int64(guest.here) - 4))
      guest.emit(0x48, 0xcf)  // iretq
    }
    let goOnWithError = guest.subroutine { guest in
      guest.emit(0x48, 0x83, 0xc4, 8)  // add rsp, 8
      guest.jump(to: goOn)
    }
    // Whoever lost its way, or its stack, is put back.
    let returnToCode = guest.subroutine { guest in
      guest.emit(0x48, 0x83, 0xc4, 8)  // add rsp, 8
      guest.emit(0x8b, 0x04, 0x25)  // mov eax, [count]
      guest.emit(littleEndian: UInt32(count))
      guest.emit(0xc1, 0xe0, 3)  // shl eax, 3
      guest.emit(0x05)  // add eax, behind this
      guest.emit(littleEndian: UInt32(guest.here + 64))
      guest.emit(0x48, 0x89, 0x04, 0x24)  // mov [rsp], rax
      guest.emit(0x48, 0xc7, 0x44, 0x24, 24)  // mov qword [rsp + 24], codeStack
      guest.emit(littleEndian: UInt32(codeStack))
      guest.jump(to: goOn)
    }
    let table = (0..<40).flatMap { vector in
      var gate = GuestProgram.Gate(target: goOn)
      if [8, 10, 11, 13, 17].contains(vector) { gate.target = goOnWithError }
      if [12, 14].contains(vector) { gate.target = returnToCode }
      gate.stack = vector == 14 || random.isOneIn(2) ? 1 : 0
      return gate.words
    }
    let address = guest.place(words: table)
    guest.loadInterruptTable(address, limit: UInt16(table.count * 8 - 1))
    addresses += [address, stack, codeStack]
  }

  /// A segment descriptor, or half of a system descriptor or of a gate: perhaps a valid one.
  private mutating func descriptor() -> UInt64 {
    var bits: UInt64 = random.pick([
      0x00af_9a00_0000_ffff, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0x00cf_9a00_0000_ffff,
      0x00af_fa00_0000_ffff, 0x00cf_f200_0000_ffff, 0x0010_8900_3000_0067, 0x0010_8b00_3000_0067,
      0x0010_8e00_0008_0000 | UInt64(random.below(0x800)), 0x0000_8200_0000_0fff, 0, random.next(),
    ])
    while random.isOneIn(2) { bits ^= 1 << UInt64(random.below(64)) }
    return bits
  }

  // MARK: - Values

  private mutating func address() -> UInt64 {
    let address = random.pick(addresses)
    switch random.below(4) {
    case 0: return address &+ UInt64(random.below(512) & ~7)
    case 1: return address &- UInt64(random.below(48))
    default: return address
    }
  }

  /// An address that a 32-bit operand can hold.
  private mutating func shortAddress() -> UInt32 { UInt32(truncatingIfNeeded: address()) }

  private mutating func selector() -> UInt64 {
    switch random.below(4) {
    case 0: UInt64(random.below(0x1_0000))
    // The processor's own, and those of a Linux host, which some KVM backends share with their guests.
    case 1: random.pick([0x1b, 0x23, 0x28, 0x2b, 0x33, 0x3b, 0x43])
    default: UInt64(random.below(12) * 8)
    }
  }

  private mutating func value() -> UInt64 {
    switch random.below(6) {
    case 0: random.next()
    case 1: selector()
    case 2: UInt64(random.below(70_000))
    case 3: random.pick(branchTargets)
    default: address()
    }
  }

  private mutating func register() -> GuestProgram.Register {
    GuestProgram.Register(rawValue: UInt8(random.below(8))) ?? .rax
  }

  private static let prefixes: [UInt8] = [
    0x66, 0x67, 0xf2, 0xf3, 0x64, 0x65, 0x2e, 0x36, 0x40, 0x41, 0x44, 0x48, 0x48, 0x4c, 0xf0,
  ]

  // MARK: - Instructions

  private mutating func emitInstruction() {
    switch random.below(24) {
    case 0, 1, 2, 3: guest.emit(random.pick(Self.survivable))
    case 4: guest.emit(random.pick(random.isOneIn(4) ? Self.fatal : Self.survivable))
    case 5: for _ in 0...random.below(6) { guest.emit(random.byte()) }
    case 6: emitTableLoad()
    case 7: emitSegmentLoad()
    case 8, 9: emitFarReturn()
    case 10, 11: emitInterruptReturn()
    case 12: emitMSRAccess()
    case 13: guest.emit(0xcd, random.isOneIn(4) ? random.byte() : UInt8(random.below(40)))
    case 14: emitHypercall()
    case 15: emitJump()
    case 16: emitFlagChange()
    case 17: guest.emit(0x50 | UInt8(random.below(16)))  // push or pop
    case 18: emitStackMove()
    case 19, 20: guest.store(register(), at: UInt64(shortAddress()))
    case 21: emitControlRegisterAccess()
    default: guest.move(value(), to: register())
    }
  }

  /// Instructions without operands, or with operands that do not matter, which a handler can skip.
  private static let survivable: [[UInt8]] = [
    [0xfa], [0xfb], [0xfa], [0xfb], [0xcb], [0x48, 0xcb], [0xcf], [0x48, 0xcf], [0xca, 8, 0],
    [0x48, 0xca, 16, 0], [0xcc], [0xf1], [0xce], [0x0f, 0x05], [0x0f, 0x34], [0x0f, 0x01, 0xc1],
    [0x0f, 0x01, 0xd9], [0x0f, 0x01, 0xd0], [0x0f, 0x01, 0xf9], [0x0f, 0x0b], [0x0f, 0xa2],
    [0x0f, 0x31], [0x0f, 0xaa], [0x9d], [0x9c], [0xc9], [0xc3], [0xc2, 8, 0], [0x0f, 0xa1],
    [0x0f, 0xa9], [0xf7, 0xf0], [0xd9, 0xd0], [0x0f, 0xae, 0xf0], [0x9b], [0xdb, 0xe3],
    [0xf3, 0x48, 0x0f, 0xae, 0xd0], [0xf3, 0x48, 0x0f, 0xae, 0xdb], [0x0f, 0x01, 0x0c, 0x24],
    [0xff, 0x1c, 0x24], [0x48, 0xff, 0x2c, 0x24], [0x0f, 0xb2, 0x24, 0x24],
    [0x0f, 0xb4, 0x04, 0x24], [0xf3, 0xaa],
  ]

  /// Those that end the guest.
  private static let fatal: [[UInt8]] = [
    [0xf4], [0x0f, 0x07], [0x0f, 0x35], [0x0f, 0x30], [0x0f, 0x32], [0x0f, 0x01, 0xf8],
    [0x0f, 0x01, 0xd8], [0x0f, 0x01, 0xd1], [0x0f, 0x01, 0xc8], [0x0f, 0x01, 0xc9], [0x0f, 0x06],
    [0x0f, 0x08], [0x0f, 0x09], [0x0f, 0x33], [0xec], [0xed], [0xee], [0xef], [0x6c], [0x6f],
    [0xf3, 0x6f], [0xe4, 0x71], [0xe7, 0x8d], [0x0f, 0x01, 0x3c, 0x24], [0x0f, 0x00, 0xd0],
    [0x0f, 0x01, 0xf0],
  ]

  /// `lgdt`, `lidt` or `ltr`.
  private mutating func emitTableLoad() {
    switch random.below(12) {
    case 0: guest.loadGlobalTable(address(), limit: UInt16(random.below(0x1_0000)))
    case 1: guest.loadInterruptTable(address(), limit: UInt16(random.below(0x1_0000)))
    case 3, 4, 5: guest.load(segments: GuestProgram.flatSegments(taskState: address()))
    case 2:  // lgdt or lidt of any memory operand
      guest.emit(0x0f, 0x01, 0x10 | random.byte() & 0xcf, random.byte())
      guest.emit(littleEndian: shortAddress())
    default: guest.loadTaskRegister(UInt16(selector()))
    }
  }

  private mutating func emitSegmentLoad() {
    guest.emit(0xb8)  // mov eax, selector
    guest.emit(littleEndian: UInt32(selector()))
    guest.emit(0x8e, UInt8(random.pick([0xc0, 0xc8, 0xd0, 0xd8, 0xe0, 0xe8])))  // mov Sreg, ax
  }

  /// The words become the stack.
  private mutating func emitStack(_ words: [UInt64]) {
    guest.move(guest.place(words: words), to: .rsp)
  }

  private mutating func emitFarReturn() {
    if random.isOneIn(2) { emitStack([random.pick(branchTargets), selector(), value()]) }
    guest.emit(random.pick([[0x48, 0xcb], [0xcb], [0x66, 0xcb], [0x48, 0xca, 8, 0]]))
  }

  private mutating func emitInterruptReturn() {
    let target = random.isOneIn(4) ? value() : random.pick(branchTargets)
    let stack = random.isOneIn(2) ? address() : guest.reserve(512) + 512
    let flags = random.isOneIn(2) ? random.next() : UInt64(random.below(1 << 22))
    let segments: (UInt64, UInt64) = random.isOneIn(2) ? (0x08, 0x10) : (selector(), selector())
    emitStack([target, segments.0, flags, stack, segments.1])
    guest.emit(random.isOneIn(5) ? [0xcf] : [0x48, 0xcf])
  }

  private mutating func emitMSRAccess() {
    let bases: [UInt64] = [0xc000_0100, 0xc000_0101]
    let others: [UInt64] = [
      0xc000_0102, 0xc000_0080, 0xc000_0081, 0xc000_0082, 0x10, 0x1b, 0x174, 0x175, 0x176, 0x277,
      0x1d9, 0x4b56_4d00, random.next(),
    ]
    let value = value()
    guest.move(random.pick(random.isOneIn(12) ? others : bases), to: .rcx)
    guest.move(value & 0xffff_ffff, to: .rax)
    guest.move(value >> 32, to: .rdx)
    guest.emit(0x0f, random.isOneIn(3) ? 0x32 : 0x30)  // rdmsr or wrmsr
  }

  private mutating func emitHypercall() {
    if random.isOneIn(12) {
      // A guest that is over soon is of less use.
      let ports: [UInt16] = [0, 0x80, 0x8d, 0x8e, 0x500, 0x508, 0x509, 0x600]
      guest.out(port: random.pick(ports), shortAddress())
    } else {
      let call = random.pick([Hypercall.walltime, .puts, .puts, .blockRead, .netWrite, .poll])
      let length = random.isOneIn(4) ? value() : UInt64(random.below(600))
      let buffer = random.isOneIn(8) ? value() : GuestProgram.dataStart
      let words = call == .poll ? [length, value(), value()] : [buffer, length, value(), value()]
      guest.call(call, random.isOneIn(8) ? address() : guest.place(words: words))
    }
  }

  private mutating func emitJump() {
    switch random.below(4) {
    case 0: guest.jump(to: random.pick(branchTargets))
    case 1: guest.emit(0x70 | random.byte() & 15, UInt8(random.below(64)))  // jcc
    case 2: guest.emit(0xeb, random.byte())
    default:
      guest.move(value(), to: .rax)
      guest.emit(0xff, random.isOneIn(2) ? 0xe0 : 0xd0)  // jmp or call rax
    }
  }

  private mutating func emitFlagChange() {
    guest.emit(0x68)  // push flags
    guest.emit(littleEndian: UInt32(truncatingIfNeeded: random.next()) & 0x3f_ffff)
    guest.emit(0x9d)  // popfq
  }

  private mutating func emitStackMove() {
    guest.move(random.isOneIn(2) ? guest.reserve(512) + 256 : address(), to: .rsp)
  }

  /// `mov` between a general register and a control or debug register; mostly from CR2.
  private mutating func emitControlRegisterAccess() {
    if !random.isOneIn(12) {
      guest.emit(0x0f, 0x20, 0xd0 | random.byte() & 7)
    } else {
      guest.emit(0x0f, 0x20 + UInt8(random.below(4)), 0xc0 | random.byte())
    }
  }
}

/// Random numbers that a seed decides (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators").
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() >> 11) % limit }

  mutating func isOneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
