// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing

@Suite struct HypercallTests {
  @Test(arguments: zip(Hypercall.allCases, UInt16(0x501)...0x508))
  func portsAreConsecutive(call: Hypercall, port: UInt16) {
    #expect(call.port == port)
    #expect(Hypercall(port: port) == call)
  }

  @Test(arguments: [0, 0x4ff, 0x500, 0x509, 0x600, .max] as [UInt16])
  func otherPortsMakeNoCall(port: UInt16) {
    #expect(Hypercall(port: port) == nil)
  }

  @Test func layoutsAreTheSpecifications() {
    #expect(MemoryLayout<WalltimeCall>.size == 8)
    #expect(MemoryLayout<PutsCall>.size == 16)
    #expect(MemoryLayout<PollCall>.size == 24)
    #expect(MemoryLayout<PollCall>.offset(of: \.ret) == 16)
    #expect(MemoryLayout<BlockWriteCall>.size == 40)
    #expect(MemoryLayout<BlockReadCall>.offset(of: \.ret) == 32)
    #expect(MemoryLayout<NetWriteCall>.offset(of: \.ret) == 24)
    #expect(MemoryLayout<NetReadCall>.size == 32)
    #expect(MemoryLayout<HaltCall>.offset(of: \.exit_status) == 8)
    #expect(MemoryLayout<BootInfo>.size == 56)
    #expect(MemoryLayout<NativeBootInfo>.size == 120)
    #expect(MemoryLayout<NativeBootInfo>.offset(of: \.seed) == 96)
    #expect(MemoryLayout<NativeBootInfo>.offset(of: \.queues) == 104)
    #expect(MemoryLayout<NativeNote>.size == 16)
    #expect(MemoryLayout<QueueNote>.size == 16)
    #expect(MemoryLayout<QueueEntry>.size == 40)
    #expect(MemoryLayout<QueueDescriptor>.size == 16)
    #expect(MemoryLayout<NetHeader>.size == 12)
    #expect(MemoryLayout<BlockRequestHeader>.size == 16)
  }
}
