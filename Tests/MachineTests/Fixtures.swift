// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import SystemCalls
import Synchronization
import Tender
import Testing

/// What a run of a guest left.
struct Run {
  var outcome: MachineOutcome
  /// The bytes that came to the console.
  var output: [UInt8]

  /// The console's text.
  var text: String { String(decoding: output, as: UTF8.self) }

  /// The exit status; nil when the guest did not exit.
  var status: Int32? {
    if case .exited(let status, _) = outcome { status } else { nil }
  }

  /// The fault; nil when the guest did not fault.
  var fault: GuestFault? {
    if case .faulted(let fault) = outcome { fault } else { nil }
  }

  /// The processor exception that ended the guest.
  var exception: ProcessorException? {
    if case .exception(let exception)? = fault?.cause { exception } else { nil }
  }

  /// The little-endian integer at `offset` of the output.
  func value<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) throws -> Value {
    try #require(
      output.count >= offset + Value.bitWidth / 8, "the console has \(output.count) bytes")
    return output.integer(at: offset, as: type)
  }
}

/// A console that keeps what the guest says, and can be waited on.
final class Recorder: Console {
  private static let limit = 4 << 20
  private let bytes = Mutex<[UInt8]>([])

  var output: [UInt8] { bytes.withLock { $0 } }

  func write(_ span: RawSpan, until stopDescriptor: CInt) {
    bytes.withLock { bytes in
      // A guest that never ends says more than a test needs.
      for index in 0..<min(span.byteCount, Self.limit - bytes.count) {
        // SAFETY: any byte is a UInt8, and the index is inside the span.
        bytes.append(unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
    }
  }

  /// Waits until the guest has said something.
  func waitForOutput() async throws {
    for _ in 0..<2_000 where output.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    try #require(!output.isEmpty, "the guest said nothing for 10 s")
  }
}

/// A guest that never ends by itself.
enum EndlessGuest: CaseIterable, Sendable {
  case spinning, idle, chattering

  var program: GuestProgram {
    switch self {
    case .spinning: .spinning
    case .idle: .idle
    case .chattering: .chattering
    }
  }
}

/// The memory of the tests' guests, small enough for many at a time.
let smallMemory: UInt64 = 16 << 20

extension GuestProgram {
  /// The program as an image in memory.
  func loaded() throws -> Image {
    try Image(bytes: image, name: "test guest")
  }

  /// A configuration of the program with a console.
  func configuration(_ console: any Console) throws -> MachineConfiguration {
    var configuration = MachineConfiguration(image: try loaded(), console: console)
    configuration.memorySize = smallMemory
    return configuration
  }

  /// Runs the program to its end, with what `configure` adds.
  func run(
    _ configure: (inout MachineConfiguration) throws -> Void = { _ in }
  ) async throws -> Run {
    let console = Recorder()
    var configuration = try configuration(console)
    try configure(&configuration)
    return Run(outcome: try await Machine(configuration).run(), output: console.output)
  }
}

/// The guests that scripts/build leaves in out/guests.
enum BuiltGuest {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The image of the guest `name`, such as "hello" or "test/exit".
  static func image(_ name: String) throws -> Image {
    let path = "out/guests/\(name).elf"
    let url = root.appending(path: path)
    try #require(
      FileManager.default.fileExists(atPath: url.path), "\(path) is missing: run scripts/build")
    return try Image(path: url.path)
  }

  /// A configuration of the guest `name`.
  static func configuration(
    _ name: String, arguments: String = "", console: any Console
  ) throws -> MachineConfiguration {
    var configuration = MachineConfiguration(image: try image(name), console: console)
    configuration.memorySize = smallMemory
    configuration.commandLine = arguments
    return configuration
  }
}

/// Runs the guest `name` of out/guests to its end.
func run(
  _ name: String, arguments: String = "",
  _ configure: (inout MachineConfiguration) throws -> Void = { _ in }
) async throws -> Run {
  let console = Recorder()
  var configuration = try BuiltGuest.configuration(name, arguments: arguments, console: console)
  try configure(&configuration)
  return Run(outcome: try await Machine(configuration).run(), output: console.output)
}

extension VirtualLink {
  /// The next frame that came from the other end; nil when there is none.
  func nextFrame() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var span = buffer.mutableSpan
    // SAFETY: any bytes are UInt8s.
    var bytes = unsafe span.mutableBytes
    guard let count = receive(into: &bytes) else { return nil }
    return Array(buffer[..<count])
  }

  /// Waits up to 10 s for a frame from the other end.
  func waitForFrame() async throws -> [UInt8] {
    for _ in 0..<2_000 {
      if let frame = nextFrame() { return frame }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw NoFrame()
  }

  /// Sends `frame` to the other end.
  func send(_ frame: [UInt8]) {
    // SAFETY: the array outlives the call.
    unsafe send(frame.span.bytes)
  }
}

/// Nothing came for 10 s.
struct NoFrame: Error {}
