// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc

extension MachineProcessConfiguration {
  /// Where hvtrun is.
  func executablePath() throws(MachineProcessError) -> String {
    let path = executable ?? Self.environmentPath ?? Self.neighborPath
    guard unsafe access(path, X_OK) == 0 else { throw .notFound(tried: path) }
    return path
  }

  private static var environmentPath: String? {
    guard let value = unsafe getenv("HVTRUN"), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }

  /// The file `hvtrun` beside this process's program.
  private static var neighborPath: String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
    let path = bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = path.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? []
    return String(decoding: folder, as: UTF8.self) + "/hvtrun"
  }
}
