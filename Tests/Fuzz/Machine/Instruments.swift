// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import Tender

/// What the guests of all benches are run with, one at a time: their devices, and a watch.
final class Instruments {
  private let devices: FuzzDevices
  private let file: FileBlockDevice
  /// Stops a guest that goes on for too long, with the signal that stops a machine. It is sent once: a
  /// tender that loses it hangs.
  private let watch: ThreadTimer

  /// How long a guest may take. Most take less, and one in ten loops or waits for what never comes and
  /// takes all of it, so that it decides how many guests run in a second.
  private static let longest: UInt64 = 1_000_000

  /// On the thread that runs the guests.
  init() throws {
    devices = FuzzDevices()
    file = try FileBlockDevice(path: Self.makeFile())
    watch = try ThreadTimer(.monotonic, signal: Machine.stopSignalNumber)
  }

  private static func makeFile() -> String {
    let path = "/tmp/machine-fuzzer-\(getpid())"
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0 && ftruncate(descriptor, off_t(FuzzDisk.capacity)) == 0)
    close(descriptor)
    // The lock of the device keeps others out; its name is of no further use.
    atexit { unlink("/tmp/machine-fuzzer-\(getpid())") }
    return path
  }

  /// A machine of `image` and these devices.
  func configuration(_ image: Image, _ kind: GuestKind) throws -> MachineConfiguration {
    var configuration = MachineConfiguration(image: image, console: devices)
    configuration.memorySize = GuestKind.memorySize
    configuration.offersQueues = kind.hasQueues
    configuration.usesIOURing = kind.usesIOURing
    configuration.ioMode = kind.hasThread ? .thread : .inline
    try configuration.attach(net: devices, limits: kind.limits)
    try configuration.attach(block: devices.disk, limits: kind.limits)
    try configuration.attach(block: file, limits: kind.limits)
    return configuration
  }

  /// Begins a run of `machine`, whose memory is at `memory`, with devices that follow `script`. As the
  /// machine's thread: the signal of the watch is lost where it is not blocked.
  func begin(_ script: Script, _ machine: Machine, _ memory: UInt) throws {
    devices.begin(script, machine, memory)
    try watch.arm(after: Self.longest)
  }

  /// Ends it.
  func end() { devices.end() }
}
