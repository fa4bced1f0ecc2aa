// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A child process. It becomes no zombie as long as somebody calls `wait`.
public final class ChildProcess: Sendable {
  /// How a process has ended.
  public enum Status: Equatable, Sendable {
    /// It exited with a status.
    case exited(CInt)
    /// A signal ended it.
    case killed(signal: CInt)
  }

  /// The number of the process, which becomes another's when this one was waited for.
  public let number: CInt
  /// Whether `number` is still ours to send signals to.
  private let isAlive = Mutex(true)

  /// Starts the program at `path` (posix_spawn(3)) in a process group of its own, with all signals as by
  /// default and an empty environment. Its descriptors are 0, 1, and so on for those of `descriptors`,
  /// and no others.
  public init(
    running path: String, _ words: [String], descriptors: [CInt]
  ) throws(SystemCallError) {
    guard !words.contains(where: { $0.utf8.contains(0) }) else {
      throw SystemCallError("posix_spawn", on: path, errno: .invalidArgument)
    }
    // A number that is set for the child must not be that of a descriptor to be set later.
    let copies = try Self.copies(of: descriptors)
    let numbers = copies.map { $0.descriptor.number }
    let text = ([path] + words).flatMap { Array($0.utf8CString) }
    var child: pid_t = 0
    let result = withExtendedLifetime(copies) {
      unsafe clinux_spawn(
        &child, text, Int32(words.count + 1), numbers, Int32(numbers.count))
    }
    guard result == 0 else {
      throw SystemCallError("posix_spawn", on: path, errno: Errno(rawValue: result))
    }
    number = child
  }

  private final class Copy {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  private static func copies(of descriptors: [CInt]) throws(SystemCallError) -> [Copy] {
    var copies: [Copy] = []
    for number in descriptors {
      let copy = try Descriptor(duplicating: number, atLeast: CInt(descriptors.count))
      copies.append(Copy(copy))
    }
    return copies
  }

  /// Sends `signal`; nothing to a process that was waited for.
  public func send(_ signal: CInt) {
    isAlive.withLock { if $0 { kill(number, signal) } }
  }

  /// Waits for the end (waitpid(2)). To be called once.
  public func wait() throws(SystemCallError) -> Status {
    // Until it is reaped, the number is not given to another process.
    var information = unsafe siginfo_t()
    let options = WEXITED | CInt(bitPattern: CLINUX_WNOWAIT)
    let ended = retryingInterrupts {
      unsafe waitid(P_PID, id_t(number), &information, options)
    }
    guard ended != nil else { throw SystemCallError("waitid", on: "process \(number)") }
    var status: CInt = 0
    let reaped = isAlive.withLock { isAlive in
      isAlive = false
      return retryingInterrupts { unsafe waitpid(number, &status, 0) }
    }
    guard reaped != nil else { throw SystemCallError("waitpid", on: "process \(number)") }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
  }
}
