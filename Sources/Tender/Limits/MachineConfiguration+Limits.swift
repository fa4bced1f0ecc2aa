// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage

extension MachineConfiguration {
  /// The shares of a processor that can be given, in percent.
  public static let processorQuotas = 1...100

  /// Whether a device has limits.
  var hasDeviceLimits: Bool { limits.contains { !$0.isEmpty } }

  /// The time limit in nanoseconds, in a valid configuration.
  var timeLimitNanoseconds: UInt64? { timeLimit.flatMap(\.wholeNanoseconds) }

  /// Checks the limits.
  func validateLimits() throws(ConfigurationError) {
    if let timeLimit, timeLimit.wholeNanoseconds == nil { throw .timeLimit(timeLimit) }
    if let quota = processorQuota, !Self.processorQuotas.contains(quota) {
      throw .processorQuota(quota)
    }
    if consoleRate == 0 { throw .zeroLimit(of: "the console") }
    for entry in image.headers.manifest.devices {
      let limits = limits[entry.handle]
      if limits.bytesPerSecond == 0 || limits.operationsPerSecond == 0 {
        throw .zeroLimit(of: "device '\(entry.name)'")
      }
    }
  }
}

extension Duration {
  /// The duration in nanoseconds, rounded up; nil when it is not positive, or longer than 292 years.
  fileprivate var wholeNanoseconds: UInt64? {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0, seconds < Int64.max / 1_000_000_000 else { return nil }
    let nanoseconds =
      UInt64(seconds) * 1_000_000_000 + (UInt64(attoseconds) + 999_999_999) / 1_000_000_000
    return nanoseconds > 0 ? nanoseconds : nil
  }
}
