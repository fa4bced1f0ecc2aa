// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc

/// The processors that threads of this process may use.
enum Processors {
  private typealias Affinity = @convention(c) (CInt, Int, UnsafeMutablePointer<UInt64>) -> CInt

  /// Calls `body` while this thread stays on the processor at `index` of those it may use: two threads
  /// that are to run at the same time must not be on one.
  static func stay<Result>(on index: Int, _ body: () throws -> Result) rethrows -> Result {
    let before = call("sched_getaffinity", on: [UInt64](repeating: 0, count: 16))
    let processors = (0..<64 * before.count).filter {
      before[$0 / 64] & 1 << UInt64($0 % 64) != 0
    }
    guard index < processors.count else { return try body() }
    var one = [UInt64](repeating: 0, count: before.count)
    one[processors[index] / 64] = 1 << UInt64(processors[index] % 64)
    _ = call("sched_setaffinity", on: one)
    defer { _ = call("sched_setaffinity", on: before) }
    return try body()
  }

  /// Glibc declares the two calls only as extensions.
  private static func call(_ name: String, on set: [UInt64]) -> [UInt64] {
    var set = set
    guard let symbol = unsafe dlsym(nil, name) else { return set }
    let function = unsafe unsafeBitCast(symbol, to: Affinity.self)
    _ = unsafe function(0, 8 * set.count, &set)
    return set
  }
}
