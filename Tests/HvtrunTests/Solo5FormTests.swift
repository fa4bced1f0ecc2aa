// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// The command in solo5-hvt's place: under its name, and under our own with its options.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5FormTests {
  /// How solo5-hvt's place is taken.
  enum Place: CaseIterable { case copy, symbolicLink, options }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The words that run the command in that way.
  private func words(_ place: Place) throws -> [String] {
    let path = folder.url.appending(path: "solo5-hvt").path
    switch place {
    case .copy: try system("cp", Hvtrun.path, path)
    case .symbolicLink: try system("ln", "-s", Hvtrun.path, path)
    case .options: return [Hvtrun.path, "--mem=16"]
    }
    return [path]
  }

  private func run(
    _ place: Place, _ arguments: [String], behind prefix: [String] = [],
    input: FileHandle = .nullDevice
  ) throws -> CommandResult {
    try CommandResult(of: prefix + words(place) + arguments, input: input)
  }

  private func image(_ program: GuestProgram) throws -> String {
    try folder.file("app.hvt", program.image)
  }

  /// Each with the device of its kind.
  private func guestWithDevices() throws -> String {
    var guest = GuestProgram(devices: [.net("service"), .block("storage")])
    guest.halt()
    return try image(guest)
  }

  @Test(arguments: Place.allCases) func argumentsReachTheGuestUnchanged(place: Place) throws {
    let guest = try BuiltGuest.path("test/echoargs")
    let arguments = [
      "--ipv4=10.0.0.2/24", "-l", "*:debug", "--", "--mem=1", "--net:a=b", "--quiet", "-h",
      "--version", "ä",
    ]
    for dashes in [[], ["--"]] {
      let result = try run(place, ["--mem=16"] + dashes + [guest] + arguments)
      #expect(result.status == 0)
      #expect(result.output == arguments.map { $0 + "\n" }.joined())
      #expect(result.errors == "")
      try? FileManager.default.removeItem(at: folder.url.appending(path: "solo5-hvt"))
    }
  }

  @Test(arguments: Place.allCases, [(0, 0), (7, 7), (125, 125), (255, 255)] as [(Int32, Int32)])
  func statusIsTheGuests(place: Place, status: (guest: Int32, expected: Int32)) throws {
    let result = try run(place, ["--mem=16", try image(.exiting(status.guest))])
    #expect(result.status == status.expected)
    #expect(result.errors == "")
  }

  @Test(arguments: Place.allCases) func faultIs255(place: Place) throws {
    var guest = GuestProgram()
    guest.load(from: 8)
    let path = try image(guest)
    let result = try run(place, ["--mem=16", path])
    #expect(result.status == 255)
    #expect(result.errors.hasPrefix("hvtrun: guest fault: read of 0x8 in the null page\n"))
  }

  @Test(
    arguments: [
      (["--gdb", "app.hvt"], "unknown option '--gdb' (see hvtrun --help)"),
      (
        ["--net-mac:a=x", "app.hvt"],
        "--net-mac:a: no --net:a=... attaches that device (see hvtrun --help)"
      ),
      (["/nowhere/app.hvt"], "/nowhere/app.hvt: open: No such file or directory"),
      (["--"], "no image to run: hvtrun APP.elf (see hvtrun --help)"),
    ], Place.allCases)
  func failureIsStatus1(command: (arguments: [String], message: String), place: Place) throws {
    let result = try run(place, command.arguments)
    #expect(result.status == 1)
    #expect(result.errors == "hvtrun: \(command.message)\n")
    #expect(result.output == "")
  }

  @Test(
    arguments: [
      (["--block:storage=/nowhere/disk.img"], "/nowhere/disk.img: open: No such file or directory"),
      (["--block:disk=DISK"], "the image declares no block device 'disk'; it has: storage"),
      (["--block:storage=DISK"], "not attached: net device 'service'"),
      (
        ["--block:storage=DISK", "--block:storage=DISK"], "DISK: in use by another process"
      ),
      (
        ["--block-sector-size:storage=1000", "--block:storage=DISK"],
        "DISK: sector size 1000 is not a power of two of at least 512"
      ),
      (
        ["--block:storage=DISK", "--block-sector-size:storage=4096"],
        "DISK: size 512 is not a positive multiple of the sector size 4096"
      ),
      (["--net:service=tap7"], "network interface 'tap7' does not exist"),
      (["--net:service=@99"], "@99: dup: Bad file descriptor"),
      (
        ["--net:service=@0", "--net-mac:service=x"],
        "'x' is not the MAC address of one interface, such as 52:54:00:12:34:56"
          + " (see hvtrun --help)"
      ),
    ] as [([String], String)])
  func deviceThatDoesNotFitIsStatus1(options: [String], message: String) throws {
    let disk = try folder.file("disk.img", [UInt8](repeating: 0, count: 512))
    let arguments = options.map { $0.replacing("DISK", with: disk) } + [try guestWithDevices()]
    let result = try run(.symbolicLink, arguments)
    #expect(result.status == 1)
    #expect(result.errors == "hvtrun: \(message.replacing("DISK", with: disk))\n")
  }

  @Test func missingKVMIsStatus1() throws {
    let path = try image(.exiting(0))
    let prefix = ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev && exec \"$@\"", "sh"]
    let result = try run(.copy, [path], behind: prefix)
    #expect(result.status == 1)
    #expect(result.errors == "hvtrun: /dev/kvm: open: No such file or directory\n")
  }

  @Test func oddMemoryIsRoundedDownAndSaidSo() throws {
    let path = try image(.exiting(3))
    let result = try run(.symbolicLink, ["--mem=17", path])
    #expect(result.status == 3)
    #expect(result.errors == "hvtrun: --mem=17: rounded down to 16, a multiple of 2 MiB\n")
    let quiet = try Hvtrun.run(["--quiet", "--mem=17", path])
    #expect(quiet.status == 3)
    #expect(quiet.errors == "")
  }

  @Test(arguments: [SIGINT, SIGTERM], Place.allCases)
  func signalIsStatus1(signal: Int32, place: Place) throws {
    let process = try started(place)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 1)
  }

  /// Both come while the process stands still, so that the first one has not ended it yet.
  @Test func secondSignalIsStatus1() throws {
    let process = try started(.copy)
    for signal in [SIGSTOP, SIGINT, SIGTERM, SIGCONT] { kill(process.processIdentifier, signal) }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 1)
  }

  private func started(_ place: Place) throws -> Process {
    let output = Pipe()
    let process = try Process(
      running: words(place) + ["--mem=16", image(.idle)], output: output, errors: Pipe())
    try #require(!output.fileHandleForReading.availableData.isEmpty, "the guest said nothing")
    return process
  }

  @Test func diskIsAttachedByItsName() throws {
    let bytes = [UInt8](repeating: 5, count: 65_536)
    let disk = try folder.file("disk,ro.img", bytes)
    let guest = try BuiltGuest.path("block")
    for size in ["512", "4096"] {
      let result = try Hvtrun.run([
        "--mem=16", "--block-sector-size:storage=\(size)", "--block:storage=\(disk)", guest,
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("verified"))
    }
  }

  @Test func ownFormKeepsItsStatusAndItsSizes() throws {
    let path = try image(.exiting(0))
    let size = try Hvtrun.run([path, "--mem=64"])
    #expect(size.status == 125)
    #expect(
      size.errors == "hvtrun: size '64' needs a unit: 64M for MiB (see hvtrun --help)\n")
    let option = try Hvtrun.run([path, "--ipv4=10.0.0.2/24"])
    #expect(option.status == 125)
    #expect(
      option.errors
        == "hvtrun: unknown option '--ipv4': the guest's own arguments stand after '--'"
        + " (see hvtrun --help)\n")
  }

  @Test func helpIsGivenWithoutArgumentsToo() throws {
    for arguments in [[], ["--help"], ["--mem=16", "-h"]] {
      let result = try run(.symbolicLink, arguments)
      #expect(result.status == 0)
      #expect(result.output.contains("--block-sector-size:NAME=BYTES"))
      try FileManager.default.removeItem(at: folder.url.appending(path: "solo5-hvt"))
    }
  }
}
