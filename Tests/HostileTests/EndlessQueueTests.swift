// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Synchronization
import Tender
import Testing

/// Queues that would keep the tender busy for ever, or for longer than anybody waits: a guest ends, and
/// a machine stops, all the same.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EndlessQueueTests {
  private typealias Mode = MachineConfiguration.IOMode

  /// A guest with a disk whose first request, when it is carried out, makes the next one: the disk's
  /// sectors hold the queue's own rings, and a request that reads the next sector over them.
  private static func perpetual() -> (guest: GuestProgram, disk: FormulaDisk) {
    var guest = GuestProgram(devices: [.block("storage")])
    guest.queueSizes = .init()
    let queue = guest.queues(memorySize: memorySize)[0]
    let header = queue.start + 300
    let table = [
      GuestProgram.descriptor(header, 16, flags: GuestProgram.next, next: 1),
      GuestProgram.descriptor(
        queue.start, 512, flags: GuestProgram.next | GuestProgram.write, next: 2),
      GuestProgram.descriptor(queue.start + 511, 1, flags: GuestProgram.write),
    ]
    guest.post(table, heads: [0], on: queue)
    let available = Int(queue.available - queue.start)
    let sectors: UInt64 = 1 << 16
    let disk = FormulaDisk(capacity: sectors * 512) { number in
      var bytes = [UInt8](repeating: 0, count: 512)
      bytes.replaceSubrange(0..<48, with: table.flatMap { $0 })
      bytes.put(UInt16(truncatingIfNeeded: number + 2), at: available + 2)
      bytes.put(UInt64((number + 1) % sectors), at: 300 + 8)
      return bytes
    }
    return (guest, disk)
  }

  /// SPEC 7.9: what was made available before the halt is done; what comes of it later is not.
  @Test(arguments: MachineConfiguration.IOMode.allCases)
  func haltDoesNotWaitForRequestsThatRequestsMake(_ mode: MachineConfiguration.IOMode) async throws
  {
    var (guest, disk) = Self.perpetual()
    guest.halt(7)
    let ending = try await guest.attack(within: .seconds(5)) {
      $0.ioMode = mode
      try $0.attach(block: disk)
    }
    #expect(ending.status == 7)
  }

  /// The guest loops while its disk feeds itself; a fault of it, or a stop, ends both.
  @Test(arguments: MachineConfiguration.IOMode.allCases, [true, false])
  func endOfAGuestWithAPerpetualQueue(
    _ mode: MachineConfiguration.IOMode, faults: Bool
  ) async throws {
    var (guest, disk) = Self.perpetual()
    let again = guest.here
    guest.ringDoorbell()
    if faults { guest.emit(0x0f, 0x0b) }  // ud2
    guest.jump(to: again)
    try await expectEnd(guest, disk, mode, faults: faults)
  }

  /// A ring full of requests that each move 128 MiB to the same place, slowly.
  /// Without a thread the guest waits for them itself, and cannot fault meanwhile.
  @Test(
    arguments: [(.inline, false), (.thread, false), (.thread, true)]
      as [(MachineConfiguration.IOMode, Bool)])
  func endOfAGuestWithHugeRequests(
    _ mode: MachineConfiguration.IOMode, faults: Bool
  ) async throws {
    var guest = GuestProgram(devices: [.block("storage")])
    let size: UInt16 = 1024
    guest.queueSizes = .init(request: size)
    let queue = guest.queues(memorySize: memorySize)[0]
    let header = guest.place([UInt8](repeating: 0, count: 16))
    let (next, write) = (GuestProgram.next, GuestProgram.write)
    // One chain of 128 MiB in parts of 8, made available as often as there is room.
    var table = [GuestProgram.descriptor(header, 16, flags: next, next: 1)]
    for index in 1...16 as ClosedRange<UInt16> {
      table.append(
        GuestProgram.descriptor(0x20_0000, 8 << 20, flags: next | write, next: index + 1))
    }
    table.append(GuestProgram.descriptor(0x20_0000, 1, flags: write))
    guest.post(table, heads: [UInt16](repeating: 0, count: Int(size)), on: queue)
    guest.ringDoorbell()
    if faults { guest.emit(0x0f, 0x0b) }  // ud2
    guest.spin()
    let disk = FormulaDisk(capacity: 1 << 40, visit: { usleep(1000) })
    try await expectEnd(guest, disk, mode, faults: faults)
  }

  /// Hundreds of gigabytes to read before the guest's halt is done: a signal ends that, too.
  @Test(arguments: ["inline", "thread"])
  func signalEndsAHaltThatWouldTakeMinutes(_ mode: String) throws {
    var guest = GuestProgram(devices: [.block("storage")])
    let (size, memory): (UInt16, UInt64) = (1024, 2 << 30)
    guest.queueSizes = .init(request: size)
    let queue = guest.queues(memorySize: memory)[0]
    let header = guest.place([UInt8](repeating: 0, count: 16))
    let (next, write) = (GuestProgram.next, GuestProgram.write)
    let heads = (0..<size / 3).map { $0 * 3 }
    let table = heads.flatMap { head in
      [
        GuestProgram.descriptor(header, 16, flags: next, next: head + 1),
        GuestProgram.descriptor(0x20_0000, 1 << 30, flags: next | write, next: head + 2),
        GuestProgram.descriptor(0x20_0000, 1, flags: write),
      ]
    }
    guest.post(table, heads: heads, on: queue)
    guest.halt(9)
    let disk = try ScratchFile(byteCount: 1 << 30)
    let run = try MeasuredRun(
      guest, ["--io", mode, "--block", disk.path], memory: "2G", stoppedAfter: 1.5)
    #expect(run.status == 9, "\(run.errors)")
    #expect((1.5..<30).contains(run.seconds), "\(run.seconds) s")
  }

  private func expectEnd(
    _ guest: GuestProgram, _ disk: FormulaDisk, _ mode: Mode, faults: Bool
  ) async throws {
    var configuration = try guest.configuration()
    configuration.ioMode = mode
    try configuration.attach(block: disk)
    let machine = try Machine(configuration)
    let start = ContinuousClock.now
    async let outcome = machine.run()
    if !faults {
      try await Task.sleep(for: .milliseconds(100))
      machine.stop()
    }
    let watchdog = Task {
      try await Task.sleep(for: .seconds(5))
      Issue.record("not over after 5 s")
      exit(1)
    }
    defer { watchdog.cancel() }
    switch try await outcome {
    case .stopped: #expect(!faults)
    case .faulted(let fault): #expect(faults, "\(fault.cause)")
    case .exited(let status, _): Issue.record("exited with \(status)")
    case .timedOut: Issue.record("no limit of time was set")
    }
    #expect(ContinuousClock.now - start < .seconds(5))
  }
}
