// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
public import Sandbox
internal import Synchronization
public import SystemCalls
internal import SystemPackage

/// Where a guest's console output goes.
///
/// Only the machine's own thread calls it, one call at a time.
public protocol Console: Sendable {
  /// Writes `bytes`. It may wait for room, but no longer than until `stopDescriptor` polls
  /// readable; then it may leave out the rest. A throw ends the machine.
  func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError)

  /// The descriptors that it uses, for a sandbox.
  var descriptorAccess: DescriptorAccess { get }
}

extension Console {
  /// None.
  public var descriptorAccess: DescriptorAccess { DescriptorAccess() }
}

/// A console that writes to an open file, such as standard output.
public final class DescriptorConsole: Console {
  private let descriptor: Descriptor
  private let name: String

  /// The most that a pipe takes without waiting once it polls writable (PIPE_BUF).
  private static let chunkSize = 4096

  /// Writes to `descriptor`, which errors call `name`.
  public init(_ descriptor: consuming Descriptor, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// The open file, to be written.
  public var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.outputs = [descriptor.number]
    return access
  }

  /// poll(2) and write(2), in pieces that a pipe takes without blocking.
  public func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
    var done = 0
    while done < bytes.byteCount {
      var poll = PollSet(readable: [stopDescriptor], writable: [descriptor.number])
      _ = try poll.wait(timeoutNanoseconds: nil)
      if poll.isReady(0) { return }
      guard poll.isReady(1) else { continue }
      let end = min(done + Self.chunkSize, bytes.byteCount)
      do {
        done += try descriptor.write(bytes.extracting(done..<end))
      } catch .wouldBlock {
        continue
      } catch {
        throw SystemCallError("write", on: name, errno: error)
      }
    }
  }
}

/// A console that keeps what was written, for tests and tools.
public final class BufferConsole: Console {
  private let buffer = Mutex<[UInt8]>([])
  private let limit: Int

  /// Keeps the first `limit` bytes and drops the others.
  public init(limit: Int = 1 << 20) {
    self.limit = limit
  }

  /// What was written so far; what is not UTF-8 stands as U+FFFD.
  public var text: String { buffer.withLock { String(decoding: $0, as: UTF8.self) } }

  /// Appends `bytes` up to the limit.
  public func write(_ bytes: RawSpan, until stopDescriptor: CInt) {
    buffer.withLock { buffer in
      for index in 0..<min(bytes.byteCount, limit - buffer.count) {
        // SAFETY: any byte is a UInt8, and the index is inside the span.
        buffer.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
    }
  }
}
