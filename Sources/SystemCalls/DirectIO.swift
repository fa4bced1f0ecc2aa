// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// What a file demands of direct I/O.
public struct DirectAlignment: Equatable, Sendable {
  /// What addresses are multiples of.
  public let memory: Int
  /// What offsets and lengths are multiples of.
  public let length: Int

  /// Addresses in multiples of `memory`, offsets and lengths in multiples of `length`.
  public init(memory: Int, length: Int) {
    self.memory = memory
    self.length = length
  }

  /// Whether `bytes` need not be copied.
  public func fits(_ bytes: RawSpan) -> Bool {
    unsafe bytes.withUnsafeBytes { bytes in
      UInt(bitPattern: bytes.baseAddress) % UInt(memory) == 0 && bytes.count % length == 0
    }
  }
}

extension Descriptor {
  /// Makes transfers wait, which is what files do, and says whether they bypass the page cache
  /// (fcntl(2), O_DIRECT). EINVAL where the file system cannot. Reads leave no time of access on a file
  /// that is ours (O_NOATIME).
  public func setTransfers(isDirect: Bool, name: String) throws(SystemCallError) {
    let flags = fcntl(number, F_GETFL)
    guard flags >= 0 else { throw SystemCallError("fcntl", on: name) }
    let wanted = (flags & ~O_NONBLOCK & ~CLINUX_DIRECT) | (isDirect ? CLINUX_DIRECT : 0)
    if fcntl(number, F_SETFL, wanted | CLINUX_NOATIME) >= 0 { return }
    guard fcntl(number, F_SETFL, wanted) >= 0 else { throw SystemCallError("fcntl", on: name) }
  }

  /// What direct I/O demands (statx(2), STATX_DIOALIGN); nil when the file does none. What the
  /// kernel does not tell is taken to be whole pages of memory and sectors of 512 bytes.
  public func directAlignment(name: String) throws(SystemCallError) -> DirectAlignment? {
    var (memory, length) = (UInt32(AlignedBuffer.alignment), UInt32(512))
    guard unsafe clinux_direct_alignment(number, &memory, &length) == 0 else {
      throw SystemCallError("statx", on: name)
    }
    guard memory > 0, length > 0 else { return nil }
    return DirectAlignment(memory: Int(memory), length: Int(length))
  }
}
