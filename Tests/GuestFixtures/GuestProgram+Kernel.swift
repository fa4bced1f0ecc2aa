// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a program that believes to run at CPL 0 does to the processor.
extension GuestProgram {
  /// Selectors of `flatSegments`.
  package static let codeSelector: UInt16 = 0x08
  package static let dataSelector: UInt16 = 0x10
  package static let taskSelector: UInt16 = 0x18

  /// A GDT with 64-bit code, data and a task state at `taskState`, all of CPL 0 (SDM vol. 3, figures
  /// 3-8 and 8-4).
  package static func flatSegments(taskState: UInt64 = 0) -> [UInt64] {
    [
      0, 0x00af_9900_0000_ffff, 0x00cf_9300_0000_ffff,
      0x0000_8900_0000_0067 | (taskState & 0xff_ffff) << 16 | (taskState >> 24 & 0xff) << 56,
      taskState >> 32,
    ]
  }

  /// A gate of an IDT (SDM vol. 3, figure 6-8).
  package struct Gate {
    package var target: UInt64
    package var stack: UInt64 = 0
    package var selector: UInt16 = GuestProgram.codeSelector
    /// Present, DPL 0, an interrupt gate.
    package var attributes: UInt64 = 0x8e

    package init(target: UInt64) { self.target = target }

    /// Its 16 bytes in the IDT.
    package var words: [UInt64] {
      [
        target & 0xffff | UInt64(selector) << 16 | stack << 32 | attributes << 40
          | (target >> 16 & 0xffff) << 48,
        target >> 32,
      ]
    }
  }

  /// A Solo5 guest: one without the native note.
  package static func solo5() -> GuestProgram {
    var guest = GuestProgram()
    guest.isNative = false
    return guest
  }

  /// `lgdt [address]`, of a pointer to `base` with `limit`.
  package mutating func loadGlobalTable(_ base: UInt64, limit: UInt16) {
    emit(0x0f, 0x01, 0x14, 0x25)
    emit(littleEndian: UInt32(placePointer(base, limit)))
  }

  /// `lidt [address]`, of a pointer to `base` with `limit`.
  package mutating func loadInterruptTable(_ base: UInt64, limit: UInt16) {
    emit(0x0f, 0x01, 0x1c, 0x25)
    emit(littleEndian: UInt32(placePointer(base, limit)))
  }

  /// Loads a GDT of `segments`.
  package mutating func load(segments: [UInt64]) {
    loadGlobalTable(place(words: segments), limit: UInt16(segments.count * 8 - 1))
  }

  /// Loads an IDT that has `gate` for the vectors 0 to 31.
  package mutating func load(gate: Gate) {
    let words = (0..<32).flatMap { _ in gate.words }
    loadInterruptTable(place(words: words), limit: UInt16(words.count * 8 - 1))
  }

  /// Loads TR with a task state whose first interrupt stack ends at `stack`.
  package mutating func loadTaskState(stack: UInt64) {
    var bytes = [UInt8](repeating: 0, count: 104)
    bytes.put(stack, at: 36)
    load(segments: Self.flatSegments(taskState: place(bytes)))
    loadTaskRegister(Self.taskSelector)
  }

  /// `mov eax, selector`, then `ltr ax`.
  package mutating func loadTaskRegister(_ selector: UInt16) {
    emit(0xb8)
    emit(littleEndian: UInt32(selector))
    emit(0x0f, 0x00, 0xd8)
  }

  /// Code that is not reached from here, and its address.
  package mutating func subroutine(_ body: (inout GuestProgram) -> Void) -> UInt64 {
    let skip = code.count
    emit(0xe9, 0, 0, 0, 0)  // jmp, behind the body
    let start = here
    body(&self)
    patch(Int32(code.count - skip - 5), at: skip + 1)
    return start
  }

  private mutating func placePointer(_ base: UInt64, _ limit: UInt16) -> UInt64 {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: limit)
    bytes.append(littleEndian: base)
    return place(bytes)
  }
}
