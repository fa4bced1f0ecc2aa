// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// What hvtrun has given up while its guest runs, as the kernel tells it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SandboxTests {
  private static let modes = ["standard", "strict"]

  @Test(arguments: modes)
  func nothingIsLeftOfRoot(mode: String) throws {
    let process = try SandboxedProcess(["--sandbox", mode])
    let status = try process.status()
    #expect(status["Uid"] == "65534\t65534\t65534\t65534")
    #expect(status["Gid"] == "65534\t65534\t65534\t65534")
    #expect(status["Groups"] == "")
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
      #expect(status[set] == "0000000000000000", "\(set)")
    }
    #expect(status["NoNewPrivs"] == "1")
    #expect(try process.text("environ").allSatisfy { $0 == "\0" })
  }

  @Test(arguments: modes)
  func everyThreadHasAFilter(mode: String) throws {
    let capture = try TemporaryFolder()
    let file = try capture.file("app.pcapng", [])
    _ = file
    let process = try SandboxedProcess(["--sandbox", mode, "--stats"])
    let threads = try process.threads
    #expect(threads.count == 2)
    for thread in threads {
      let status = try process.status(ofThread: thread)
      #expect(status["Seccomp"] == "2")
    }
  }

  /// Only strict pays for it.
  @Test func storeBypassIsLeftToStrict() throws {
    func storeBypass(_ mode: String) throws -> String? {
      try SandboxedProcess(["--quiet", "--sandbox", mode]).status()["Speculation_Store_Bypass"]
    }
    #expect(try storeBypass("strict")?.hasPrefix("thread vulnerable") == false)
    #expect(try storeBypass("standard") == storeBypass("off"))
  }

  @Test(arguments: modes)
  func onlyTheMachinesDescriptorsStayOpen(mode: String) throws {
    let process = try SandboxedProcess(
      ["--sandbox", mode], behind: ["sh", "-c", "exec 9</etc/passwd; exec \"$@\"", "sh"])
    let descriptors = try process.descriptors
    #expect(!descriptors.contains("/dev/kvm"))
    #expect(!descriptors.contains("anon_inode:kvm-vm"))
    #expect(!descriptors.contains("/etc/passwd"))
    #expect(descriptors.contains { $0.hasPrefix("anon_inode:kvm-vcpu") })
    #expect(descriptors.contains { $0.hasSuffix("idle.elf") })
    // Standard error, the console, the image, the processor, the stop signal; and two that fill holes.
    #expect(descriptors.count == 7)
  }

  @Test(arguments: modes)
  func limitsLeaveNoRoom(mode: String) throws {
    let process = try SandboxedProcess(["--sandbox", mode])
    let limits = try process.text("limits").split(separator: "\n")
    func limit(_ name: String) -> [Substring]? {
      limits.first { $0.hasPrefix(name) }?.dropFirst(name.count).split(separator: " ")
    }
    #expect(limit("Max processes")?.prefix(2) == ["0", "0"])
    #expect(limit("Max core file size")?.prefix(2) == ["0", "0"])
    #expect(limit("Max open files")?.prefix(2) == ["5", "5"])
  }

  @Test func userIsTheOneThatIsAskedFor() throws {
    for (user, expected) in [("daemon", "1 1"), ("1234:5678", "1234 5678"), ("stay", "0 0")] {
      let status = try SandboxedProcess(["--user", user]).status()
      let numbers = [status["Uid"], status["Gid"]].map { $0?.split(separator: "\t").first ?? "" }
      #expect(numbers.joined(separator: " ") == expected)
      #expect(status["CapEff"] == "0000000000000000")
      #expect(status["Groups"] == "")
    }
  }

  /// As in many containers.
  @Test func rootWithoutOtherUsersStays() throws {
    let status = try SandboxedProcess([], behind: ["unshare", "-r"]).status()
    #expect(status["CapEff"] == "0000000000000000")
    #expect(status["NoNewPrivs"] == "1")
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    let result = try Hvtrun.run(
      ["--user", "daemon", "--mem", "16M", path], behind: ["unshare", "-r"])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: sandbox: setresuid: Operation not permitted\n")
  }

  @Test func unknownUserIsNamed() throws {
    let result = try Hvtrun.run(["--user", "nobody-of-that-name", "app.elf"])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: --user nobody-of-that-name: no such user in /etc/passwd\n")
  }

  // MARK: - Strict

  @Test func strictHasNamespacesOfItsOwnAndNoFiles() throws {
    let process = try SandboxedProcess(["--sandbox", "strict"])
    for kind in ["mnt", "net", "pid", "ipc", "uts", "user"] {
      let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")
      #expect(try process.namespace(kind) != ours, "\(kind)")
    }
    let root = "/proc/\(process.identifier)/root"
    #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
    #expect(try process.status()["NSpid"]?.hasSuffix("\t1") == true)
  }

  @Test func strictHasATap() throws {
    let namespace = try TapNamespace()
    let output = Pipe()
    let process = try Hvtrun.start(
      [
        "--sandbox", "strict", "--net", namespace.tap, try BuiltGuest.path("ping"), "--",
        "--ipv4=10.0.0.2/24",
      ], behind: namespace.prefix, output: output, errors: Pipe())
    let result = try CommandResult(
      of: namespace.prefix + ["ping", "-c", "5", "-i", "0.2", "-w", "10", "10.0.0.2"])
    #expect(result.status == 0, "\(result.output)")
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit(seconds: 10)
    #expect(process.terminationStatus == 128 + SIGTERM)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func strictEndsAtASignal(signal: Int32, status: Int32) throws {
    let (result, reason) = try SandboxedProcess(["--sandbox", "strict"]).end(signal)
    #expect(reason == .exit)
    #expect(result == status)
  }

  @Test func strictGuestGoesWithItsParent() throws {
    let process = try SandboxedProcess(["--sandbox", "strict"])
    let child = process.identifier
    _ = process.end(SIGKILL)
    for _ in 0..<200 where kill(child, 0) == 0 { Thread.sleep(forTimeInterval: 0.01) }
    #expect(kill(child, 0) != 0)
  }

  @Test func strictParentMayOnlySignal() throws {
    let process = try SandboxedProcess(["--sandbox", "strict"])
    let parent = process.parent
    let status = try String(contentsOfFile: "/proc/\(parent)/status", encoding: .utf8)
    for line in [
      "Uid:\t65534\t65534\t65534\t65534", "Groups:\t", "CapPrm:\t0000000000000020",
      "CapEff:\t0000000000000020", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1",
    ] {
      #expect(status.contains("\n\(line)"), "\(line)")
    }
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/fd")
    #expect(open == ["2"])
  }

  @Test func strictPassesTheStatusOn() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    #expect(try Hvtrun.run(["--sandbox", "strict", "--mem", "16M", path]).status == 7)
  }

  @Test func strictNeedsNamespaces() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    let words = ["--sandbox", "strict", "--user", "stay", "--mem", "16M", path]
    // In a namespace of users that may have no further ones.
    let result = try Hvtrun.run(
      words,
      behind: [
        "unshare", "-Ur", "sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces; exec \"$@\"",
        "sh",
      ])
    #expect(result.status == 125)
    #expect(
      result.errors == "hvtrun: sandbox: strict needs what this kernel lacks: namespaces\n")
  }

  // MARK: - Without root

  /// As an ordinary user, with a /dev/kvm that everybody may open.
  private static let ordinary = [
    "unshare", "-m", "sh", "-c",
    "mount -t tmpfs none /dev && mknod -m 666 /dev/kvm c 10 232 && mknod -m 666 /dev/null c 1 3"
      + " && exec setpriv --reuid=1234 --regid=1234 --clear-groups \"$@\"", "sh",
  ]

  @Test(arguments: modes)
  func ordinaryUserHasASandbox(mode: String) throws {
    let folder = try TemporaryFolder()
    let command = try folder.copyOfHvtrun()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    let result = try CommandResult(
      of: Self.ordinary + [command, "--sandbox", mode, "--mem", "16M", path])
    #expect(result.status == 7, "\(result.errors)")
    #expect(result.errors == "")
  }

  @Test func ordinaryUserCannotBecomeAnother() throws {
    let folder = try TemporaryFolder()
    let command = try folder.copyOfHvtrun()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    let result = try CommandResult(
      of: Self.ordinary + [command, "--user", "daemon", "--mem", "16M", path])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: sandbox: setresuid: Operation not permitted\n")
  }

  // MARK: - Off, groups, cores

  @Test func offSaysSo() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(7).image)
    let result = try Hvtrun.run(["--sandbox", "off", "--mem", "16M", path])
    #expect(result.status == 7)
    #expect(result.errors == "hvtrun: --sandbox off: hvtrun keeps all its rights\n")
    let quiet = try Hvtrun.run(["--sandbox", "off", "--quiet", "--mem", "16M", path])
    #expect(quiet.errors == "")
  }

  @Test(arguments: modes)
  func processJoinsItsGroup(mode: String) throws {
    let mount = try Self.groups()
    let name = "hvtrun-test-\(UUID().uuidString.prefix(8))"
    let group = "\(mount)/\(name)"
    try FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: false)
    defer { unsafe rmdir(group) }
    let process = try SandboxedProcess(["--sandbox", mode, "--cgroup", group])
    #expect(try process.text("cgroup").contains("0::/\(name)\n"))
    _ = process.end(SIGKILL)
  }

  private static func groups() throws -> String {
    let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
    let line = mounts.split(separator: "\n").first { $0.split(separator: " ")[2] == "cgroup2" }
    return try #require(
      line.map { String($0.split(separator: " ")[1]) }, "no cgroup2 is mounted: see mount(8)")
  }

  @Test func groupMustBeOne() throws {
    let result = try Hvtrun.run(["--cgroup", "/tmp", "app.elf"])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: /tmp: not a control group of version 2\n")
  }

  /// Core files where the kernel makes them in the working directory, which Landlock forbids.
  @Test(arguments: [false, true])
  func coreHasTheGuestsMemoryIfAsked(isAsked: Bool) throws {
    let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
    try #require(!pattern.hasPrefix("|") && !pattern.hasPrefix("/"), "core files go elsewhere")
    let folder = try TemporaryFolder()
    var guest = GuestProgram()
    let secret = "secret-\(UUID().uuidString)"
    guest.say(secret)
    guest.spin()
    let path = try folder.file("app.elf", guest.image)
    let output = Pipe()
    let process = try Process(
      running: [
        "sh", "-c", "cd \(folder.url.path) && ulimit -c unlimited && exec \"$@\"",
        "sh",
        "env", "SWIFT_BACKTRACE=enable=no", Hvtrun.path, "--sandbox", "off", "--mem", "16M",
      ] + (isAsked ? ["--core"] : []) + [path],
      output: output, errors: Pipe())
    #expect(!output.fileHandleForReading.availableData.isEmpty)
    kill(process.processIdentifier, SIGSEGV)
    process.waitUntilExit(seconds: 10)
    let cores = try folder.contents.filter { $0 != "app.elf" }
    try #require(cores.count == 1)
    let core = try Data(contentsOf: folder.url.appendingPathComponent(cores[0]))
    #expect((core.range(of: Data(secret.utf8)) != nil) == isAsked)
  }
}
