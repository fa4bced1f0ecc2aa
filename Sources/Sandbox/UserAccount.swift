// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemCalls
internal import Glibc
internal import SystemPackage

/// A user of the host and a group.
public struct UserAccount: Equatable, Sendable {
  /// The user's number.
  public let user: UInt32
  /// The group's number.
  public let group: UInt32

  /// The numbers `user` and `group`.
  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }

  /// Nobody: the number that stands for users without one.
  static let nobody = UserAccount(user: 65534, group: 65534)

  /// The user `name` of /etc/passwd with its group; nil where there is none. Other sources of users
  /// are not asked: a static executable cannot load what asks them.
  public init?(named name: String) throws(SystemCallError) {
    try self.init { $0.first == name[...] }
  }

  /// The user `number` with its group in /etc/passwd, else with the group of the same number.
  public init(number: UInt32) throws(SystemCallError) {
    let known = try UserAccount { $0[2] == "\(number)" }
    self = known ?? UserAccount(user: number, group: number)
  }

  /// The first account of /etc/passwd (passwd(5)) whose seven fields `matches` takes.
  private init?(where matches: ([Substring]) -> Bool) throws(SystemCallError) {
    for line in try Self.accounts().split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 7, matches(fields) else { continue }
      guard let user = UInt32(fields[2]), let group = UInt32(fields[3]) else { continue }
      self.init(user: user, group: group)
      return
    }
    return nil
  }

  private static func accounts() throws(SystemCallError) -> String {
    let path = "/etc/passwd"
    let file: Descriptor
    do throws(SystemCallError) {
      file = try Descriptor(opening: path, flags: O_RDONLY)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return "" }
      throw error
    }
    var bytes = [UInt8](repeating: 0, count: Int(try file.fileSize(name: path)))
    do throws(Errno) {
      var span = bytes.mutableSpan
      // SAFETY: any bytes are UInt8s.
      var buffer = unsafe span.mutableBytes
      let count = try file.read(at: 0, into: &buffer)
      bytes.removeLast(bytes.count - count)
    } catch {
      throw SystemCallError("pread", on: path, errno: error)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
