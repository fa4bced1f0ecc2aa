// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How much may go through a device.
///
/// A net device has both limits in each direction. What a guest sends over them waits in its queue, or in
/// its hypercall, and what comes for it waits in the device, which drops what it has no room for. A block
/// device has them for all of its requests, which wait.
public struct DeviceLimits: Equatable, Sendable {
  /// Bytes of frames, or of the data of requests, a second; nil for as many as there are.
  public var bytesPerSecond: UInt64?
  /// Frames, or requests, a second; nil for as many as there are.
  public var operationsPerSecond: UInt64?

  /// No limits, or those that are given.
  public init(bytesPerSecond: UInt64? = nil, operationsPerSecond: UInt64? = nil) {
    self.bytesPerSecond = bytesPerSecond
    self.operationsPerSecond = operationsPerSecond
  }

  /// Whether there is a limit.
  var isEmpty: Bool { bytesPerSecond == nil && operationsPerSecond == nil }
}

/// The limits of a device without queues while its machine runs.
struct HypercallLimiter {
  /// For what a net device receives.
  let inbound: DeviceLimiter
  /// For what it sends, and for all requests of a block device.
  let outbound: DeviceLimiter

  /// Nil when there is nothing to limit.
  init?(_ limits: DeviceLimits) {
    guard let inbound = DeviceLimiter(limits), let outbound = DeviceLimiter(limits) else {
      return nil
    }
    (self.inbound, self.outbound) = (inbound, outbound)
  }
}

/// The limits of one direction of a device while its machine runs. One thread uses it.
final class DeviceLimiter {
  private var bytes: TokenBucket?
  private var operations: TokenBucket?

  /// Nil when there is nothing to limit.
  init?(_ limits: DeviceLimits) {
    if limits.isEmpty { return nil }
    bytes = limits.bytesPerSecond.map { TokenBucket(unitsPerSecond: $0) }
    operations = limits.operationsPerSecond.map { TokenBucket(unitsPerSecond: $0) }
  }

  /// How long nothing may pass, in nanoseconds; 0 when something may.
  func wait(at now: UInt64) -> UInt64 {
    max(bytes?.wait(at: now) ?? 0, operations?.wait(at: now) ?? 0)
  }

  /// Counts one frame or request, of `count` bytes.
  func charge(_ count: UInt64, at now: UInt64) {
    bytes?.charge(count, at: now)
    operations?.charge(1, at: now)
  }
}
