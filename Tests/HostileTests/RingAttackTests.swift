// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI
import Tender
import Testing
import Virtqueue

/// Every rule of the rings, broken by a guest: it ends with the fault that names the rule, however the
/// queues are served and whatever made the tender look.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RingAttackTests {
  /// What makes the tender look.
  enum Kick: CaseIterable, Sendable {
    case doorbell, poll, halt

    func emit(into guest: inout GuestProgram) {
      switch self {
      case .doorbell: guest.ringDoorbell()
      case .poll: guest.sleep(.max)
      case .halt: guest.halt()
      }
      // A thread takes its time.
      guest.spin()
    }
  }

  private static let devices: [GuestProgram.Device] = [.net("service"), .block("storage")]

  @Test(
    arguments: QueueKind.allCases, MachineConfiguration.IOMode.allCases)
  func brokenRuleIsNamed(_ kind: QueueKind, _ mode: MachineConfiguration.IOMode) async throws {
    for kick in Kick.allCases {
      for attack in RingAttack.attacks(on: kind) {
        // To a guest that does not wait for the thread, an index behind the last one says nothing new:
        // it sleeps, and has itself to blame.
        if kick == .poll, mode == .thread, let index = attack.index, index >= 0x8000 { continue }
        var guest = GuestProgram(devices: Self.devices)
        guest.queueSizes = .init(
          receive: RingAttack.size, transmit: RingAttack.size, request: RingAttack.size)
        let queue = guest.queues(memorySize: memorySize)[Int(kind.rawValue) - 1]
        let table = attack.rows.map {
          GuestProgram.descriptor($0.address, $0.length, flags: $0.flags, next: $0.next)
        }
        guest.post(table, heads: attack.heads, index: attack.index, on: queue)
        kick.emit(into: &guest)
        let (link, other) = try VirtualLink.pair()
        let ending = try await guest.attack { configuration in
          configuration.ioMode = mode
          try configuration.attach(net: link)
          try configuration.attach(
            block: MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 8192)))
        }
        withExtendedLifetime(other) {}
        let handle: UInt64 = kind == .request ? 2 : 1
        #expect(
          ending.cause == .queue(handle: handle, kind, attack.fault), "\(kick): \(attack.name)")
      }
    }
  }

  /// A request that the kernel still has is made available once more.
  @Test(arguments: MachineConfiguration.IOMode.allCases)
  func chainInFlight(_ mode: MachineConfiguration.IOMode) async throws {
    var guest = GuestProgram(devices: [.block("storage")])
    guest.queueSizes = .init()
    let queue = guest.queues(memorySize: memorySize)[0]
    let header = guest.place([UInt8](repeating: 0, count: 16))
    let table = [
      GuestProgram.descriptor(header, 16, flags: GuestProgram.next, next: 1),
      GuestProgram.descriptor(RingAttack.buffer, 513, flags: GuestProgram.write),
    ]
    guest.post(table, heads: [0, 0], on: queue)
    guest.ringDoorbell()
    guest.spin()
    let disk = try ScratchFile(byteCount: 1 << 20)
    let ending = try await guest.attack {
      $0.ioMode = mode
      try $0.attach(block: FileBlockDevice(path: disk.path))
    }
    #expect(ending.cause == .queue(handle: 1, .request, .headInFlight(0)))
  }

  /// Ports beside the doorbell's, other widths, and reading it.
  @Test
  func doorbellIsOnePort() async throws {
    let cases: [(UInt16, [UInt8], GuestFault.Cause?)] = [
      (0x520, [0xee], .portWrite(port: 0x520, size: 1)),
      (0x520, [0x66, 0xef], .portWrite(port: 0x520, size: 2)),
      (0x521, [0xee], .portWrite(port: 0x521, size: 1)),
      (0x522, [0x66, 0xef], .portWrite(port: 0x522, size: 2)),
      (0x523, [0xee], .portWrite(port: 0x523, size: 1)),
      (0x520, [0xec], .portRead(port: 0x520, size: 1)),
      (0x520, [0xed], .portRead(port: 0x520, size: 4)),
      (0x51f, [0xef], nil), (0x521, [0xef], nil), (0x523, [0xef], nil), (0x524, [0xee], nil),
      (0x51f, [0xee], nil), (0x524, [0xec], nil),
    ]
    for (port, code, cause) in cases {
      var guest = GuestProgram(devices: [.block("storage")])
      guest.queueSizes = .init()
      guest.move(UInt64(port), to: .rdx)
      guest.emit(code)
      guest.halt()
      let ending = try await guest.attack {
        try $0.attach(block: FormulaDisk(capacity: 512))
      }
      if let cause {
        #expect(ending.cause == cause, "port \(port), \(code)")
      } else {
        guard case .exception(let exception)? = ending.cause else {
          Issue.record("port \(port), \(code): \(ending.outcome)")
          continue
        }
        #expect(exception.vector == 13, "port \(port), \(code)")
      }
    }
  }

  /// Without queues the doorbell's port is none of the ABI's.
  @Test
  func doorbellWithoutQueuesIsAFault() async throws {
    var guest = GuestProgram()
    guest.ringDoorbell()
    guest.halt()
    guard case .exception(let exception)? = try await guest.attack().cause else {
      Issue.record("no exception")
      return
    }
    #expect(exception.vector == 13)
  }
}

extension VirtualLink {
  /// Sends a frame of `count` bytes.
  func send(count: Int) {
    let frame = [UInt8](repeating: 7, count: count)
    // SAFETY: the array outlives the call.
    unsafe send(frame.span.bytes)
  }
}
