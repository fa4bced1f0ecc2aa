// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// TCP streams between Linux and a guest on a tap, with and without offloads.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StreamGuestTests {
  private static let byteCount = 24 << 20

  private let folder: TemporaryFolder
  private let network: TapNamespace

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
  }

  /// What the guest and hvtrun say of a stream each way.
  private struct Outcome {
    let text: String
    /// Of the device: received, sent, refused and so on.
    let counts: [String: Any]

    func count(_ name: String) -> Int { counts[name] as? Int ?? -1 }
  }

  private func stream(
    _ count: Int, image: String? = nil, tap: String, input: FileHandle = .nullDevice
  ) throws -> Outcome {
    let (output, errors) = (Pipe(), Pipe())
    let guest = try image ?? BuiltGuest.path("test/stream")
    let process = try Hvtrun.start(
      ["--stats", "--json", "--net", tap, guest, "--", "--ipv4=10.0.0.2/24", "--bytes=\(count)"]
        + ["--connections=2", "verify"],
      behind: network.prefix, input: input, output: output, errors: errors)
    defer {
      if process.isRunning { kill(process.processIdentifier, SIGTERM) }
      process.waitUntilExit()
    }
    let ready = output.fileHandleForReading.availableData
    try #require(
      !ready.isEmpty,
      "\(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))")
    #expect(StreamPeer.send(count, in: network) == nil)
    let failure = StreamPeer.receive(count, in: network)
    try #require(failure == nil)
    let rest = output.fileHandleForReading.readDataToEndOfFile()
    let messages = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let line = try #require(
      String(decoding: messages, as: UTF8.self).split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let devices = try #require(object?["devices"] as? [[String: Any]])
    return Outcome(text: String(decoding: ready + rest, as: UTF8.self), counts: devices[0])
  }

  private func expectBoth(_ count: Int, _ outcome: Outcome) {
    #expect(outcome.text.contains("port 9: \(count) bytes received, 0 sent"), "\(outcome.text)")
    #expect(outcome.text.contains("port 19: 0 bytes received, \(count) sent"), "\(outcome.text)")
    #expect(!outcome.text.contains("wrong"))
  }

  @Test func streamsAreFewFramesWithOffloads() throws {
    let outcome = try stream(Self.byteCount, tap: network.tap)
    expectBoth(Self.byteCount, outcome)
    // Each direction has the acknowledgments of the other.
    let packets = Self.byteCount / 1500
    #expect(outcome.count("received") < packets / 5, "\(outcome.counts)")
    #expect(outcome.count("sent") < packets / 5, "\(outcome.counts)")
    #expect(outcome.count("refused") == 0)
  }

  /// The guest divides its stream into packets, and computes their checksums, itself.
  @Test func streamsArePacketsWithoutOffloads() throws {
    let tap = try network.openTap()
    let outcome = try stream(Self.byteCount / 4, tap: "@0", input: tap)
    expectBoth(Self.byteCount / 4, outcome)
    #expect(outcome.count("sent") > Self.byteCount / 4 / 1460)
    #expect(outcome.count("refused") == 0)
  }

  @Test func streamsFitJumboFrames() throws {
    try system("ip", "-n", network.name, "link", "set", network.tap, "mtu", "9000")
    let tap = try network.openTap()
    let count = Self.byteCount / 2
    let outcome = try stream(count, tap: "@0", input: tap)
    expectBoth(count, outcome)
    // An acknowledgment for each packet from Linux, and the packets to it.
    #expect((count / 8960...count / 4000).contains(outcome.count("sent")), "\(outcome.counts)")
  }

  /// An image whose note asks for no queues, so that every frame is a hypercall. What the machine
  /// before it has agreed to with the interface is not for this one.
  @Test func streamsGoThroughHypercalls() throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: try BuiltGuest.path("test/stream"))))
    let note = Array("QUE1HVT\0".utf8)
    let place = try #require(
      bytes.indices.first { bytes[$0...].prefix(note.count).elementsEqual(note) })
    bytes[place] = UInt8(ascii: "X")
    let count = Self.byteCount / 16
    let tap = network.tap + ",mac=02:00:00:00:00:02"
    expectBoth(count, try stream(count, tap: tap))
    let outcome = try stream(
      count, image: try folder.file("stream.elf", bytes), tap: tap)
    expectBoth(count, outcome)
    #expect(outcome.count("sent") > count / 1460)
  }
}
