// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import HVTABI
internal import GuestMemory
public import Sandbox
internal import SystemCalls

/// Everything that decides what a machine is: an image, memory, arguments, devices, a console.
public struct MachineConfiguration: Sendable {
  /// The program.
  public let image: Image
  /// The guest's memory in bytes: a multiple of 2 MiB, at most 4 GiB. Reserved, not touched.
  public var memorySize: UInt64 = 512 << 20
  /// The guest's command line: at most 8191 bytes of UTF-8 without NUL.
  public var commandLine = ""
  /// Whether a Solo5 guest runs at privilege level 0, as its code expects, instead of at level 3 with
  /// its privileged instructions emulated. For comparison: it is then not sealed, and slow where KVM
  /// emulates that level.
  public var runsPrivileged = false
  /// Whether a guest that asks for queues gets them. Without, it makes hypercalls for its frames and
  /// sectors.
  public var offersQueues = true
  /// Where the queues are served.
  public var ioMode = IOMode.inline
  /// Whether requests to disks in files go through io_uring where the kernel permits it, many at once.
  /// Without, they are carried out one after the other.
  public var usesIOURing = true
  /// Where the guest's console output goes.
  public var console: any Console
  /// The walls that the process is put behind right before the guest's first instruction, for good; nil
  /// for none. Only for a process that runs this one machine with `runOnCurrentThread` on its only
  /// thread.
  public var sandbox: Sandbox?
  /// What the process writes to besides, behind those walls: descriptors that stay open.
  public var outputs: [CInt] = []
  /// Whether core files of the process have the guest's memory.
  public var dumpsMemory = false
  /// How long the machine may run, from the call of `run` on; nil for as long as it wants.
  public var timeLimit: Duration?
  /// How much of one processor the machine's threads may take together, in percent from 1 to 100; nil for
  /// as much as they want. Over it they sleep. It holds on average, with bursts of a twentieth of a second.
  public var processorQuota: Int?
  /// How many bytes a second the guest may write to its console, besides a burst; it waits for longer
  /// writes. Nil for as many as it wants.
  public var consoleRate: UInt64?
  /// How many bytes in all the guest may write to its console; the rest is dropped, and counted. Nil for
  /// as many as it wants.
  public var consoleLimit: UInt64?

  /// A thread that serves a machine's queues.
  public enum IOMode: String, CaseIterable, Sendable {
    /// The machine's own, which runs the guest: at doorbells, and while the guest waits.
    case inline
    /// One of its own, while the guest runs.
    case thread
  }

  /// What is attached to a device of the manifest.
  enum Attachment: Sendable {
    case net(any NetDevice)
    case block(any BlockDevice)

    var properties: DeviceProperties {
      switch self {
      case .net(let device): .net(mac: device.macAddress, mtu: device.mtu)
      case .block(let device):
        .block(
          capacity: device.capacity, blockSize: device.blockSize, isReadOnly: device.isReadOnly)
      }
    }
  }

  /// By handle; that of the reserved entry, 0, stays empty.
  private(set) var attachments: [Attachment?]
  private(set) var captures: [PacketCapture] = []
  /// What may go through each of them.
  private(set) var limits: [DeviceLimits]

  /// A machine that runs `image` with 512 MiB of memory, no arguments and nothing attached.
  public init(image: Image, console: any Console) {
    self.image = image
    self.console = console
    attachments = Array(repeating: nil, count: image.headers.manifest.devices.count + 1)
    limits = Array(repeating: DeviceLimits(), count: attachments.count)
  }

  /// Attaches `device` to the net device that the manifest declares as `name`, or without a name to
  /// the first one that has nothing attached. No more goes through it than `limits` says.
  public mutating func attach(
    net device: any NetDevice, as name: String? = nil, limits: DeviceLimits = DeviceLimits()
  ) throws(ConfigurationError) {
    let handle = try handle(for: .net, name)
    attachments[handle] = .net(device)
    self.limits[handle] = limits
  }

