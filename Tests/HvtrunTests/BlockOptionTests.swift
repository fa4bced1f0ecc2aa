// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Disks that fail, and direct I/O, of a guest with queues.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BlockOptionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs blockio with `words` on the disk of `option`.
  private func run(
    _ option: String, _ words: String..., io: String = "inline", behind prefix: [String] = []
  ) throws -> (status: Int32, output: String, errors: String) {
    let guest = try BuiltGuest.path("test/blockio")
    let result = try Hvtrun.run(
      [guest, "--mem", "64M", "--io", io, "--block", option, "--"] + words, behind: prefix)
    return (result.status, result.output, result.errors)
  }

  /// Words before a command that runs where a `kind` of file system of 1 MiB is mounted on `place`, with
  /// a disk of 4 MiB on it.
  private func mounting(_ kind: String) -> (prefix: [String], disk: String) {
    let place = folder.url.path
    let script = """
      mount -t \(kind) -o size=1M none \(place) && truncate -s 4M \(place)/disk.img && exec "$@"
      """
    return (["unshare", "-rm", "sh", "-c", script, "sh"], "\(place)/disk.img")
  }

  private func disk() throws -> String {
    try folder.file("disk.img", [UInt8](repeating: 0, count: 4 << 20))
  }

  @Test(arguments: ["", ",direct"], ["inline", "thread"])
  func whatIsWrittenIsReadBack(setting: String, io: String) throws {
    let disk = try disk() + setting
    for (pattern, size) in [("write", 4096), ("randwrite", 512), ("write", 1 << 20)] {
      let written = try run(
        disk, "--pattern=\(pattern)", "--size=\(size)", "--depth=32",
        "--count=\((4 << 20) / size)", "verify", "flush", io: io)
      #expect(written.status == 0, "\(written)")
      guard pattern == "write" else { continue }
      let read = try run(
        disk, "--pattern=randread", "--size=\(size)", "--depth=32", "--count=1000", "verify", io: io
      )
      #expect(read.status == 0, "\(read)")
    }
  }

  /// The guest is told, and goes on.
  @Test func fullDiskIsAnErrorOfTheRequest() throws {
    let (prefix, disk) = mounting("tmpfs")
    let result = try run(disk, "--pattern=write", "--depth=8", behind: prefix)
    #expect(result.status == 1 && result.errors == "", "\(result)")
    #expect(result.output == "failed: input/output error\n")
  }

  @Test(arguments: ["", ",direct"])
  func limitOfTheFilesSizeIsAnErrorOfTheRequest(setting: String) throws {
    let limited = ["bash", "-c", "ulimit -f 1024; exec \"$@\"", "bash"]
    let result = try run(
      try disk() + setting, "--pattern=write", "--depth=8", behind: limited)
    #expect(result.status == 1 && result.errors == "", "\(result)")
    #expect(result.output == "failed: input/output error\n")
  }

  @Test func fileSystemWithoutDirectTransfersIsNamed() throws {
    let (prefix, disk) = mounting("ramfs")
    let result = try run("\(disk),direct", "--pattern=read", behind: prefix)
    #expect(result.status == 125, "\(result)")
    #expect(result.errors == "hvtrun: \(disk): direct I/O is not supported there\n")
    #expect(result.output == "")
  }

  /// A process that is killed leaves nothing that keeps the next from its disk.
  @Test func diskIsFreeAfterAKill() throws {
    let disk = try disk()
    let guest = try BuiltGuest.path("test/blockio")
    for _ in 0..<3 {
      let process = try Hvtrun.start(
        [guest, "--mem", "64M", "--block", disk, "--", "--pattern=randwrite", "--depth=32"]
          + ["--count=100000000"], output: Pipe(), errors: Pipe())
      Thread.sleep(forTimeInterval: 0.1)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let next = try run(disk, "--pattern=read", "--count=1")
      #expect(next.status == 0, "\(next)")
    }
  }
}
