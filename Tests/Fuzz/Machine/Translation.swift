// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Tender

/// What a guest is, by the first byte of an input.
struct GuestKind: Hashable {
  let number: UInt8

  static let memorySize: UInt64 = 2 << 20

  var hasQueues: Bool { number & 1 != 0 && !isSolo5 }
  var usesIOURing: Bool { number & 2 != 0 }
  /// Whether it is a Solo5 guest, whose exceptions and privileged instructions are emulated.
  var isSolo5: Bool { number & 12 == 12 }
  /// Whether it understands unfinished frames.
  var accepts: UInt32 { number & 4 != 0 ? 7 : 0 }
  /// Whether a thread of its own serves the queues. Of few guests: it takes longer, and where two
  /// threads meet is less certain to be seen again.
  var hasThread: Bool { hasQueues && number >> 4 >= 13 }

  /// What may go through each device. Some hold back the third operation, some the second large one.
  var limits: DeviceLimits {
    switch number >> 4 {
    case 11, 14: DeviceLimits(operationsPerSecond: 20)
    case 12, 15: DeviceLimits(bytesPerSecond: 650_000)
    default: DeviceLimits()
    }
  }
}

/// A guest's code, translated step by step from an input, and a script of its devices.
struct Translation {
  let kind: GuestKind
  private(set) var guest: GuestProgram
  private(set) var script = Script()
  private let queues: [GuestProgram.Queue]
  /// Addresses of rings, among others.
  private let ringPlaces: [UInt64]
  /// By queue, how many chains it has made available.
  private var available: [UInt16]
  /// Where steps begin, to jump back to.
  private var starts: [UInt64] = []

  private static let codeLimit = 7_600
  private static let dataLimit = 64 << 10
  private static let (solo5, native) = (program(isNative: false), program(isNative: true))
  private static let nativeQueues = native.queues(memorySize: GuestKind.memorySize)

  private static func program(isNative: Bool) -> GuestProgram {
    var guest = GuestProgram(devices: [.net("net"), .block("memory"), .block("file")])
    guest.isNative = isNative
    if isNative { guest.queueSizes = .init(receive: 4, transmit: 4, request: 16) }
    return guest
  }

  init(_ input: inout FuzzInput) {
    kind = GuestKind(number: input.byte())
    guest = kind.isSolo5 ? Self.solo5 : Self.native
    guest.queueSizes?.accepts = kind.accepts
    queues = kind.isSolo5 ? [] : Self.nativeQueues
    ringPlaces = kind.isSolo5 ? Self.usualPlaces : Self.nativeRingPlaces
    available = Array(repeating: 0, count: queues.count)
    while !input.isEmpty, guest.code.count < Self.codeLimit, guest.data.count < Self.dataLimit {
      starts.append(guest.here)
      step(&input)
    }
    guest.halt()
  }

  private mutating func step(_ input: inout FuzzInput) {
    switch input.byte() % 18 {
    case 0, 1: call(&input)
    case 2: guest.call(Self.hypercall(&input), address(&input))
    case 3: guest.ringDoorbell()
    case 4: guest.sleep([0, 1, 1_000, 100_000, .max][Int(input.byte() % 40) / 9])
    case 5, 6: queueStep(&input)
    case 7, 8: request(&input)
    case 9: frame(&input)
    case 10: guest.emit(input.take(1 + Int(input.byte() % 15)))
    case 11: port(&input)
    case 12: guest.copy(number(&input).bytes, to: address(&input))
    case 13: stringInstruction(&input)
    case 14, 15: event(&input)
    case 16: loop(&input)
    default: kernelStep(&input)
    }
  }

  private static func hypercall(_ input: inout FuzzInput) -> Hypercall {
    Hypercall.allCases[Int(input.byte()) % Hypercall.allCases.count]
  }

  // MARK: - Numbers

  private static let usualPlaces: [UInt64] = [0x18_4000, 0x18_4ffc]
  private static let nativeRingPlaces =
    usualPlaces + nativeQueues.flatMap { [$0.descriptors, $0.available, $0.used] }
  private static let places: [UInt64] = [
    0x18_4000, 0x18_4ffc, GuestProgram.dataStart, GuestProgram.heapStart,
    GuestProgram.codeStart, GuestProgram.constantsStart, 0x8000, 0xb000, 0x1000, 0x3000, 0,
    GuestKind.memorySize, GuestKind.memorySize - 0x1_0000, GuestKind.memorySize - 0x1_1000,
    0xffff_fff0, .max - 15,
  ]
  private static let numbers: [UInt64] = [
    0, 1, 2, 3, 14, 512, 1024, 1518, 4096, 65_536, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 63, .max,
  ]