  /// Attaches `device` to the block device that the manifest declares as `name`, or without a name
  /// to the first one that has nothing attached. No more goes through it than `limits` says.
  public mutating func attach(
    block device: any BlockDevice, as name: String? = nil, limits: DeviceLimits = DeviceLimits()
  ) throws(ConfigurationError) {
    let handle = try handle(for: .block, name)
    attachments[handle] = .block(device)
    self.limits[handle] = limits
  }

  /// Has what crosses the net devices that are attached by now recorded in `capture`, where each is an
  /// interface of the device's name.
  public mutating func record(in capture: PacketCapture) {
    captures.append(capture)
    for entry in image.headers.manifest.devices {
      guard case .net(let device)? = attachments[entry.handle] else { continue }
      attachments[entry.handle] = .net(RecordedDevice(device, in: capture, as: entry.name))
    }
  }

  private func handle(
    for kind: DeviceKind, _ name: String?
  ) throws(ConfigurationError) -> Int {
    let devices = image.headers.manifest.devices.filter { $0.kind == kind }
    guard let name else {
      guard let free = devices.first(where: { attachments[$0.handle] == nil }) else {
        throw .noUnattachedDevice(kind)
      }
      return free.handle
    }
    guard let device = devices.first(where: { $0.name == name }) else {
      throw .unknownDevice(name, kind: kind, known: devices.map(\.name))
    }
    guard attachments[device.handle] == nil else { throw .attachedTwice(name) }
    return device.handle
  }

  /// The queues that the image asks for, from `start` on, with what the devices offer.
  func queueTable(at start: UInt64) throws(SystemCallError) -> QueueTable {
    var transmit = Array(repeating: QueueFeatures(), count: attachments.count)
    var receive = transmit
    let queues = offersQueues ? image.headers.queues : nil
    if let queues {
      for (handle, attachment) in attachments.enumerated() {
        guard case .net(let device)? = attachment else { continue }
        (transmit[handle], receive[handle]) = try device.negotiate(queues.accepts)
      }
    }
    return QueueTable(queues, of: image.headers.manifest, at: start) { device, kind in
      switch (kind, attachments[device.handle]) {
      case (.transmit, _): transmit[device.handle]
      case (.receive, _): receive[device.handle]
      case (.request, .block(let device)?): device.features
      case (.request, _): []
      }
    }
  }

  /// The privilege level of the guest's first instruction.
  var level: ProcessorState.Level { runsPrivileged ? .kernel : .user }

  /// Whether the guest expects CPL 0 and runs at CPL 3.
  var isDeprivileged: Bool { image.headers.native == nil && !runsPrivileged }

  /// Checks what can be known without a machine, and plans its memory.
  func validated() throws(ConfigurationError) -> MemoryMap {
    let sizes = GuestMemory.largePageSize...(4 << 30)
    guard sizes.contains(memorySize), memorySize % GuestMemory.largePageSize == 0 else {
      throw .memorySize(memorySize)
    }
    if runsPrivileged, image.headers.native != nil { throw .privilegedNative(name: image.name) }
    let map = MemoryMap(of: image.headers, memorySize: memorySize, withQueues: offersQueues)
    guard let map else {
      throw .memoryTooSmall(memorySize, needed: image.headers.minimumMemorySize)
    }
    let count = commandLine.utf8.count
    guard count <= CommandLineLimit.byteCount else { throw .commandLineTooLong(count: count) }
    guard !commandLine.utf8.contains(0) else { throw .commandLineHasNUL }
    let missing = image.headers.manifest.devices.filter { attachments[$0.handle] == nil }
    guard missing.isEmpty else {
      throw .notAttached(missing.map { "\($0.kind.word) device '\($0.name)'" })
    }
    try validateLimits()
    return map
  }
}

enum CommandLineLimit {
  /// HVT_COMMAND_LINE_MAX.
  static let byteCount = 8191
}
