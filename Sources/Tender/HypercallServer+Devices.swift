// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import SystemCalls
internal import SystemPackage

extension HypercallServer {
  /// Bytes of an Ethernet header, and of an 802.1Q tag that may follow it.
  private static var ethernetHeaderSize: UInt64 { 14 }
  private static var vlanTagSize: UInt64 { 4 }

  private func netDevice(_ handle: UInt64) -> (any NetDevice)? {
    guard handle < UInt64(configuration.attachments.count),
      case .net(let device)? = configuration.attachments[Int(handle)]
    else { return nil }
    return device
  }

  private func blockDevice(_ handle: UInt64) -> (any BlockDevice)? {
    guard handle < UInt64(configuration.attachments.count),
      case .block(let device)? = configuration.attachments[Int(handle)]
    else { return nil }
    return device
  }

  /// Whether `count` bytes at `offset` are whole sectors, at least one, inside `device`.
  private static func isTransfer(
    _ count: UInt64, at offset: UInt64, of device: any BlockDevice
  ) -> Bool {
    let sector = UInt64(device.blockSize)
    return count > 0 && count % sector == 0 && offset % sector == 0
      && count <= device.capacity && offset <= device.capacity - count
  }

  func blockWrite(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(Failure) {
    var block = try load(BlockWriteCall.self, of: .blockWrite, address, memory)
    block.ret = try transfer(block, memory).rawValue
    memory.store(block, at: address)
  }

  private func transfer(
    _ block: BlockWriteCall, _ memory: borrowing GuestMemory
  ) throws(Failure) -> HypercallResult {
    guard let device = blockDevice(block.handle), !device.isReadOnly,
      Self.isTransfer(block.len, at: block.offset, of: device)
    else { return .invalid }
    let data = GuestAddress(block.data)
    let done: Void?
    do throws(Errno) {
      done = try memory.withReadableBytes(at: data, count: block.len) { bytes throws(Errno) in
        try device.write(bytes, at: block.offset)
      }
    } catch {
      return .unspecified
    }
    guard done != nil else {
      throw .guest(GuestFault(.buffer(.blockWrite, data, count: block.len, isWritten: false)))
    }
    return .ok
  }

  func blockRead(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(Failure) {
    var block = try load(BlockReadCall.self, of: .blockRead, address, memory)
    block.ret = try transfer(block, memory).rawValue
    memory.store(block, at: address)
  }

  private func transfer(
    _ block: BlockReadCall, _ memory: borrowing GuestMemory
  ) throws(Failure) -> HypercallResult {
    guard let device = blockDevice(block.handle),
      Self.isTransfer(block.len, at: block.offset, of: device)
    else { return .invalid }
    let data = GuestAddress(block.data)
    let done: Void?
    do throws(Errno) {
      done = try memory.withWritableBytes(at: data, count: block.len) {
        buffer throws(Errno) in
        try device.read(at: block.offset, into: &buffer)
      }
    } catch {
      return .unspecified
    }
    guard done != nil else {
      throw .guest(GuestFault(.buffer(.blockRead, data, count: block.len, isWritten: true)))
    }
    return .ok
  }

  func netWrite(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(Failure) {
    var block = try load(NetWriteCall.self, of: .netWrite, address, memory)
    block.ret = try send(block, memory).rawValue
    memory.store(block, at: address)
  }

  private func send(
    _ block: NetWriteCall, _ memory: borrowing GuestMemory
  ) throws(Failure) -> HypercallResult {
    guard let device = netDevice(block.handle) else { return .invalid }
    let largest = Self.ethernetHeaderSize + Self.vlanTagSize + UInt64(device.mtu)
    guard (Self.ethernetHeaderSize...largest).contains(block.len) else { return .invalid }
    let data = GuestAddress(block.data)
    let sent: Void?
    do throws(SystemCallError) {
      sent = try memory.withReadableBytes(at: data, count: block.len) {
        bytes throws(SystemCallError) in
        try device.send(bytes)
      }
    } catch {
      throw .host(error)
    }
    guard sent != nil else {
      throw .guest(GuestFault(.buffer(.netWrite, data, count: block.len, isWritten: false)))
    }
    return .ok
  }

  func netRead(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(Failure) {
    var block = try load(NetReadCall.self, of: .netRead, address, memory)
    let result = try receive(&block, memory)
    block.ret = result.rawValue
    memory.store(block, at: address)
  }

  private func receive(
    _ block: inout NetReadCall, _ memory: borrowing GuestMemory
  ) throws(Failure) -> HypercallResult {
    guard let device = netDevice(block.handle), block.len > 0 else { return .invalid }
    let data = GuestAddress(block.data)
    let received: Int??
    do throws(SystemCallError) {
      received = try memory.withWritableBytes(at: data, count: block.len) {
        buffer throws(SystemCallError) in
        try device.receive(into: &buffer)
      }
    } catch {
      throw .host(error)
    }
    guard let received else {
      throw .guest(GuestFault(.buffer(.netRead, data, count: block.len, isWritten: true)))
    }
    guard let count = received else { return .again }
    block.len = UInt64(count)
    return .ok
  }
}