  private func address(_ input: inout FuzzInput) -> UInt64 {
    let choice = input.byte()
    let places = choice < 128 ? ringPlaces : Self.places
    let offset = UInt64(input.byte())
    return places[Int(choice) % places.count]
      &+ (offset < 64 ? offset : UInt64(bitPattern: -1 &* Int64(offset - 64)))
  }

  private func number(_ input: inout FuzzInput) -> UInt64 {
    let choice = input.byte()
    if choice < 128 { return Self.numbers[Int(choice) % Self.numbers.count] }
    return choice < 192
      ? UInt64(input.word()) : UInt64(input.word()) << 32 | UInt64(input.word()) << 9
  }

  // MARK: - Steps

  private mutating func call(_ input: inout FuzzInput) {
    let call = Self.hypercall(&input)
    switch call {
    case .walltime: guest.call(call, guest.place(words: [0]))
    case .puts: guest.call(call, guest.place(words: [address(&input), number(&input)]))
    case .poll: guest.call(call, guest.place(words: [UInt64(input.byte()), 0, 0]))
    case .blockWrite, .blockRead:
      let handle = UInt64(input.byte() % 4)
      let (offset, data) = (number(&input), address(&input))
      guest.call(call, guest.place(words: [handle, offset, data, number(&input), 0]))
    case .netWrite, .netRead:
      let (handle, data) = (UInt64(input.byte() % 4), address(&input))
      guest.call(call, guest.place(words: [handle, data, number(&input), 0]))
    case .halt:
      if input.byte() & 3 == 0 { guest.halt(1, cookie: address(&input)) }
    }
  }

  private mutating func queueStep(_ input: inout FuzzInput) {
    guard !queues.isEmpty else { return }
    let index = Int(input.byte()) % queues.count
    let queue = queues[index]
    let slot = UInt64(input.byte()) % UInt64(queue.size)
    switch input.byte() % 6 {
    case 0:
      let (place, length) = (address(&input), UInt32(truncatingIfNeeded: number(&input)))
      let flags = UInt16(input.byte() & 7)
      guest.copy(
        GuestProgram.descriptor(place, length, flags: flags, next: UInt16(input.byte() & 31)),
        to: queue.descriptors + slot * 16)
    case 1: offer(UInt16(input.byte()), on: index)
    case 2: guest.copy(input.word().bytes, to: queue.available + 2)
    case 3: guest.copy(input.word().bytes, to: queue.available + 4 + 2 * UInt64(queue.size))
    case 4: guest.copy(input.word().bytes, to: queue.used + 2)
    default: guest.copy(input.word().bytes, to: queue.start + UInt64(input.word() % 700))
    }
  }

  private mutating func offer(_ head: UInt16, on index: Int) {
    let queue = queues[index]
    let slot = UInt64(available[index] % queue.size)
    guest.copy(head.bytes, to: queue.available + 4 + 2 * slot)
    available[index] &+= 1
    guest.copy(available[index].bytes, to: queue.available + 2)
  }

  /// Makes a chain of `parts` available, from the descriptor `first` on.
  private mutating func offer(
    _ parts: [(address: UInt64, length: UInt32, flags: UInt16)], from first: UInt16, on index: Int
  ) {
    let queue = queues[index]
    for (position, part) in parts.enumerated() {
      let number = (first + UInt16(position)) % queue.size
      let isLast = position == parts.count - 1
      guest.copy(
        GuestProgram.descriptor(
          part.address, part.length, flags: part.flags | (isLast ? 0 : GuestProgram.next),
          next: (number + 1) % queue.size),
        to: queue.descriptors + UInt64(number) * 16)
    }
    offer(first % queue.size, on: index)
  }

