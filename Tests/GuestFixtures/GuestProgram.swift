// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
package import HVTABI

/// A guest, assembled instruction by instruction: code, constants and data with addresses
/// that the test knows, and nothing that a compiler or a run-time library would add.
package struct GuestProgram {
  /// A device of its manifest.
  package struct Device {
    package var name: String
    package var kind: DeviceKind

    package init(name: String, kind: DeviceKind) {
      self.name = name
      self.kind = kind
    }

    package static func net(_ name: String) -> Device { Device(name: name, kind: .net) }
    package static func block(_ name: String) -> Device { Device(name: name, kind: .block) }
  }

  /// Where the segments are: R-X, R--, RW-.
  package static let codeStart: UInt64 = 0x10_0000
  package static let constantsStart: UInt64 = 0x10_2000
  package static let dataStart: UInt64 = 0x10_3000
  /// The data segment's size in memory; the heap begins at its end.
  package static let dataSize: UInt64 = 0x8_0000
  package static let heapStart = dataStart + dataSize

  package var devices: [Device] = []
  package var stackSize: UInt64 = 0x1_0000
  /// Whether it has the native note; else it is a Solo5 guest.
  package var isNative = true
  /// The queues that it asks for; nil for none.
  package var queueSizes: QueueSizes?
  package private(set) var code: [UInt8] = []
  package private(set) var data: [UInt8] = []
  private var nextBuffer = heapStart - 16

  package init(devices: [Device] = []) {
    self.devices = devices
  }

  // MARK: - Memory

  /// Places `bytes` in the data segment, and returns their address.
  package mutating func place(_ bytes: [UInt8]) -> UInt64 {
    data.pad(to: 8)
    let address = Self.dataStart + UInt64(data.count)
    data += bytes
    return address
  }

  /// Places little-endian 64-bit words in the data segment, and returns their address. Argument
  /// blocks are made of them.
  package mutating func place(words: [UInt64]) -> UInt64 {
    var bytes: [UInt8] = []
    for word in words { bytes.append(littleEndian: word) }
    return place(bytes)
  }

  /// Reserves `count` bytes of zeros at the end of the data segment, and returns their address.
  package mutating func reserve(_ count: UInt64) -> UInt64 {
    nextBuffer -= (count + 15) & ~15
    return nextBuffer
  }

  // MARK: - Instructions

  /// The address of the next instruction.
  package var here: UInt64 { Self.codeStart + UInt64(code.count) }

  /// Instructions as their bytes.
  package mutating func emit(_ bytes: UInt8...) {
    code += bytes
  }

  /// Instructions as their bytes.
  package mutating func emit(_ bytes: [UInt8]) {
    code += bytes
  }

  /// An operand of the instruction before.
  package mutating func emit(littleEndian value: some FixedWidthInteger) {
    code.append(littleEndian: value)
  }

  /// Sets the operand at `offset` of the code.
  package mutating func patch(_ value: Int32, at offset: Int) {
    code.put(UInt32(bitPattern: value), at: offset)
  }

  private mutating func emit(_ opcode: [UInt8], _ operand: some FixedWidthInteger) {
    code += opcode
    code.append(littleEndian: operand)
  }

  /// The general registers by their numbers in instructions.
  package enum Register: UInt8 {
    case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi
  }

  /// `mov register, value`.
  package mutating func move(_ value: UInt64, to register: Register) {
    emit([0x48, 0xb8 + register.rawValue], value)
  }

  /// `mov qword [address], value`, of which the upper half is the sign.
  package mutating func store(_ value: Int32, at address: UInt64) {
    emit([0x48, 0xc7, 0x04, 0x25], UInt32(address))
    code.append(littleEndian: value)
  }

  /// `mov [address], register`.
  package mutating func store(_ register: Register, at address: UInt64) {
    emit([0x48, 0x89, 0x04 | register.rawValue << 3, 0x25], UInt32(address))
  }

  /// `mov rax, [address]`.
  package mutating func load(from address: UInt64) {
    emit([0x48, 0x8b, 0x04, 0x25], UInt32(address))
  }

  /// `mov register, [rdi + offset]`: a field of the boot information, at the start.
  package mutating func loadBootField(_ offset: UInt8, to register: Register) {
    emit(0x48, 0x8b, 0x47 | register.rawValue << 3, offset)
  }

  /// `cmp dword [address], value`, then a jump to `target` if they differ.
  package mutating func jump(to target: UInt64, ifWordAt address: UInt64, isNot value: Int8) {
    emit([0x83, 0x3c, 0x25], UInt32(address))
    code.append(littleEndian: value)
    code += [0x0f, 0x85]
    appendDisplacement(to: target)
  }

  /// `dec dword [address]`, then a jump to `target` unless it became zero.
  package mutating func jump(to target: UInt64, untilCountedDownAt address: UInt64) {
    emit([0xff, 0x0c, 0x25], UInt32(address))
    code += [0x0f, 0x85]
    appendDisplacement(to: target)
  }

  /// `jmp target`.
  package mutating func jump(to target: UInt64) {
    code.append(0xe9)
    appendDisplacement(to: target)
  }

  private mutating func appendDisplacement(to target: UInt64) {
    code.append(littleEndian: Int32(truncatingIfNeeded: Int64(target) - Int64(here) - 4))
  }

  // MARK: - Hypercalls

  /// Makes `hypercall` with the argument block at `block`.
  package mutating func call(_ hypercall: Hypercall, _ block: UInt64) {
    out(port: hypercall.port, UInt32(truncatingIfNeeded: block))
  }

  /// `out port, value`, 32 bits wide.
  package mutating func out(port: UInt16, _ value: UInt32) {
    emit([0xb8], value)  // mov eax, value
    emit([0xba], UInt32(port))  // mov edx, port
    emit(0xef)  // out dx, eax
  }

  /// Writes `count` bytes at `address` to the console.
  package mutating func show(_ address: UInt64, _ count: UInt64) {
    call(.puts, place(words: [address, count]))
  }

  /// Writes `text` to the console.
  package mutating func say(_ text: String) {
    show(place(Array(text.utf8)), UInt64(text.utf8.count))
  }

  /// Ends with `status`.
  package mutating func halt(_ status: Int32 = 0, cookie: UInt64 = 0) {
    call(.halt, place(words: [cookie, UInt64(UInt32(bitPattern: status))]))
  }

  /// Waits for `nanoseconds`, or for a frame.
  package mutating func sleep(_ nanoseconds: UInt64) {
    call(.poll, place(words: [nanoseconds, 0, 0]))
  }

  /// Loops for ever without an exit.
  package mutating func spin() {
    emit(0xeb, 0xfe)  // jmp $
  }
}

