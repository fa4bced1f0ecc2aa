// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestImage
internal import GuestMemory
internal import Glibc
internal import HVTABI

/// What the guest is told at entry: the boot information and what it points to.
struct BootInformation {
  /// Of a Solo5 guest, only the first member.
  let structure: NativeBootInfo
  let commandLine: [UInt8]
  let manifest: [UInt8]
  let queues: [QueueEntry]
  /// HVT_SEED_SIZE bytes; none for a Solo5 guest.
  let seed: [UInt64]

  init(
    _ configuration: MachineConfiguration, _ map: MemoryMap, _ queues: QueueTable,
    tscFrequency: UInt64
  ) {
    var structure = NativeBootInfo()
    structure.base.mem_size = map.memorySize
    structure.base.kernel_end = map.heap.lowerBound
    structure.base.cpu_cycle_freq = tscFrequency
    structure.base.cmdline = MemoryMap.commandLine
    structure.base.mft = MemoryMap.manifest
    let isNative = configuration.image.headers.native != nil
    if isNative {
      structure.version = 1
      structure.size = UInt32(MemoryLayout<NativeBootInfo>.size)
      structure.heap_start = map.heap.lowerBound
      structure.heap_end = map.heap.upperBound
      structure.stack_bottom = map.stack.lowerBound
      structure.stack_top = map.stack.upperBound
      structure.seed = map.seed
      if !queues.entries.isEmpty {
        structure.queues = MemoryMap.queueTable
        structure.queue_count = UInt32(queues.entries.count)
      }
    }
    self.queues = queues.entries
    self.structure = structure
    commandLine = Array(configuration.commandLine.utf8) + [0]
    manifest = configuration.image.headers.manifest.encoded { device in
      configuration.attachments[device.handle]?.properties
    }
    var generator = SystemRandomNumberGenerator()
    seed = isNative ? (0..<4).map { _ in generator.next() } : []
  }
}

extension GuestMemory {
  func install(_ information: BootInformation) {
    store(information.structure, at: GuestAddress(MemoryMap.bootInformation))
    store(bytes: information.commandLine, at: MemoryMap.commandLine)
    store(bytes: information.manifest, at: MemoryMap.manifest)
    for (index, entry) in information.queues.enumerated() {
      let offset = UInt64(index * MemoryLayout<QueueEntry>.size)
      store(entry, at: GuestAddress(MemoryMap.queueTable + offset))
    }
    store(words: information.seed, at: information.structure.seed)
  }

  func install(_ tables: PageTables) {
    precondition(tables.end <= MemoryMap.tenderEnd)
    for (index, table) in tables.tables.enumerated() {
      store(words: table, at: tables.base + UInt64(index) * MemoryRegion.pageSize)
    }
  }

  /// `withDoorbell` opens the doorbell's port to CPL 3 as well.
  func installDescriptorTables(withDoorbell: Bool = false) {
    store(
      words: DescriptorTables.gdt(taskState: MemoryMap.taskState), at: MemoryMap.descriptorTables)
    store(
      words: DescriptorTables.idt(stubs: MemoryMap.trapStubs),
      at: MemoryMap.descriptorTables + DescriptorTables.idtOffset)
    store(
      bytes: DescriptorTables.taskState(
        trapStackEnd: MemoryMap.trapStackEnd, withDoorbell: withDoorbell),
      at: MemoryMap.taskState)
    store(bytes: TrapStub.all(), at: MemoryMap.trapStubs)
  }

  private func store(bytes: [UInt8], at address: UInt64) {
    store(address, stride: 1, count: bytes.count) { buffer in
      for (index, byte) in bytes.enumerated() {
        buffer.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
  }

  private func store(words: [UInt64], at address: UInt64) {
    store(address, stride: 8, count: words.count) { buffer in
      for (index, word) in words.enumerated() {
        buffer.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
      }
    }
  }

  private func store(
    _ address: UInt64, stride: Int, count: Int, _ body: (inout MutableRawSpan) -> Void
  ) {
    let stored: Void? = withTenderAccess(
      at: GuestAddress(address), count: UInt64(stride * count), body)
    precondition(stored != nil, "the tender's own structures lie inside the memory")
  }
}
