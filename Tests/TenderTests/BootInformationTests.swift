// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestImage
import GuestMemory
import HVTABI
import Testing

@testable import Tender

@Suite struct BootInformationTests {
  private static func information(
    _ image: ImageFixture = ImageFixture(), commandLine: String = "",
    attach: (inout MachineConfiguration) throws -> Void = { _ in }
  ) throws -> (BootInformation, MemoryMap) {
    var configuration = MachineConfiguration(image: try image.image(), console: BufferConsole())
    configuration.memorySize = 16 << 20
    configuration.commandLine = commandLine
    try attach(&configuration)
    let map = try configuration.validated()
    let queues = try configuration.queueTable(at: map.queues.lowerBound)
    return (BootInformation(configuration, map, queues, tscFrequency: 2_500_000_000), map)
  }

  @Test func structureDescribesTheMachine() throws {
    let structure = try Self.information().0.structure
    #expect(structure.base.mem_size == 16 << 20)
    #expect(structure.base.kernel_end == 0x10_4000)
    #expect(structure.base.cpu_cycle_freq == 2_500_000_000)
    #expect(structure.base.cmdline == 0x9000)
    #expect(structure.base.mft == 0xb000)
    #expect(structure.base.host_features == 0 && structure.base.guest_features == 0)
    #expect(structure.base.net_ring == 0)
    #expect(structure.version == 1 && structure.size == 120)
    #expect(structure.heap_start == 0x10_4000 && structure.heap_end == 0xfe_f000)
    #expect(structure.stack_bottom == 0xff_0000 && structure.stack_top == 0x100_0000)
    #expect(structure.seed == 0xff_ffc0)
  }

  @Test func solo5GuestGetsOnlyTheCommonPart() throws {
    let (information, _) = try Self.information(ImageFixture(stackSize: nil))
    let structure = information.structure
    #expect(structure.base.mem_size == 16 << 20)
    #expect(structure.base.kernel_end == 0x10_4000)
    #expect(structure.base.cmdline == 0x9000 && structure.base.mft == 0xb000)
    #expect(structure.base.host_features == 0 && structure.base.net_ring == 0)
    #expect(structure.version == 0 && structure.size == 0 && structure.seed == 0)
    #expect(structure.heap_start == 0 && structure.stack_top == 0)
    #expect(information.seed.isEmpty)
  }

  @Test func everyMachineHasASeedOfItsOwn() throws {
    let seeds = try (0..<10).map { _ in try Self.information().0.seed }
    #expect(seeds.allSatisfy { $0.count == 4 })
    #expect(Set(seeds.flatMap(\.self)).count == 40)
  }

  @Test(arguments: ["", "--ipv4=10.0.0.2/24", "é", String(repeating: "a", count: 8191)])
  func commandLineEndsWithNUL(text: String) throws {
    let information = try Self.information(commandLine: text).0
    #expect(information.commandLine == Array(text.utf8) + [0])
    #expect(information.commandLine.count <= 8192)
  }

  @Test func manifestTellsWhatIsAttached() throws {
    let link = try VirtualLink.pair(mtu: 1400).0
    let disk = MemoryBlockDevice(
      contents: [UInt8](repeating: 0, count: 8192), blockSize: 4096, isReadOnly: true)
    let image = ImageFixture(devices: [.net("service"), .block("storage")])
    let manifest = try Self.information(image) { configuration in
      try configuration.attach(net: link)
      try configuration.attach(block: disk)
    }.0.manifest
    #expect(manifest.count == 8 + 3 * 104)
    #expect(manifest.integer(at: 4, as: UInt32.self) == 3)
    let (net, block) = (8 + 104, 8 + 2 * 104)
    #expect(Array(manifest[net..<net + 8]) == Array("service\0".utf8))
    #expect(Array(manifest[net + 72..<net + 78]) == link.macAddress.octets)
    #expect(manifest.integer(at: net + 78, as: UInt16.self) == 1400)
    #expect(manifest[net + 96] == 1)
    #expect(manifest.integer(at: block + 72, as: UInt64.self) == 8192)
    #expect(manifest.integer(at: block + 80, as: UInt16.self) == 4096)
    #expect(manifest.integer(at: block + 82, as: UInt16.self) == 1, "HVT_BLOCK_READ_ONLY")
    #expect(manifest[block + 96] == 1)
  }

  @Test func everythingIsInstalledAtItsPlace() throws {
    let (information, map) = try Self.information(commandLine: "hello")
    let memory = try GuestMemory(byteCount: map.memorySize)
    memory.install(information)
    #expect(memory.word(at: 0x8000) == 16 << 20)
    #expect(memory.word(at: 0x8018) == 0x9000)
    #expect(memory.bytes(at: 0x9000, 6) == Array("hello\0".utf8))
    #expect(memory.bytes(at: 0xb000, information.manifest.count) == information.manifest)
    #expect((0..<4).map { memory.word(at: map.seed + $0 * 8) } == information.seed)
    // The return address and the words behind the seed.
    #expect(memory.word(at: map.initialStackPointer) == 0)
    #expect((4..<8).map { memory.word(at: map.seed + $0 * 8) } == [0, 0, 0, 0])
  }

  /// The largest of everything stays in its pages.
  @Test func largestManifestFitsItsPlace() throws {
    let disk = MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 512))
    let image = ImageFixture(devices: (1...63).map { .block("disk\($0)") })
    let information = try Self.information(image) { configuration in
      for _ in 1...63 { try configuration.attach(block: disk) }
    }.0
    #expect(UInt64(information.manifest.count) <= MemoryMap.queueTable - MemoryMap.manifest)
  }

  @Test func segmentsAreLoadedAtTheirAddresses() throws {
    var fixture = ImageFixture()
    fixture.segments[0].contents = [UInt8](1...255)
    fixture.segments[2].address = 0x10_2ffc
    fixture.segments[2].contents = [1, 2, 3, 4, 5, 6, 7, 8]
    let image = try fixture.image()
    let memory = try GuestMemory(byteCount: 2 << 20)
    try image.load(into: memory)
    #expect(memory.bytes(at: 0x10_0000, 257) == [UInt8](1...255) + [0, 0])
    #expect(memory.bytes(at: 0x10_2ff8, 16) == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    let file = try FileFixture(fixture.bytes)
    let other = try GuestMemory(byteCount: 2 << 20)
    try Image(path: file.path).load(into: other)
    #expect(memory.bytes(at: 0x10_0000, 0x4000) == other.bytes(at: 0x10_0000, 0x4000))
  }

  @Test func fileThatWasCutIsTold() throws {
    var fixture = ImageFixture()
    fixture.segments[2].contents = [1, 2, 3, 4]
    let file = try FileFixture(fixture.bytes)
    let image = try Image(path: file.path)
    file.resize(to: 4096)
    let memory = try GuestMemory(byteCount: 2 << 20)
    let error = #expect(throws: (any Error).self) { try image.load(into: memory) }
    #expect(error.map { "\($0)" } == "\(file.path): pread: Input/output error")
  }
}
