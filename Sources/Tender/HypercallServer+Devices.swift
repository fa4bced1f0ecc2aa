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
    guard handle < UInt64(configuration.attachments.count), !queues.serves(handle),
      case .net(let device)? = configuration.attachments[Int(handle)]
    else { return nil }
    return device
  }

  /// Whether a frame of `count` bytes fits `device`.
  private static func isFrame(_ count: UInt64, of device: any NetDevice) -> Bool {
    (ethernetHeaderSize...ethernetHeaderSize + vlanTagSize + UInt64(device.mtu)).contains(count)
  }

  private func blockDevice(_ handle: UInt64) -> (any BlockDevice)? {
    guard handle < UInt64(configuration.attachments.count), !queues.serves(handle),
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

  func blockWrite(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(ServiceError) {
    var block = try load(BlockWriteCall.self, of: .blockWrite, address, memory)
    if let device = blockDevice(block.handle), !device.isReadOnly,
      Self.isTransfer(block.len, at: block.offset, of: device)
    {
      try awaitTurn(limiters[Int(block.handle)]?.outbound, of: block.len)
      block.ret = try read(block.data, block.len, of: .blockWrite, memory) { bytes in
        counters[block.handle].requests.writes.add()
        counters[block.handle].requests.writtenBytes.add(block.len)
        return result(of: block.handle) { () throws(Errno) in
          try device.write(bytes, at: block.offset)
        }
      }.rawValue
    } else {
      block.ret = HypercallResult.invalid.rawValue
    }
    memory.store(block, at: address)
  }

  func blockRead(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(ServiceError) {
    var block = try load(BlockReadCall.self, of: .blockRead, address, memory)
    if let device = blockDevice(block.handle),
      Self.isTransfer(block.len, at: block.offset, of: device)
    {
      // A disk has one limit for both directions.
      try awaitTurn(limiters[Int(block.handle)]?.outbound, of: block.len)
      block.ret = try write(block.data, block.len, of: .blockRead, memory) { buffer in
        counters[block.handle].requests.reads.add()
        counters[block.handle].requests.readBytes.add(block.len)
        return result(of: block.handle) { () throws(Errno) in
          try device.read(at: block.offset, into: &buffer)
        }
      }.rawValue
    } else {
      block.ret = HypercallResult.invalid.rawValue
    }
    memory.store(block, at: address)
  }

  /// The result of a request to the device with `handle`, which is counted.
  private func result(
    of handle: UInt64, _ transfer: () throws(Errno) -> Void
  ) -> HypercallResult {
    let start = monotonicNanoseconds()
    defer { counters[handle].requests.add(from: start, to: monotonicNanoseconds()) }
    do throws(Errno) {
      try transfer()
      return .ok
    } catch {
      counters[handle].requests.errors.add()
      return .unspecified
    }
  }

  func netWrite(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(ServiceError) {
    var block = try load(NetWriteCall.self, of: .netWrite, address, memory)
    if let device = netDevice(block.handle), Self.isFrame(block.len, of: device) {
      try awaitTurn(limiters[Int(block.handle)]?.outbound, of: block.len)
      block.ret = try read(block.data, block.len, of: .netWrite, memory) {
        bytes throws(SystemCallError) in
        try device.send(bytes)
        counters[block.handle].traffic.sent.add()
        counters[block.handle].traffic.sentBytes.add(block.len)
        return HypercallResult.ok
      }.rawValue
    } else {
      block.ret = HypercallResult.invalid.rawValue
    }
    memory.store(block, at: address)
  }

  func netRead(_ address: GuestAddress, _ memory: borrowing GuestMemory) throws(ServiceError) {
    var block = try load(NetReadCall.self, of: .netRead, address, memory)
    if let device = netDevice(block.handle), block.len > 0 {
      var frameSize = block.len
      let limiter = limiters[Int(block.handle)]?.inbound
      block.ret = try write(block.data, block.len, of: .netRead, memory) {
        buffer throws(SystemCallError) in
        if let limiter, limiter.wait(at: monotonicNanoseconds()) > 0 {
          return HypercallResult.again
        }
        guard let count = try device.receive(into: &buffer) else { return HypercallResult.again }
        frameSize = UInt64(count)
        limiter?.charge(frameSize, at: monotonicNanoseconds())
        counters[block.handle].traffic.received.add()
        counters[block.handle].traffic.receivedBytes.add(frameSize)
        return HypercallResult.ok
      }.rawValue
      block.len = frameSize
    } else {
      block.ret = HypercallResult.invalid.rawValue
    }
    memory.store(block, at: address)
  }

  /// Waits until a frame or request of `count` bytes may pass, or the guest is to stop, and counts it.
  private func awaitTurn(_ limiter: DeviceLimiter?, of count: UInt64) throws(ServiceError) {
    guard let limiter else { return }
    do throws(SystemCallError) {
      var now = monotonicNanoseconds()
      while case let wait = limiter.wait(at: now), wait > 0 {
        var poll = PollSet(readable: [stop.descriptor])
        if try poll.wait(timeoutNanoseconds: wait) > 0 { return }
        now = monotonicNanoseconds()
      }
      limiter.charge(count, at: now)
    } catch {
      throw .host(error)
    }
  }

  // MARK: - Buffers

  /// Calls `body` with the buffer of `call`, which the guest must be able to read.
  func read<Result>(
    _ data: UInt64, _ count: UInt64, of call: Hypercall, _ memory: borrowing GuestMemory,
    _ body: (RawSpan) throws(SystemCallError) -> Result
  ) throws(ServiceError) -> Result {
    let address = GuestAddress(data)
    do throws(SystemCallError) {
      if let result = try memory.withReadableBytes(at: address, count: count, body) {
        return result
      }
    } catch {
      throw .host(error)
    }
    throw .guest(GuestFault(.buffer(call, address, count: count, isWritten: false)))
  }

  /// Calls `body` with the buffer of `call`, which the guest must be able to write.
  private func write<Result>(
    _ data: UInt64, _ count: UInt64, of call: Hypercall, _ memory: borrowing GuestMemory,
    _ body: (inout MutableRawSpan) throws(SystemCallError) -> Result
  ) throws(ServiceError) -> Result {
    let address = GuestAddress(data)
    do throws(SystemCallError) {
      if let result = try memory.withWritableBytes(at: address, count: count, body) {
        return result
      }
    } catch {
      throw .host(error)
    }
    throw .guest(GuestFault(.buffer(call, address, count: count, isWritten: true)))
  }
}
