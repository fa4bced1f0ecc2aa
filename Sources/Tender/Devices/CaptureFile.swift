// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import PCAPNG
internal import Sandbox
internal import Synchronization
internal import SystemCalls
internal import SystemPackage

/// The file of a capture, and what is to be written to it. From any thread.
final class CaptureFile: Sendable {
  /// How many bytes are kept before they are written at once.
  private static let limit = 256 << 10
  /// How long what is kept waits for more.
  private static let patience: UInt64 = 100_000_000

  /// The end of `writeRegularly`.
  let end: EventDescriptor
  /// Something is kept.
  private let news: EventDescriptor
  private let kept = Mutex(BlockEncoder())
  private let output = Mutex(Output())
  private let descriptor: Descriptor
  private let path: String
  private let onFailure: @Sendable (SystemCallError) -> Void

  /// Held while the file is written; more can be kept meanwhile.
  private struct Output {
    /// What was written last, for its room.
    var bytes: [UInt8] = []
    var fileSize: UInt64 = 0
    var hasFailed = false
  }

  /// Creates or empties the file, and writes how it begins.
  init(
    path: String, onFailure: @escaping @Sendable (SystemCallError) -> Void
  ) throws(SystemCallError) {
    descriptor = try Descriptor(creating: path)
    news = try EventDescriptor()
    end = try EventDescriptor()
    self.path = path
    self.onFailure = onFailure
    kept.withLock { $0.addSection(application: "hvtrun") }
    if let failure = output.withLock({ write(&$0) }) { throw failure }
  }

  var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.captures = [descriptor.number]
    access.streams = [news.number, end.number]
    return access
  }

  /// Adds blocks, and writes when they are many.
  func add<Result: Sendable>(_ body: (inout BlockEncoder) -> Result) -> Result {
    let (result, before, after) = kept.withLock { kept in
      let before = kept.bytes.count
      return (body(&kept), before, kept.bytes.count)
    }
    if after >= Self.limit {
      write()
    } else if before == 0 {
      news.raise()
    }
    return result
  }

  /// Writes what is kept, a while after the first of it came, until the end.
  func writeRegularly() {
    var anything = PollSet(readable: [news.number, end.number])
    var end = PollSet(readable: [end.number])
    while true {
      // A wait for open descriptors fails only for want of memory; then nothing is waited for.
      _ = try? anything.wait(timeoutNanoseconds: nil)
      let isOver = (try? end.wait(timeoutNanoseconds: Self.patience)) == 1
      news.lower()
      write()
      if isOver { return }
    }
  }

  /// Writes what is kept. After a failure, it is forgotten.
  func write() {
    let failure = output.withLock { write(&$0) }
    if let failure { onFailure(failure) }
  }

  /// The same: what has gone wrong, the first time.
  private func write(_ output: inout Output) -> SystemCallError? {
    kept.withLock { $0.exchange(&output.bytes) }
    if output.hasFailed { return nil }
    var done = 0
    do throws(Errno) {
      while done < output.bytes.count {
        // SAFETY: integers have no padding.
        done += try descriptor.write(unsafe output.bytes.span.bytes.extracting(done...))
      }
      output.fileSize += UInt64(done)
      return nil
    } catch {
      output.hasFailed = true
      // A block that is cut off would make a damaged file. A pipe cannot be cut.
      let wholeBlocks = BlockEncoder.wholeBlocks(in: output.bytes, done)
      try? descriptor.truncate(to: output.fileSize + UInt64(wholeBlocks))
      return SystemCallError("write", on: path, errno: error)
    }
  }
}
