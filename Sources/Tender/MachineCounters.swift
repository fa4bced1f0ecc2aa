// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import HVTABI

/// What a machine counts while it runs: `MachineStatistics` in the making. The counters of a device
/// belong to the thread that serves it, the others to the machine's thread.
final class MachineCounters: Sendable {
  let exits = Counter()
  let hypercalls: [9 of Counter] = InlineArray { _ in Counter() }
  let doorbells = Counter()
  let traps = Counter()
  let interruptions = Counter()
  let consoleBytes = Counter()
  let droppedConsoleBytes = Counter()
  private let devices: [DeviceCounters]

  init(_ manifest: Manifest) {
    devices = manifest.devices.map { DeviceCounters($0) }
    precondition(hypercalls.count == Int(Hypercall.halt.rawValue) + 1)
  }

  /// The counters of the device with `handle`.
  subscript(handle: UInt64) -> DeviceCounters { devices[Int(handle) - 1] }

  /// What was counted until now.
  var statistics: MachineStatistics {
    var values = MachineStatistics()
    values.exits = exits.value
    values.hypercalls = hypercalls.indices.map { hypercalls[$0].value }
    values.doorbells = doorbells.value
    values.traps = traps.value
    values.interruptions = interruptions.value
    values.consoleBytes = consoleBytes.value
    values.droppedConsoleBytes = droppedConsoleBytes.value
    values.devices = devices.map(\.statistics)
    return values
  }
}

/// What is counted of one device.
final class DeviceCounters: Sendable {
  let traffic = Traffic()
  let requests = Requests()
  private let device: Manifest.Device

  init(_ device: Manifest.Device) { self.device = device }

  /// `MachineStatistics.Traffic` in the making.
  struct Traffic: ~Copyable {
    let received = Counter()
    let receivedBytes = Counter()
    let sent = Counter()
    let sentBytes = Counter()
    let refused = Counter()
    let batches = Counter()
    let exhausted = Counter()
  }

  /// `MachineStatistics.Requests` in the making.
  struct Requests: ~Copyable {
    let reads = Counter()
    let readBytes = Counter()
    let writes = Counter()
    let writtenBytes = Counter()
    let others = Counter()
    let errors = Counter()
    let nanoseconds = Counter()
    let longestNanoseconds = Counter()

    /// Counts a request that began at `start`, a time of CLOCK_MONOTONIC in nanoseconds.
    func add(from start: UInt64, to end: UInt64) {
      nanoseconds.add(end &- start)
      longestNanoseconds.raise(to: end &- start)
    }
  }

  fileprivate var statistics: MachineStatistics.Device {
    var values = MachineStatistics.Device(name: device.name, kind: device.kind)
    values.traffic = .init(
      received: traffic.received.value, receivedBytes: traffic.receivedBytes.value,
      sent: traffic.sent.value, sentBytes: traffic.sentBytes.value,
      refused: traffic.refused.value, batches: traffic.batches.value,
      exhausted: traffic.exhausted.value)
    values.requests = .init(
      reads: requests.reads.value, readBytes: requests.readBytes.value,
      writes: requests.writes.value, writtenBytes: requests.writtenBytes.value,
      others: requests.others.value, errors: requests.errors.value,
      nanoseconds: requests.nanoseconds.value,
      longestNanoseconds: requests.longestNanoseconds.value)
    return values
  }
}
