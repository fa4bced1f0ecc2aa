// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing

@testable import Tender

/// A segment descriptor as the processor reads it (SDM vol. 3, figure 3-8).
private struct SegmentDescriptor: Equatable {
  var base: UInt64
  var limit: UInt64
  var type: UInt64
  var isCodeOrData: Bool
  var privilege: UInt64
  var isPresent: Bool
  var isLong: Bool
  var isBig: Bool
  var isPageGranular: Bool

  init(_ word: UInt64) {
    base = word >> 16 & 0xff_ffff | (word >> 56) << 24
    limit = word & 0xffff | (word >> 48 & 0xf) << 16
    type = word >> 40 & 0xf
    isCodeOrData = word >> 44 & 1 == 1
    privilege = word >> 45 & 3
    isPresent = word >> 47 & 1 == 1
    isLong = word >> 53 & 1 == 1
    isBig = word >> 54 & 1 == 1
    isPageGranular = word >> 55 & 1 == 1
  }
}

@Suite struct DescriptorTablesTests {
  private static func descriptor(
    _ selector: UInt16, taskState: UInt64 = MemoryMap.taskState
  ) -> SegmentDescriptor {
    SegmentDescriptor(DescriptorTables.gdt(taskState: taskState)[Int(selector >> 3)])
  }

  private static let stubs: UInt64 = 0x1234_5678_9abc_d000

  /// The gate of `vector` (SDM vol. 3, figure 6-8).
  private static func gate(_ vector: Int) -> (low: UInt64, high: UInt64) {
    let table = DescriptorTables.idt(stubs: stubs)
    return (table[2 * vector], table[2 * vector + 1])
  }

  private static let taskStateBytes = DescriptorTables.taskState(
    trapStackEnd: 0x1122_3344_5566_7788, withDoorbell: false)

