// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
public import Frames
import NetWire

extension NetDevice {
  /// What the device does for frames that it sends.
  public var offloads: NetOffloads {
    NetOffloads(rawValue: port.queued?.transmitFeatures ?? 0)
  }

  /// The largest frame before segmentation, in bytes: an IP packet and its Ethernet header.
  public static let unsegmentedCapacity = 65_550

  /// Sends the frame that consists of what `fill` appends to an empty span of `frameCapacity` bytes,
  /// and of `parts`, which are sent from where they are. When `fill` appends nothing, nothing is
  /// sent.
  ///
  /// The checksum of `offload` has its place in what `fill` appends; where the device does not
  /// complete it, this does. Its segmentation has to be one of the device's `offloads`, and takes a
  /// missing checksum; such a frame may have up to `unsegmentedCapacity` bytes, any other
  /// `frameCapacity`. This waits as the other `send` does, and not until the frame is sent.
  public func send(
    _ offload: FrameOffload, _ parts: FrameParts = FrameParts(),
    _ fill: (inout OutputSpan<UInt8>) -> Void
  ) async throws(NetError) {
    let slot = try await takeSlot()
    try send(from: slot) { frame in
      fill(&frame)
      return frame.isEmpty ? nil : (offload, parts)
    }
  }

  /// Sends frames, in the way of the `send` above, for as long as `next` returns one and the device has
  /// room. False when it has no room any more, and `waitForRoom` tells when it has.
  public func send(
    while next: (inout OutputSpan<UInt8>) -> (FrameOffload, FrameParts)?
  ) throws(NetError) -> Bool {
    while let slot = nextSlot() {
      guard try send(from: slot, next) else { return true }
    }
    return false
  }

  /// Waits until there is room for a frame to send.
  public func waitForRoom() async throws(NetError) {
    port.transmitSlots.put(try await takeSlot())
  }

  /// A slot that is free now.
  private func nextSlot() -> UInt16? {
    if port.transmitSlots.isEmpty {
      port.reclaim()
    }
    return port.transmitSlots.takeFree()
  }

  /// Sends the frame that `next` returns from a slot, which is put back if there is none.
  @discardableResult
  private func send(
    from slot: UInt16, _ next: (inout OutputSpan<UInt8>) -> (FrameOffload, FrameParts)?
  ) throws(NetError) -> Bool {
    // SAFETY: the slot's buffer is this call's until it is sent or put back.
    let buffer = unsafe UnsafeMutableBufferPointer(
      start: port.transmitBuffers.frame(slot), count: frameCapacity)
    var frame = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
    let result = next(&frame)
    guard let (offload, parts) = result, takes(frame.count + parts.byteCount, offload) else {
      let size = unsafe frame.finalize(for: buffer) + (result?.1.byteCount ?? 0)
      port.transmitSlots.put(slot)
      if result == nil {
        return false
      }
      throw .frameSize(size)
    }
    let header = finish(&frame, parts, offload)
    if port.queued == nil {
      parts.append(to: &frame)
    }
    let count = unsafe frame.finalize(for: buffer)
    if let queued = port.queued {
      queued.send(slot, count: count, parts, header: header)
    } else {
      port.send(slot, count: count)
    }
    return true
  }

  private func takes(_ size: Int, _ offload: FrameOffload) -> Bool {
    var limit = frameCapacity
    if let segmentation = offload.segmentation {
      let kind: NetOffloads =
        segmentation.version == .v4 ? .segmentationV4 : .segmentationV6
      limit = offloads.contains(kind) ? Self.unsegmentedCapacity : 0
    }
    return size >= Self.smallestFrame && size <= limit
  }

  /// The header that asks the device for what is left to do after this, which completes the checksum if
  /// the device does not.
  private func finish(
    _ frame: inout OutputSpan<UInt8>, _ parts: FrameParts, _ offload: FrameOffload
  ) -> hvt_net_header {
    guard case .missing(let start, let offset) = offload.checksum else {
      return offload.header
    }
    precondition(
      start >= 0 && offset >= 0 && start + offset + 2 <= frame.count,
      "the checksum's place is not in what was appended")
    if offloads.contains(.checksum) {
      return offload.header
    }
    var sum = InternetChecksum()
    sum.add(frame.span.extracting(start...))
    for index in 0..<parts.count {
      if let part = parts[index] {
        sum.add(part.memory.span.extracting(part.range))
      }
    }
    // UDP takes 0 for no checksum (RFC 768); it is the same number as 0xffff. In TCP it is one as any.
    let value = sum.value == 0 && offset == UDPHeader.checksumOffset ? 0xffff : sum.value
    var bytes = frame.mutableSpan
    bytes[start + offset] = UInt8(value >> 8)
    bytes[start + offset + 1] = UInt8(truncatingIfNeeded: value)
    return hvt_net_header()
  }
}
