// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import PCAPNG
internal import Sandbox
internal import Synchronization
public import SystemCalls

/// A file in the pcapng format in which the frames of net devices are recorded: whole, in order, and
/// as the guest sends and gets them, which may be up to 64 KiB with checksums left open.
///
/// What is recorded reaches the file within about a tenth of a second while a machine runs. When the file can take no more,
/// the capture ends, with whole blocks, and the machine goes on.
public final class PacketCapture: Sendable {
  private let file: CaptureFile
  /// Writes the file while nobody else does, from the first run of a machine on. Ends with its owner.
  private let thread = Mutex<JoinedThread?>(nil)

  /// Creates the file at `path`, or empties it. `onFailure` is told, once and from any thread, when
  /// it could not be written later.
  public init(
    path: String, onFailure: @escaping @Sendable (SystemCallError) -> Void
  ) throws(SystemCallError) {
    file = try CaptureFile(path: path, onFailure: onFailure)
  }

  deinit { file.end.raise() }

  /// The file, and the events of the thread that writes it.
  var descriptorAccess: DescriptorAccess { file.descriptorAccess }

  /// Starts the thread that writes the file, unless it runs, which enters its sandbox first.
  func start(
    entering enter: @escaping @Sendable () throws(MachineError) -> Void
  ) throws(MachineError) {
    try thread.withLock { thread throws(MachineError) in
      if thread != nil { return }
      thread = try JoinedThread(
        failed: MachineError.systemCall, entering: enter
      ) { [file] in file.writeRegularly() }
    }
  }

  /// Writes what was recorded until now.
  public func flush() { file.write() }

  /// Adds the interface `name`: its number.
  func addInterface(name: String, _ device: any NetDevice) -> UInt32 {
    file.add { $0.addInterface(name: name, macAddress: device.macAddress.octets) }
  }

  /// Records a frame that had `originalCount` bytes, of which `appendFrame` appends those that there
  /// are. `time` is in nanoseconds since 1970.
  func record(
    on interface: UInt32, _ direction: BlockEncoder.Direction, at time: UInt64,
    originalCount: Int, _ appendFrame: (inout [UInt8]) -> Void
  ) {
    file.add {
      $0.addPacket(on: interface, direction, at: time, originalCount: originalCount, appendFrame)
    }
  }
}
