// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Synchronization
import SystemCalls
import SystemPackage
import Tender
import Testing

/// The memory of the attacking guests.
let memorySize: UInt64 = 16 << 20

/// A console that counts what it drops, and keeps the beginning.
final class Drain: Console {
  private static let limit = 1 << 16
  private let state = Mutex((count: 0, kept: [UInt8]()))

  var count: Int { state.withLock { $0.count } }
  var kept: [UInt8] { state.withLock { $0.kept } }

  func write(_ bytes: RawSpan, until stopDescriptor: CInt) {
    state.withLock { state in
      for index in 0..<min(bytes.byteCount, Self.limit - state.kept.count) {
        // SAFETY: any byte is a UInt8, and the index is inside the span.
        state.kept.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
      state.count += bytes.byteCount
    }
  }
}

/// How an attack ended.
struct Ending {
  var outcome: MachineOutcome
  var output: [UInt8]

  var status: Int32? {
    if case .exited(let status, _) = outcome { status } else { nil }
  }

  var cause: GuestFault.Cause? {
    if case .faulted(let fault) = outcome { fault.cause } else { nil }
  }
}

extension GuestProgram {
  /// A configuration of the program, with a console that drops its output.
  func configuration(_ console: any Console = Drain()) throws -> MachineConfiguration {
    var configuration = MachineConfiguration(
      image: try Image(bytes: image, name: "attack"), console: console)
    configuration.memorySize = memorySize
    return configuration
  }

  /// Runs the program to its end, which must come within `limit`; what is not over then is stopped.
  func attack(
    within limit: Duration = .seconds(10),
    _ configure: (inout MachineConfiguration) throws -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Ending {
    let console = Drain()
    var configuration = try configuration(console)
    try configure(&configuration)
    let machine = try Machine(configuration)
    let watchdog = Task {
      try await Task.sleep(for: limit)
      machine.stop()
      Issue.record("not over after \(limit)", sourceLocation: sourceLocation)
    }
    defer { watchdog.cancel() }
    return Ending(outcome: try await machine.run(), output: console.kept)
  }
}

/// A disk whose contents are made up when they are read, and whose writes vanish.
struct FormulaDisk: BlockDevice {
  var capacity: UInt64
  var blockSize: UInt16 = 512
  var isReadOnly: Bool { false }
  /// The bytes of the sector with this number.
  var sector: @Sendable (UInt64) -> [UInt8] = { _ in [] }
  /// Called before each transfer.
  var visit: @Sendable () -> Void = {}

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    visit()
    let bytes = sector(offset / 512)
    for index in 0..<min(buffer.byteCount, bytes.count) {
      buffer.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
    }
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) { visit() }
}

/// A file that goes when the last user does.
final class ScratchFile {
  let path = FileManager.default.temporaryDirectory.appending(path: "hostile-\(UUID())").path

  /// A file of zeros.
  init(byteCount: UInt64) throws {
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: byteCount)
  }

  init(_ bytes: [UInt8]) throws {
    try #require(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
