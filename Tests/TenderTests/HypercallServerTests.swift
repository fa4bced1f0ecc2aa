// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import GuestMemory
import HVTABI
import Sandbox
import KVM
import SystemCalls
import SystemPackage
import Testing

@testable import Tender

/// What a guest cannot bring about or a virtual machine cannot show: exits of every kind, and devices
/// that fail.
@Suite struct HypercallServerTests {
  /// Where argument blocks and buffers are: the heap.
  private static let block: UInt64 = 0x20_0000
  private static let buffer: UInt64 = 0x20_1000

  /// How serving `exit` ends, for a machine with `devices`.
  private static func serve(
    _ exit: VCPUExit, _ memory: borrowing GuestMemory, console: any Console = BufferConsole(),
    devices: [ImageFixture.Device] = [], withQueues: Bool = false,
    attach: (inout MachineConfiguration) throws -> Void = { _ in }
  ) throws -> Result<MachineOutcome?, ServiceError> {
    var fixture = ImageFixture(devices: devices)
    if withQueues { fixture.queues = (receive: 8, transmit: 8, request: 8, accepts: 0) }
    let image = try fixture.image()
    var configuration = MachineConfiguration(image: image, console: console)
    try attach(&configuration)
    let (counters, stop) = (MachineCounters(image.headers.manifest), try StopSignal())
    let table = try configuration.queueTable(at: 0x30_0000)
    let queues = QueueServer(configuration, table, counters, stop: stop)
    var server = HypercallServer(configuration, queues, counters, stop: stop)
    do throws(ServiceError) {
      return .success(try server.serve(exit, in: memory))
    } catch {
      return .failure(error)
    }
  }

  private static func call(_ call: Hypercall, at address: UInt64 = block) -> VCPUExit {
    .portWrite(port: call.port, size: 4, count: 1, value: UInt32(address))
  }

  @Test(
    arguments: [
      (.portWrite(port: 0x500, size: 4, count: 1, value: 0), .portWrite(port: 0x500, size: 4)),
      (.portWrite(port: 0x509, size: 4, count: 1, value: 0), .portWrite(port: 0x509, size: 4)),
      (.portWrite(port: 0x502, size: 2, count: 1, value: 0), .portWrite(port: 0x502, size: 2)),
      (.portWrite(port: 0x502, size: 4, count: 2, value: 0), .portWrite(port: 0x502, size: 4)),
      (.portRead(port: 0x502, size: 1, count: 1), .portRead(port: 0x502, size: 1)),
      (.shutdown, .shutdown), (.entryFailed(reason: 7), .entryFailed(reason: 7)),
      (.internalError(suberror: 1), .internalError(suberror: 1)),
      (.memoryAccess(address: 0, isWrite: true), .unexpectedExit(reason: 6)),
      (.halted, .halted), (.other(reason: 99), .unexpectedExit(reason: 99)),
    ] as [(VCPUExit, GuestFault.Cause)])
  func exitThatIsNoHypercallIsAFault(exit: VCPUExit, cause: GuestFault.Cause) throws {
    let result = try Self.serve(exit, try memoryFixture())
    guard case .failure(.guest(let fault)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(fault == GuestFault(cause))
  }

  @Test func interruptionIsNothing() throws {
    let result = try Self.serve(.interrupted, try memoryFixture())
    guard case .success(nil) = result else {
      Issue.record("\(result)")
      return
    }
  }

  @Test func trapStubReportsItsException() throws {
    let exit = VCPUExit.portWrite(port: 0x80 + 14, size: 4, count: 1, value: 0)
    let result = try Self.serve(exit, try memoryFixture())
    guard case .failure(.guest(let fault)) = result, case .exception(let exception) = fault.cause
    else {
      Issue.record("\(result)")
      return
    }
    #expect(exception.vector == 14)
  }

  // MARK: - Devices that fail

  private struct BrokenDevice: NetDevice, BlockDevice, Console {
    var descriptorAccess: DescriptorAccess { DescriptorAccess() }
    var macAddress: MACAddress { .random() }
    var mtu: UInt16 { 1500 }
    var readinessDescriptor: CInt { -1 }
    var capacity: UInt64 { 1 << 20 }
    var blockSize: UInt16 { 512 }
    var isReadOnly: Bool { false }

    private static let error = SystemCallError("write", on: "broken", errno: .ioError)

    func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int? {
      throw Self.error
    }
    func send(_ frame: RawSpan) throws(SystemCallError) { throw Self.error }
    func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) { throw .ioError }
    func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) { throw .ioError }
    func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
      throw Self.error
    }
  }

  @Test(arguments: [Hypercall.puts, .netWrite, .netRead])
  func consoleOrInterfaceThatFailsEndsTheMachine(call: Hypercall) throws {
    let memory = try memoryFixture()
    // The three blocks begin alike but for the handle, which puts does not have.
    var block: [UInt64] = [1, Self.buffer, 60, 0]
    if call == .puts { block.removeFirst() }
    memory.store(words: block, at: Self.block)
    let result = try Self.serve(
      Self.call(call), memory, console: BrokenDevice(), devices: [.net("service")]
    ) { try $0.attach(net: BrokenDevice()) }
    guard case .failure(.host(let error)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(error.description == "broken: write: Input/output error")
  }

  /// A device is used through its queues or by hypercalls, never both.
  @Test(arguments: [Hypercall.blockRead, .blockWrite, .netRead, .netWrite])
  func deviceWithQueuesTakesNoHypercalls(call: Hypercall) throws {
    let isBlock = call == .blockRead || call == .blockWrite
    for withQueues in [true, false] {
      let memory = try memoryFixture()
      // The net devices' blocks have no offset, and their result a word earlier.
      let block: [UInt64] = isBlock ? [1, 0, Self.buffer, 512, 0x5a] : [2, Self.buffer, 60, 0x5a]
      memory.store(words: block, at: Self.block)
      let result = try Self.serve(
        Self.call(call), memory, devices: [.block("storage"), .net("service")],
        withQueues: withQueues
      ) { configuration in
        try configuration.attach(
          block: MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 512)))
        try configuration.attach(net: VirtualLink.pair().0)
      }
      guard case .success(nil) = result else {
        Issue.record("\(result)")
        return
      }
      let expected: HypercallResult = withQueues ? .invalid : call == .netRead ? .again : .ok
      let returned = memory.word(at: Self.block + (isBlock ? 32 : 24)) ?? 0
      #expect(UInt32(truncatingIfNeeded: returned) == UInt32(bitPattern: expected.rawValue))
    }
  }

  @Test(arguments: [Hypercall.blockRead, .blockWrite])
  func diskThatFailsIsToldToTheGuest(call: Hypercall) throws {
    let memory = try memoryFixture()
    // Both calls have the same block.
    memory.store(words: [1, 0, Self.buffer, 512, .max], at: Self.block)
    let result = try Self.serve(Self.call(call), memory, devices: [.block("storage")]) {
      try $0.attach(block: BrokenDevice())
    }
    guard case .success(nil) = result else {
      Issue.record("\(result)")
      return
    }
    let returned = memory.bytes(at: Self.block + 32, 4)
    #expect(returned == [3, 0, 0, 0], "HVT_EUNSPEC")
  }
}
