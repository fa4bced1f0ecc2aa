// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// Both ends of a pipe(7), closed with their owner.
public struct PipeEnds: ~Copyable, Sendable {
  /// Where it is read.
  public let reader: Descriptor
  /// Where it is written. Nil once it is closed here.
  private var ownWriter: Descriptor?

  /// pipe2(2) with O_CLOEXEC.
  public init() throws(SystemCallError) {
    var (reading, writing): (CInt, CInt) = (-1, -1)
    let result = unsafe clinux_pipe(&reading, &writing)
    guard result == 0 else { throw SystemCallError("pipe2", on: "pipe") }
    reader = Descriptor(owning: reading)
    ownWriter = Descriptor(owning: writing)
  }

  /// The number of the writing end, which must not be closed yet.
  public var writerNumber: CInt {
    switch ownWriter {
    case .some(let writer): writer.number
    case nil: preconditionFailure("the writing end is closed")
    }
  }

  /// Closes the writing end, so that the pipe ends with those of others.
  public mutating func closeWriter() { ownWriter = nil }
}
