// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestImage
import SystemCalls
import SystemPackage
import Tender

/// A net device that is always ready and never there.
final class GoneDevice: NetDevice {
  let macAddress = MACAddress.random()
  let mtu: UInt16 = 1500
  private let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)

  deinit { close(null) }

  var readinessDescriptor: CInt { null }

  func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int? {
    throw SystemCallError("read", on: "gone", errno: .badFileDescriptor)
  }

  func send(_ frame: RawSpan) throws(SystemCallError) {
    throw SystemCallError("write", on: "gone", errno: .badFileDescriptor)
  }
}

/// A disk that cannot be read or written.
struct BrokenDisk: BlockDevice {
  let capacity: UInt64 = 1 << 20
  let blockSize: UInt16 = 512
  let isReadOnly = false

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    throw .ioError
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    throw .noSpace
  }
}
