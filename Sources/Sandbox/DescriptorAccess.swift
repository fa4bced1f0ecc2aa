// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The descriptors that a thread keeps, by what it may do with them. Any of them it may also wait for
/// and close.
public struct DescriptorAccess: Equatable, Sendable {
  /// KVM_RUN, of a virtual processor.
  public var processors: [CInt] = []
  /// read(2), readv(2), write(2) and writev(2): of taps, sockets and events.
  public var streams: [CInt] = []
  /// write(2): of consoles.
  public var outputs: [CInt] = []
  /// write(2) and ftruncate(2): of captures.
  public var captures: [CInt] = []
  /// pread(2), pwrite(2), fdatasync(2) and fallocate(2): of disks.
  public var disks: [CInt] = []
  /// pread(2): of images.
  public var images: [CInt] = []
  /// io_uring_enter(2), and the release of the ring's files: of rings that are restricted themselves.
  public var rings: [CInt] = []
  /// Nothing more: of what is waited for.
  public var waits: [CInt] = []

  /// No descriptor.
  public init() {}

  /// All of them, each as often as it is named.
  public var all: [CInt] {
    processors + streams + outputs + captures + disks + images + rings + waits
  }

  /// Adds what `other` has.
  public mutating func add(_ other: DescriptorAccess) {
    processors += other.processors
    streams += other.streams
    outputs += other.outputs
    captures += other.captures
    disks += other.disks
    images += other.images
    rings += other.rings
    waits += other.waits
  }

  /// What both have together.
  public func adding(_ other: DescriptorAccess) -> DescriptorAccess {
    var both = self
    both.add(other)
    return both
  }
}

/// The work of a thread, which decides what it may ask the kernel for.
public struct ThreadRoles: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// The roles of the bits `rawValue`.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Runs the guest, and ends the process.
  public static let machine = Self(rawValue: 1)
  /// Serves queues while another thread runs the guest.
  public static let queues = Self(rawValue: 2)
  /// Writes captures.
  public static let capture = Self(rawValue: 4)
  /// Waits for signals.
  public static let signals = Self(rawValue: 8)
}
