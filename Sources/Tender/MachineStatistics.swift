// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HVTABI

/// What a machine has done since its start.
public struct MachineStatistics: Equatable, Sendable {
  /// Returns of KVM_RUN to the tender, of which the next four are the usual reasons.
  public var exits: UInt64 = 0
  /// Hypercalls by their numbers; the one with number 0 does not exist.
  public var hypercalls = [UInt64](repeating: 0, count: Int(Hypercall.halt.rawValue) + 1)
  /// Doorbells of queues.
  public var doorbells: UInt64 = 0
  /// Exceptions of a Solo5 guest, most of them emulated instructions.
  public var traps: UInt64 = 0
  /// Signals to the machine's thread.
  public var interruptions: UInt64 = 0
  /// Bytes that the guest wrote to its console.
  public var consoleBytes: UInt64 = 0
  /// Bytes that it wrote besides and that the limit of its console dropped.
  public var droppedConsoleBytes: UInt64 = 0
  /// The devices, in the order of the manifest.
  public internal(set) var devices: [Device] = []

  /// Frames received and sent, of all devices.
  public var frames: UInt64 {
    devices.reduce(0) { $0 + $1.traffic.received + $1.traffic.sent }
  }

  /// What went through one device.
  public struct Device: Equatable, Sendable {
    /// What the program calls it.
    public let name: String
    /// What it is.
    public let kind: DeviceKind
    /// Frames, of a net device.
    public var traffic = Traffic()
    /// Requests, of a block device.
    public var requests = Requests()
  }

  /// What went through a net device.
  public struct Traffic: Equatable, Sendable {
    /// Frames that the guest got.
    public var received: UInt64 = 0
    /// The bytes of those.
    public var receivedBytes: UInt64 = 0
    /// Frames that the guest sent.
    public var sent: UInt64 = 0
    /// The bytes of those.
    public var sentBytes: UInt64 = 0
    /// Frames of the guest that are none that the device takes.
    public var refused: UInt64 = 0
    /// How often a queue was looked at and had frames; 0 without queues.
    public var batches: UInt64 = 0
    /// How often a receive queue had no buffer left.
    public var exhausted: UInt64 = 0
  }

  /// What went through a block device.
  public struct Requests: Equatable, Sendable {
    /// Reads.
    public var reads: UInt64 = 0
    /// The bytes of those.
    public var readBytes: UInt64 = 0
    /// Writes.
    public var writes: UInt64 = 0
    /// The bytes of those.
    public var writtenBytes: UInt64 = 0
    /// Flushes, discards and writes of zeros.
    public var others: UInt64 = 0
    /// Requests that failed.
    public var errors: UInt64 = 0
    /// Nanoseconds that all requests took.
    public var nanoseconds: UInt64 = 0
    /// Nanoseconds that the longest took.
    public var longestNanoseconds: UInt64 = 0
  }
}
