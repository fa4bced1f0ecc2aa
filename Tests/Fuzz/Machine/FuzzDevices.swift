// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestImage
import HVTABI
import Sandbox
import Synchronization
import SystemCalls
import SystemPackage
import Tender

/// What the devices do, call after call.
struct Script {
  /// What happens at one call of a device.
  enum Event {
    /// It goes well.
    case success
    /// It fails, or there is no frame.
    case failure
    /// Meanwhile somebody writes to the guest's memory: 8 bytes, at a place that the guest may write.
    case write(UInt64, at: UInt64)
    /// The machine is told to stop.
    case stop
    /// A frame of this size comes, with its header.
    case frame(Int)
  }

  var events: [Event] = []
}

/// A guest's console, network and first disk, which follow a script.
final class FuzzDevices: Console, NetDevice, Sendable {
  let macAddress = MACAddress("02:00:00:00:00:01") ?? .random()
  let mtu: UInt16 = 1500
  /// No sandbox is entered.
  let descriptorAccess = DescriptorAccess()
  let hasHeaders = true
  private let isReadable: EventDescriptor
  private let state = Mutex(State())

  /// One run's.
  private struct State {
    var events: ArraySlice<Script.Event> = []
    /// Whether `isReadable` is raised.
    var isReady = false
    /// Where the guest's memory is.
    var memory: UInt = 0
    var machine: Machine?
  }

  init() {
    do {
      isReadable = try EventDescriptor()
    } catch {
      fatalError("\(error)")
    }
  }

  var disk: FuzzDisk { FuzzDisk(devices: self) }

  /// Begins a run of `machine`, whose memory is at `memory`.
  func begin(_ script: Script, _ machine: Machine, _ memory: UInt) {
    state.withLock { state in
      setReady(!script.events.isEmpty, &state)
      state.events = script.events[...]
      (state.machine, state.memory) = (machine, memory)
    }
  }

  /// Ends it. The machine knows the devices, and they know it no more.
  func end() { state.withLock { $0.machine = nil } }

  private func setReady(_ isReady: Bool, _ state: inout State) {
    if isReady == state.isReady { return }
    state.isReady = isReady
    if isReady { isReadable.raise() } else { isReadable.lower() }
  }

  /// The next event of the script, which has taken place.
  func next() -> Script.Event {
    state.withLock { state in
      guard let event = state.events.popFirst() else {
        setReady(false, &state)
        return .success
      }
      switch event {
      case .write(let value, let address):
        guard let memory = UnsafeMutableRawPointer(bitPattern: state.memory) else {
          fatalError("memory is not at 0")
        }
        memory.storeBytes(of: value, toByteOffset: Int(address), as: UInt64.self)
      case .stop: state.machine?.stop()
      case .success, .failure, .frame: break
      }
      return event
    }
  }

  func write(_ bytes: RawSpan, until stopDescriptor: CInt) {
    // A reader of all of it: the range must be there.
    var sum: UInt8 = 0
    for index in stride(from: 0, to: bytes.byteCount, by: 4096) {
      sum &+= bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
    _ = (sum, next())
  }

  var readinessDescriptor: CInt { isReadable.number }

  func negotiate(
    _ accepted: QueueFeatures
  ) throws(SystemCallError) -> (transmit: QueueFeatures, receive: QueueFeatures) {
    ([.checksum, .tso4, .tso6], accepted)
  }

  func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int? {
    guard case .frame(let size) = next() else { return nil }
    // No device returns a header without a frame.
    let count = min(max(size, MemoryLayout<NetHeader>.size + 1), buffer.byteCount)
    for index in 0..<count {
      buffer.storeBytes(of: UInt8(truncatingIfNeeded: index), toByteOffset: index, as: UInt8.self)
    }
    return count
  }

  func send(_ frame: RawSpan) throws(SystemCallError) {
    precondition(frame.byteCount >= 14 && frame.byteCount <= 65_562)
    _ = next()
  }
}

/// A disk that holds the machine to what a device is promised.
struct FuzzDisk: BlockDevice {
  static let capacity: UInt64 = 64 << 10
  var capacity: UInt64 { Self.capacity }
  let blockSize: UInt16 = 1024
  let isReadOnly = false
  let features: QueueFeatures = [.discard, .writeZeroes]
  let devices: FuzzDevices

  private func visit(_ offset: UInt64, _ count: Int) throws(Errno) {
    precondition(count > 0 && count % 1024 == 0 && offset % 1024 == 0)
    precondition(offset <= capacity && UInt64(count) <= capacity - offset)
    if case .failure = devices.next() { throw .ioError }
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    try visit(offset, buffer.byteCount)
    buffer.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0x5a) }
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    try visit(offset, bytes.byteCount)
  }

  func flush() throws(Errno) { if case .failure = devices.next() { throw .ioError } }

  func zero(at offset: UInt64, count: UInt64, isDiscard: Bool) throws(Errno) {
    try visit(offset, Int(count))
  }
}
