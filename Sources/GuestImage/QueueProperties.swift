// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
public import HVTABI

/// The queues that a native image asks for (SPEC.md, "Asking for queues").
public struct QueueProperties: Hashable, Sendable {
  /// The descriptors of a net device's receive queue; a power of two.
  public let receiveSize: Int
  /// The descriptors of a net device's transmit queue; a power of two.
  public let transmitSize: Int
  /// The descriptors of a block device's request queue; a power of two.
  public let requestSize: Int
  /// What the guest understands in frames that it receives.
  public let accepts: QueueFeatures

  /// The sizes that a queue can have, of which the powers of two are allowed.
  public static let sizes = 2...HVT_QUEUE_SIZE_MAX

  init(parsing descriptor: Span<UInt8>) throws(NoteError) {
    try NoteError.checkSize(descriptor.count, is: MemoryLayout<QueueNote>.size, of: .queues)
    let version: UInt32 = descriptor.littleEndian(at: 0)
    guard version == HVT_QUEUE_VERSION else { throw .version(.queues, version) }
    receiveSize = try Self.size(in: descriptor, at: 4, "receive_size")
    transmitSize = try Self.size(in: descriptor, at: 6, "transmit_size")
    requestSize = try Self.size(in: descriptor, at: 8, "request_size")
    let reserved: UInt16 = descriptor.littleEndian(at: 10)
    guard reserved == 0 else { throw .reserved(.queues, field: "reserved", UInt32(reserved)) }
    accepts = QueueFeatures(rawValue: descriptor.littleEndian(at: 12))
  }

  private static func size(
    in descriptor: Span<UInt8>, at offset: Int, _ field: String
  ) throws(NoteError) -> Int {
    let size = Int(descriptor.littleEndian(at: offset, as: UInt16.self))
    guard sizes.contains(size), size & (size - 1) == 0 else {
      throw .queueSize(field: field, size)
    }
    return size
  }

  /// The kinds of queues that a device has.
  public static func kinds(of device: DeviceKind) -> [QueueKind] {
    switch device {
    case .net: [.receive, .transmit]
    case .block: [.request]
    }
  }

  /// The descriptors of a queue.
  public func size(of kind: QueueKind) -> Int {
    switch kind {
    case .receive: receiveSize
    case .transmit: transmitSize
    case .request: requestSize
    }
  }

  /// The bytes that the queues of the devices of `manifest` take, in whole pages.
  public func byteCount(for manifest: Manifest) -> UInt64 {
    let bytes = manifest.devices.reduce(UInt64(0)) { sum, device in
      Self.kinds(of: device.kind).reduce(sum) { $0 + QueueLayout(size: size(of: $1)).byteCount }
    }
    return roundUp(bytes, to: GuestImage.pageSize)
  }
}

/// Where the parts of a queue are, from its start on (VIRTIO 1.2, section 2.7).
public struct QueueLayout: Hashable, Sendable {
  /// The number of descriptors.
  public let size: Int

  /// The layout of a queue of `size` descriptors.
  public init(size: Int) { self.size = size }

  /// The offset of the available ring; the descriptor table is at 0.
  public var availableOffset: UInt64 { 16 * UInt64(size) }
  /// The offset of the used ring, a multiple of 4.
  public var usedOffset: UInt64 { roundUp(availableOffset + 6 + 2 * UInt64(size), to: 64) }
  /// The size in bytes, a multiple of 64, so that another queue may follow.
  public var byteCount: UInt64 { roundUp(usedOffset + 6 + 8 * UInt64(size), to: 64) }
}
