// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
public import Frames

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
    // SAFETY: the slot's buffer is this call's until it is sent or put back.
    let buffer = unsafe UnsafeMutableBufferPointer(
      start: port.transmitBuffers.frame(slot), count: frameCapacity)
    var frame = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
    fill(&frame)
    let size = frame.count + parts.byteCount
    guard !frame.isEmpty, takes(size, offload) else {
      let isEmpty = frame.isEmpty
      _ = unsafe frame.finalize(for: buffer)
      port.transmitSlots.put(slot)
      if isEmpty {
        return
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
    var sum = PartialChecksum()
    sum.add(frame.span.extracting(start...))
    for index in 0..<parts.count {
      if let part = parts[index] {
        sum.add(part.memory.span.extracting(part.range))
      }
    }
    let value = sum.value
    var bytes = frame.mutableSpan
    bytes[start + offset] = UInt8(value >> 8)
    bytes[start + offset + 1] = UInt8(truncatingIfNeeded: value)
    return hvt_net_header()
  }
}