  private static func word(at offset: Int, size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(taskStateBytes[offset + $1]) << (8 * UInt64($1)) }
  }

  // MARK: - GDT

  @Test func globalTableBeginsWithTheNullDescriptorAndHasItsSize() {
    let table = DescriptorTables.gdt(taskState: MemoryMap.taskState)
    #expect(table[0] == 0)
    #expect(UInt64(table.count * 8) == DescriptorTables.gdtSize)
    #expect(UInt64(DescriptorTables.taskState >> 3) * 8 + 16 == DescriptorTables.gdtSize)
  }

  @Test(
    arguments: [(DescriptorTables.kernelCode, 0), (DescriptorTables.userCode, 3)]
      as [(UInt16, UInt64)])
  func codeIs64Bit(selector: UInt16, privilege: UInt64) {
    let code = Self.descriptor(selector)
    #expect(code.isPresent && code.isCodeOrData && code.isLong && !code.isBig)
    #expect(code.type == 0b1011, "execute, read, accessed")
    #expect(code.privilege == privilege)
    #expect(UInt64(selector & 3) == privilege)
    #expect(code.base == 0)
  }

  @Test(arguments: [(0x10, 0), (DescriptorTables.userData, 3)] as [(UInt16, UInt64)])
  func dataIsFlat(selector: UInt16, privilege: UInt64) {
    let data = Self.descriptor(selector)
    #expect(data.isPresent && data.isCodeOrData && data.isBig && !data.isLong)
    #expect(data.type == 0b0011, "read, write, accessed")
    #expect(data.privilege == privilege)
    #expect(UInt64(selector & 3) == privilege)
    #expect(data.base == 0 && data.limit == 0xf_ffff && data.isPageGranular)
  }

  @Test(arguments: [MemoryMap.taskState, 0x1234_5678_9abc_d000] as [UInt64])
  func taskStateIsBusyAndHasItsBaseAndLimit(base: UInt64) {
    let table = DescriptorTables.gdt(taskState: base)
    let task = Self.descriptor(DescriptorTables.taskState, taskState: base)
    #expect(task.isPresent && !task.isCodeOrData && !task.isPageGranular)
    #expect(task.type == UInt64(DescriptorTables.busyTaskState))
    #expect(task.privilege == 0)
    #expect(task.limit == DescriptorTables.taskStateLimit)
    #expect(task.base | table[6] << 32 == base)
  }

  // MARK: - IDT

  @Test func interruptTableHasAGateForEachException() {
    let table = DescriptorTables.idt(stubs: Self.stubs)
    #expect(table.count == 2 * DescriptorTables.vectorCount)
    #expect(UInt64(table.count * 8) == DescriptorTables.idtSize)
    #expect(DescriptorTables.vectorCount == 32)
  }

  @Test(arguments: 0..<32)
  func gateLeadsToItsStubOnTheTrapStack(vector: Int) {
    let (low, high) = Self.gate(vector)
    let target = low & 0xffff | (low >> 48) << 16 | high << 32
    #expect(target == Self.stubs + UInt64(vector * TrapStub.size))
    #expect(low >> 16 & 0xffff == UInt64(DescriptorTables.kernelCode))
    #expect(low >> 32 & 7 == 1, "IST 1")
    #expect(low >> 35 & 0x1f == 0, "reserved")
    #expect(low >> 40 & 0xf == 0xe, "a 64-bit interrupt gate")
    #expect(low >> 44 & 1 == 0)
    #expect(low >> 47 & 1 == 1, "present")
    #expect(high >> 32 == 0, "reserved")
  }

  @Test(arguments: 0..<32)
  func onlyBreakpointsAndOverflowsAreTheGuestsToRaise(vector: Int) {
    let privilege = Self.gate(vector).low >> 45 & 3
    #expect(privilege == (vector == 3 || vector == 4 ? 3 : 0))
  }

  // MARK: - TSS

  @Test func everyExceptionStartsOnTheTrapStack() {
    #expect(Self.word(at: 4, size: 8) == 0x1122_3344_5566_7788, "RSP0")
    #expect(Self.word(at: 36, size: 8) == 0x1122_3344_5566_7788, "IST1")
    for offset in [0, 12, 20, 28, 44, 52, 60, 68, 76, 84, 92] {
      #expect(Self.word(at: offset, size: offset == 0 ? 4 : 8) == 0, "offset \(offset)")
    }
    #expect(Self.word(at: 100, size: 2) == 0)
  }

  @Test func bitmapStandsBehindTheTaskState() {
    #expect(Self.word(at: 102, size: 2) == 104)
    #expect(UInt64(Self.taskStateBytes.count) == DescriptorTables.taskStateLimit + 1)
    #expect(Self.taskStateBytes.last == 0xff)
    #expect(Self.taskStateBytes.count <= 4096)
  }

  /// Whether CPL 3 may access `size` ports from `port` on, as the processor decides it (SDM vol. 1,
  /// section 19.5.2).
  private static func isOpen(_ port: Int, size: Int) -> Bool {
    let offset = 104 + port / 8
    // The processor always reads two bytes, and both must be inside the limit.
    guard offset + 1 <= Int(DescriptorTables.taskStateLimit) else { return false }
    let bits = Int(taskStateBytes[offset]) | Int(taskStateBytes[offset + 1]) << 8
    return (bits >> (port % 8)) & ((1 << size) - 1) == 0
  }

  @Test func bitmapOpensThePortsOfTheABIAndNoOther() {
    let open = (0...0xffff).filter { Self.isOpen($0, size: 1) }
    #expect(open == Array(0x501...0x50b))
  }

  @Test func exactlyTheHypercallsTakeWords() {
    let open = (0...0xffff).filter { Self.isOpen($0, size: 4) }
    #expect(open == Hypercall.allCases.map { Int($0.port) })
  }

  // MARK: - Places

  @Test func tablesAndStubsFitTheirPages() {
    let idt = MemoryMap.descriptorTables + DescriptorTables.idtOffset
    #expect(MemoryMap.descriptorTables + DescriptorTables.gdtSize <= idt)
    #expect(idt + DescriptorTables.idtSize <= MemoryMap.taskState)
    #expect(MemoryMap.taskState + DescriptorTables.taskStateLimit < MemoryMap.trapStubs)
    #expect(MemoryMap.trapStubs + UInt64(TrapStub.all().count) <= MemoryMap.trapStack)
  }

  @Test func tablesAreInstalledWhereTheRegistersPoint() throws {
    let memory = try GuestMemory(byteCount: GuestMemory.largePageSize)
    memory.installDescriptorTables()
    let gdt = DescriptorTables.gdt(taskState: MemoryMap.taskState)
    #expect(memory.word(at: 0x1008) == gdt[1])
    #expect(memory.word(at: 0x1030) == gdt[6])
    let idt = DescriptorTables.idt(stubs: MemoryMap.trapStubs)
    #expect(memory.word(at: 0x1100) == idt[0])
    #expect(memory.word(at: 0x1100 + 14 * 16) == idt[28])
    #expect(memory.word(at: 0x2004) == MemoryMap.trapStackEnd)
    #expect(memory.word(at: 0x2024) == MemoryMap.trapStackEnd)
    let stub = TrapStub.all()[14 * 16..<14 * 16 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    #expect(memory.word(at: 0x3000 + 14 * 16) == stub)
  }
}
