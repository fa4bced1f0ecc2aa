// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import Testing

@testable import KVM

@Suite struct RequestTests {
  /// A request's number in its parts (asm-generic/ioctl.h).
  private struct Parts: Equatable {
    var isRead: Bool
    var isWritten: Bool
    var size: Int
    var kind: UInt
    var index: UInt

    init(_ number: UInt) {
      isWritten = number >> 30 & 1 == 1
      isRead = number >> 31 & 1 == 1
      size = Int(number >> 16 & 0x3fff)
      kind = number >> 8 & 0xff
      index = number & 0xff
    }
  }

  /// A request and the size of the structure that it is paired with.
  struct Pair: CustomStringConvertible, Sendable {
    let number: UInt
    let description: String
    let size: Int

    init<Argument>(_ request: Request<Argument>) {
      number = request.number
      description = request.name.description
      size = MemoryLayout<Argument>.size
    }

    init(_ request: ValueRequest) {
      number = request.number
      description = request.name.description
      size = 0
    }
  }

  static let structureRequests = [
    Pair(.enableCapability), Pair(.setUserMemoryRegion), Pair(.getRegisters), Pair(.setRegisters),
    Pair(.getSpecialRegisters), Pair(.setSpecialRegisters), Pair(.setExtendedControlRegisters),
  ]

  static let valueRequests: [Pair] = [
    ValueRequest.getAPIVersion, .checkExtension, .getVCPUMappingSize, .createVM, .createVCPU, .run,
    .getTSCFrequency,
  ].map(Pair.init)

  /// KVMIO of linux/kvm.h.
  private static let kvm: UInt = 0xae

  @Test(arguments: structureRequests)
  func requestEncodesTheSizeOfItsStructure(request: Pair) {
    let parts = Parts(request.number)
    #expect(parts.kind == Self.kvm)
    #expect(parts.size == request.size)
    #expect(parts.isRead == request.description.hasPrefix("KVM_GET"))
    #expect(parts.isWritten == !request.description.hasPrefix("KVM_GET"))
  }

  @Test(arguments: valueRequests)
  func requestOfANumberEncodesNoStructure(request: Pair) {
    let parts = Parts(request.number)
    #expect(parts.kind == Self.kvm)
    #expect(parts.size == 0)
    #expect(!parts.isRead && !parts.isWritten)
  }

  @Test(
    arguments: [
      ("KVM_GET_API_VERSION", 0x00), ("KVM_CREATE_VM", 0x01), ("KVM_CHECK_EXTENSION", 0x03),
      ("KVM_GET_VCPU_MMAP_SIZE", 0x04), ("KVM_CREATE_VCPU", 0x41),
      ("KVM_SET_USER_MEMORY_REGION", 0x46), ("KVM_RUN", 0x80), ("KVM_GET_REGS", 0x81),
      ("KVM_SET_REGS", 0x82), ("KVM_GET_SREGS", 0x83), ("KVM_SET_SREGS", 0x84),
      ("KVM_GET_TSC_KHZ", 0xa3), ("KVM_ENABLE_CAP", 0xa3), ("KVM_SET_XCRS", 0xa7),
    ] as [(String, UInt)])
  func requestHasTheNumberOfItsName(name: String, index: UInt) throws {
    let all = Self.structureRequests + Self.valueRequests
    let request = try #require(all.first { $0.description == name })
    #expect(Parts(request.number).index == index)
  }

  @Test func everyRequestHasItsOwnNumber() {
    let all = Self.structureRequests + Self.valueRequests
    #expect(all.count == 14)
    #expect(Set(all.map(\.number)).count == all.count)
  }
}
