// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import SystemCalls
internal import Glibc
internal import SystemPackage

/// A control group of version 2, which limits and counts what the processes in it use.
public struct ControlGroup: ~Copyable {
  private let processes: Descriptor
  private let path: String

  /// The group whose folder is at `path`.
  public init(path: String) throws(SandboxError) {
    let file: Descriptor
    do throws(SystemCallError) {
      file = try Descriptor(opening: path + "/cgroup.procs", flags: O_WRONLY)
    } catch {
      throw error.errno == .noSuchFileOrDirectory ? .noControlGroup(path) : .step(error)
    }
    guard csandbox_is_cgroup(file.number) else { throw .noControlGroup(path) }
    processes = file
    self.path = path
  }

  /// Moves this process into the group, with all its threads and with what it starts.
  public borrowing func join() throws(SandboxError) {
    let own: [UInt8] = [UInt8(ascii: "0")]
    do throws(Errno) {
      // SAFETY: bytes have no padding.
      _ = try processes.write(unsafe own.span.bytes)
    } catch {
      throw .step(SystemCallError("write", on: path, errno: error))
    }
  }
}
