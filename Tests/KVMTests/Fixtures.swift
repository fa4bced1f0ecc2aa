// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import SystemPackage
import Testing

@testable import KVM

/// /dev/kvm, which these tests cannot do without.
func openKVM() throws -> KVMSystem {
  do {
    return try KVMSystem()
  } catch {
    Issue.record("this test needs /dev/kvm: \(error)")
    throw error
  }
}

/// What the kernel would share with a vCPU, as a file of `byteCount` bytes.
struct RunFixture {
  static let byteCount = 8192
  /// Where the parts of kvm_run are (KVM API, section 5).
  enum Offset {
    static let exitReason = 8
    static let exit = 32
  }

  private var bytes = [UInt8](repeating: 0, count: byteCount)

  init(reason: UInt32) {
    put(reason, at: Offset.exitReason)
  }

  /// Overwrites the bytes from `offset` on with `value`.
  mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    for index in 0..<value.bitWidth / 8 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// KVM_EXIT_IO, with `data` as what was written.
  static func io(
    isWrite: Bool, size: UInt8, port: UInt16, count: UInt32 = 1, data: UInt32 = 0,
    dataOffset: UInt64 = 4096
  ) -> RunFixture {
    var fixture = RunFixture(reason: 2)
    fixture.put(UInt8(isWrite ? 1 : 0), at: Offset.exit)
    fixture.put(size, at: Offset.exit + 1)
    fixture.put(port, at: Offset.exit + 2)
    fixture.put(count, at: Offset.exit + 4)
    fixture.put(dataOffset, at: Offset.exit + 8)
    if dataOffset <= UInt64(byteCount - 4) { fixture.put(data, at: Int(dataOffset)) }
    return fixture
  }

  /// What the mapping says of it.
  func exit() throws -> VCPUExit {
    var path = Array("/tmp/hvtrun-test-XXXXXX".utf8CString)
    let number = unsafe mkstemp(&path)
    guard number >= 0 else { throw Errno.current }
    unsafe unlink(&path)
    let file = Descriptor(owning: number)
    // SAFETY: integers have no padding.
    unsafe try file.write(bytes.span.bytes, at: 0)
    return try RunMapping(of: file, byteCount: Self.byteCount).exit()
  }
}
