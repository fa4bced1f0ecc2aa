// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the event loop knows of a device: how to see what the tender has done for it.
class Port {
  /// The next device with queues, in the event loop's list.
  fileprivate(set) var next: Port?

  /// `poll` has reported the device. Devices with queues need not be told.
  func becameReady() {}

  /// Takes what the tender has used and wakes whoever waits for it; true when there was someone.
  func collect() -> Bool { false }

  /// Whether a queue asks for the doorbell. A fence has been executed.
  func needsDoorbell() -> Bool { false }

  /// Tells the tender what is to end the machine's sleep.
  func prepareToSleep() {}

  /// Whether there is something to collect that was not there when `collect` looked. A fence has been
  /// executed.
  func hasNews() -> Bool { false }
}

/// Devices with queues, in the order in which the program came to use them.
struct PortList {
  private var first: Port?

  var isEmpty: Bool { first == nil }

  mutating func add(_ port: Port) {
    port.next = first
    first = port
  }

  /// Calls `body` for each; true when one of the calls returns true.
  func any(_ body: (Port) -> Bool) -> Bool {
    var result = false
    var next = first
    while let port = next {
      result = body(port) || result
      next = port.next
    }
    return result
  }
}