  /// A request to a disk, nearly right.
  private mutating func request(_ input: inout FuzzInput) {
    guard !queues.isEmpty else { return }
    let index = 2 + Int(input.byte() & 1)
    let type = [0, 0, 1, 1, 4, 11, 13, 8, UInt32(input.byte())][Int(input.byte() % 9)]
    let isRead = type == 0
    let sector = UInt64(input.byte())
    var header: [UInt8] = type.bytes + [0, 0, 0, 0]
    header += (input.byte() < 240 ? sector & 126 : number(&input)).bytes
    let place = guest.place(header)
    let lengths: [UInt32] = [1024, 512, 2048, 1, 1025, 16, 0, 65_536]
    var parts = [(place, UInt32(input.byte() < 240 ? 16 : 15), UInt16(0))]
    for _ in 0..<input.byte() % 4 {
      let length = lengths[Int(input.byte() % 8)]
      parts.append((address(&input), length, isRead ? GuestProgram.write : 0))
    }
    parts.append((address(&input), 1, GuestProgram.write))
    offer(parts, from: UInt16(input.byte() & 15), on: index)
  }

  /// A frame to send, or a buffer for one.
  private mutating func frame(_ input: inout FuzzInput) {
    guard !queues.isEmpty else { return }
    let sends = input.byte() & 1 != 0
    let header = guest.place([input.byte() & 3, input.byte() & 7] + input.take(10))
    let flags = sends ? 0 : GuestProgram.write
    var parts = [(sends ? header : 0x18_4000, UInt32(input.byte() % 16), flags)]
    for _ in 0..<input.byte() % 3 {
      parts.append((address(&input), UInt32(truncatingIfNeeded: number(&input)), flags))
    }
    offer(parts, from: UInt16(input.byte() & 3), on: sends ? 1 : 0)
  }

  private mutating func port(_ input: inout FuzzInput) {
    let choice = input.byte()
    let port = choice < 200 ? 0x4f8 + UInt64(choice % 48) : UInt64(input.word())
    guest.move(port, to: .rdx)
    guest.move(address(&input), to: .rax)
    let codes: [[UInt8]] = [[0xef], [0xee], [0x66, 0xef], [0xed], [0xec], [0x66, 0xed]]
    guest.emit(codes[Int(input.byte() % 6)])
  }

  private mutating func stringInstruction(_ input: inout FuzzInput) {
    guest.move(address(&input), to: .rsi)
    guest.move(address(&input), to: .rdi)
    guest.move(number(&input) & 0xffff, to: .rcx)
    guest.move(0x500 + UInt64(input.byte() % 40), to: .rdx)
    if input.byte() & 1 != 0 { guest.emit(0xf3) }
    guest.emit([[0x6c], [0x6d], [0x6e], [0x6f], [0xa4], [0xaa]][Int(input.byte() % 6)])
  }

  /// What a device does when it is called next.
  private mutating func event(_ input: inout FuzzInput) {
    switch input.byte() % 8 {
    case 0: script.events.append(.failure)
    case 1: script.events.append(.success)
    case 2: script.events.append(.stop)
    case 3, 4: script.events.append(.frame(Int(input.word())))
    default:
      let place = address(&input)
      let (data, stack) = (GuestProgram.dataStart, GuestKind.memorySize - 0x1_1000)
      guard place >= data, place <= stack - 8 else { return }
      script.events.append(.write(number(&input), at: place))
    }
  }

  /// Goes back to an earlier step, a few times.
  private mutating func loop(_ input: inout FuzzInput) {
    let start = starts[Int(input.byte()) % starts.count]
    let counter = guest.place(words: [UInt64(input.byte() % 8)])
    guest.emit(0xff, 0x0c, 0x25)  // dec dword [counter]
    guest.emit(littleEndian: UInt32(counter))
    guest.emit(0x0f, 0x8f)  // jg start
    guest.emit(littleEndian: Int32(truncatingIfNeeded: Int64(start) - Int64(guest.here) - 4))
  }

  /// What guests built for level 0 do.
  private mutating func kernelStep(_ input: inout FuzzInput) {
    switch input.byte() % 6 {
    case 0: guest.load(segments: GuestProgram.flatSegments(taskState: address(&input)))
    case 1: guest.loadTaskState(stack: address(&input))
    case 2:
      var gate = GuestProgram.Gate(target: guest.here)
      gate.attributes = UInt64(input.byte() < 200 ? 0x8e : input.byte())
      gate.stack = UInt64(input.byte() & 7)
      if guest.data.count + 600 < Self.dataLimit { guest.load(gate: gate) }
    case 3: guest.loadInterruptTable(address(&input), limit: input.word())
    case 4: guest.loadGlobalTable(address(&input), limit: input.word())
    default: guest.loadTaskRegister(input.word())
    }
  }
}

extension FixedWidthInteger {
  /// Its bytes, little-endian.
  fileprivate var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: self)
    return bytes
  }
}
