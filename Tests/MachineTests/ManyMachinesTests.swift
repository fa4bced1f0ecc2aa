// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Tender
import Testing

/// Machines beside and after each other, and what they leave behind: nothing.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ManyMachinesTests {
  @Test
  func twentyMachinesAtTheSameTime() async throws {
    let statuses = try await withThrowingTaskGroup(of: Int32?.self) { group in
      for index in 0..<20 as Range<Int32> {
        group.addTask {
          var guest = GuestProgram()
          guest.say("machine \(index)")
          guest.sleep(50_000_000)
          guest.halt(index)
          let run = try await guest.run()
          #expect(run.text == "machine \(index)")
          return run.status
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(statuses == Set((0..<20).map { Int32?($0) }))
  }

  /// Sealed from each other: what one does ends none of the others.
  @Test
  func faultsStopsAndExitsBesideEachOther() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var guest = GuestProgram()
          guest.emit(0x0f, 0x0b)  // ud2
          let run = try await guest.run()
          #expect(run.exception?.vector == 6)
        }
        group.addTask {
          let run = try await GuestProgram.exiting(3).run()
          #expect(run.status == 3)
        }
        group.addTask {
          let console = Recorder()
          let machine = try Machine(try GuestProgram.spinning.configuration(console))
          async let outcome = machine.run()
          try await console.waitForOutput()
          machine.stop()
          #expect(try await outcome == .stopped)
        }
      }
      try await group.waitForAll()
    }
  }

  /// One image serves any number of machines.
  @Test
  func imageIsSharedBetweenMachines() async throws {
    var guest = GuestProgram()
    let counter = guest.place(words: [0])
    guest.load(from: counter)
    guest.emit(0x48, 0xff, 0xc0)  // inc rax
    guest.store(.rax, at: counter)
    guest.show(counter, 8)
    guest.halt()
    let image = try guest.loaded()
    for _ in 0..<3 {
      let console = Recorder()
      var configuration = MachineConfiguration(image: image, console: console)
      configuration.memorySize = smallMemory
      #expect(try await Machine(configuration).run() == .exited(status: 0, cookie: nil))
      #expect(console.output == [1, 0, 0, 0, 0, 0, 0, 0])
    }
  }

  /// In a process of its own, where no other test opens files.
  @Test
  func fiftyRunsLeakNothing() async throws {
    await #expect(processExitsWith: .success) {
      func run(_ index: Int) async throws {
        let guest: GuestProgram = index % 2 == 0 ? .exiting(0) : .echoing()
        let (link, _) = try VirtualLink.pair()
        let console = Recorder()
        var configuration = try guest.configuration(console)
        if index % 2 == 1 { try configuration.attach(net: link) }
        let machine = try Machine(configuration)
        async let outcome = machine.run()
        if index % 2 == 1 {
          try await console.waitForOutput()
          machine.stop()
        }
        _ = try await outcome
      }
      for index in 0..<4 { try await run(index) }
      let (descriptors, memory) = (try Process.openDescriptors, try Process.addressSpace)
      for index in 0..<50 { try await run(index) }
      try await Task.sleep(for: .milliseconds(100))
      let left = try Process.openDescriptors - descriptors
      let grown = try Process.addressSpace - memory
      #expect(left == 0, "\(left) descriptors leaked")
      // 50 machines had 900 MiB; stacks of threads that are kept for reuse are not theirs.
      #expect(grown < 128 << 20, "\(grown) bytes of address space leaked")
    }
  }

  /// A refused or failed machine leaves nothing either.
  @Test
  func refusedMachinesLeakNothing() async throws {
    await #expect(processExitsWith: .success) {
      func refuse() throws {
        var configuration = try GuestProgram.exiting(0).configuration(Recorder())
        configuration.memorySize = 1
        _ = try? Machine(configuration)
        _ = try Machine(try GuestProgram.exiting(0).configuration(Recorder()))
        _ = try? Image(path: "/dev/null")
        _ = try? FileBlockDevice(path: "/dev/null")
        _ = try? TapDevice(name: "nosuchinterface")
      }
      // What the run-time libraries keep open, they open at the first use.
      try refuse()
      let before = try Process.openDescriptors
      for _ in 0..<50 { try refuse() }
      let left = try Process.openDescriptors - before
      #expect(left == 0, "\(left) descriptors leaked")
    }
  }

  /// An idle guest, and one that waits for a frame, use no processor time.
  @Test
  func idleMachinesUseNoProcessor() async throws {
    await #expect(processExitsWith: .success) {
      let consoles = [Recorder(), Recorder()]
      let (link, other) = try VirtualLink.pair()
      var echo = try GuestProgram.echoing().configuration(consoles[0])
      try echo.attach(net: link)
      let machines = [
        try Machine(echo), try Machine(try GuestProgram.idle.configuration(consoles[1])),
      ]
      let tasks = machines.map { machine in Task { try await machine.run() } }
      for console in consoles { try await console.waitForOutput() }
      try await Task.sleep(for: .milliseconds(100))
      let before = Process.processorTime
      try await Task.sleep(for: .seconds(1))
      let used = Process.processorTime - before
      #expect(used < 0.05, "\(used) seconds of processor time in a second of sleep")
      for machine in machines { machine.stop() }
      for task in tasks { _ = try await task.value }
      withExtendedLifetime(other) {}
    }
  }

  /// Memory is reserved, not touched: a machine of 4 GiB costs what a small one does.
  @Test
  func memoryIsNotTouched() async throws {
    await #expect(processExitsWith: .success) {
      func residentAfterRun(_ size: UInt64) async throws -> Int {
        let console = Recorder()
        var configuration = try GuestProgram.idle.configuration(console)
        configuration.memorySize = size
        let machine = try Machine(configuration)
        async let outcome = machine.run()
        try await console.waitForOutput()
        let resident = try Process.residentMemory
        machine.stop()
        _ = try await outcome
        return resident
      }
      let small = try await residentAfterRun(smallMemory)
      let large = try await residentAfterRun(4 << 30)
      #expect(large - small < 8 << 20, "\(large) bytes of resident memory, not \(small)")
    }
  }
}

extension Process {
  /// The number of this process's open descriptors.
  fileprivate static var openDescriptors: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
  }

  /// The sizes of this process's memory in pages, as /proc/self/statm has them.
  private static var pages: [Int] {
    get throws {
      try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        .compactMap { Int($0) }
    }
  }

  fileprivate static var addressSpace: Int { get throws { try pages[0] * 4096 } }
  fileprivate static var residentMemory: Int { get throws { try pages[1] * 4096 } }

  /// Seconds of user and system time of this process.
  fileprivate static var processorTime: Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
    }
  }
}
