// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import SystemCalls

/// An ioctl of /dev/kvm or of a descriptor made by it, with the one type that it takes.
struct Request<Argument>: Sendable {
  let number: UInt
  let name: StaticString
}

/// A request that takes a plain number instead of a structure.
struct ValueRequest: Sendable {
  let number: UInt
  let name: StaticString
}

extension ValueRequest {
  static let getAPIVersion = Self(number: CLINUX_KVM_GET_API_VERSION, name: "KVM_GET_API_VERSION")
  static let checkExtension = Self(number: CLINUX_KVM_CHECK_EXTENSION, name: "KVM_CHECK_EXTENSION")
  static let getVCPUMappingSize = Self(
    number: CLINUX_KVM_GET_VCPU_MMAP_SIZE, name: "KVM_GET_VCPU_MMAP_SIZE")
  static let createVM = Self(number: CLINUX_KVM_CREATE_VM, name: "KVM_CREATE_VM")
  static let createVCPU = Self(number: CLINUX_KVM_CREATE_VCPU, name: "KVM_CREATE_VCPU")
  static let run = Self(number: CLINUX_KVM_RUN, name: "KVM_RUN")
  static let getTSCFrequency = Self(number: CLINUX_KVM_GET_TSC_KHZ, name: "KVM_GET_TSC_KHZ")
}

extension Request<kvm_enable_cap> {
  static let enableCapability = Self(number: CLINUX_KVM_ENABLE_CAP, name: "KVM_ENABLE_CAP")
}

extension Request<kvm_userspace_memory_region> {
  static let setUserMemoryRegion = Self(
    number: CLINUX_KVM_SET_USER_MEMORY_REGION, name: "KVM_SET_USER_MEMORY_REGION")
}

extension Request<kvm_ioeventfd> {
  static let setIOEventDescriptor = Self(number: CLINUX_KVM_IOEVENTFD, name: "KVM_IOEVENTFD")
}

extension Request<kvm_regs> {
  static let getRegisters = Self(number: CLINUX_KVM_GET_REGS, name: "KVM_GET_REGS")
  static let setRegisters = Self(number: CLINUX_KVM_SET_REGS, name: "KVM_SET_REGS")
}

extension Request<kvm_sregs> {
  static let getSpecialRegisters = Self(number: CLINUX_KVM_GET_SREGS, name: "KVM_GET_SREGS")
  static let setSpecialRegisters = Self(number: CLINUX_KVM_SET_SREGS, name: "KVM_SET_SREGS")
}

extension Request<kvm_xcrs> {
  static let setExtendedControlRegisters = Self(
    number: CLINUX_KVM_SET_XCRS, name: "KVM_SET_XCRS")
}

extension Descriptor {
  /// Makes `request` with `argument`, which the kernel reads or fills in.
  func perform<Argument: BitwiseCopyable>(
    _ request: Request<Argument>, _ argument: inout Argument
  ) throws(SystemCallError) {
    // SAFETY: a request's type is the structure that its number encodes.
    let result = unsafe withUnsafeMutablePointer(to: &argument) { pointer in
      retryingInterrupts { unsafe clinux_ioctl(number, request.number, pointer) }
    }
    if result == nil { throw SystemCallError(request.name, on: "/dev/kvm") }
  }

  /// Makes `request` with a plain number; what the kernel returned.
  @discardableResult
  func perform(_ request: ValueRequest, _ value: UInt = 0) throws(SystemCallError) -> CInt {
    let result = retryingInterrupts { clinux_ioctl_value(number, request.number, value) }
    guard let result else { throw SystemCallError(request.name, on: "/dev/kvm") }
    return result
  }
}