extension GuestProgram {
  /// Ends with `status`, and nothing else.
  package static func exiting(_ status: Int32) -> GuestProgram {
    var guest = GuestProgram()
    guest.halt(status)
    return guest
  }

  /// Says "started", then loops without an exit.
  package static var spinning: GuestProgram {
    var guest = GuestProgram()
    guest.say("started\n")
    guest.spin()
    return guest
  }

  /// Says "started", then sleeps for ever.
  package static var idle: GuestProgram {
    var guest = GuestProgram()
    guest.say("started\n")
    let start = guest.here
    guest.sleep(.max)
    guest.jump(to: start)
    return guest
  }

  /// Fills its console without end.
  package static var chattering: GuestProgram {
    var guest = GuestProgram()
    let start = guest.here
    guest.say(String(repeating: "chatter ", count: 512))
    guest.jump(to: start)
    return guest
  }

  /// Returns each frame to where it came from, unchanged, on the device with handle 1.
  package static func echoing(device: String = "service") -> GuestProgram {
    var guest = GuestProgram(devices: [.net(device)])
    let size: UInt64 = 2048
    let buffer = guest.reserve(size)
    let read = guest.place(words: [1, buffer, size, 0])
    let write = guest.place(words: [1, buffer, 0, 0])
    guest.say("started\n")
    let start = guest.here
    guest.sleep(.max)
    guest.store(Int32(size), at: read + 16)
    guest.call(.netRead, read)
    guest.jump(to: start, ifWordAt: read + 24, isNot: 0)
    guest.load(from: read + 16)
    guest.store(.rax, at: write + 16)
    guest.call(.netWrite, write)
    guest.jump(to: start)
    return guest
  }
}
