// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What may be done with a page of guest memory.
public struct PageAccess: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes the access of the bits `rawValue`.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// May be read.
  @inlinable public static var read: Self { Self(rawValue: 1) }
  /// May be written.
  @inlinable public static var write: Self { Self(rawValue: 2) }
  /// Instructions may be fetched.
  @inlinable public static var execute: Self { Self(rawValue: 4) }
  /// Set for pages that the guest itself, at CPL 3, can reach.
  @inlinable public static var guest: Self { Self(rawValue: 8) }
}

/// A run of whole pages with one use and one kind of access.
public struct MemoryRegion: Equatable, Sendable {
  /// What a region is for; faults are explained by it.
  public enum Use: String, Sendable {
    case tender = "the tender's area"
    case bootInformation = "the boot information"
    case program = "the program"
    case heap = "the heap"
    case queues = "the queues"
    case stack = "the stack"
  }

  /// The page size of the x86-64 that all regions are multiples of.
  public static let pageSize: UInt64 = 4096

  /// What the region is for.
  public let use: Use
  /// The addresses, in whole pages.
  public let range: Range<UInt64>
  /// What may be done with the pages.
  public let access: PageAccess

  /// A region of `range`, whose bounds must be multiples of the page size.
  public init(_ use: Use, _ range: Range<UInt64>, _ access: PageAccess) {
    precondition(range.lowerBound % Self.pageSize == 0 && range.upperBound % Self.pageSize == 0)
    self.use = use
    self.range = range
    self.access = access
  }
}

/// The regions of a guest's memory. What no region holds is not mapped.
public struct MemoryRegions: Equatable, Sendable {
  /// In the order of their addresses, without overlap, none empty.
  public private(set) var regions: [MemoryRegion] = []

  /// No regions.
  public init() {}

  /// Adds `region`, which must lie above all regions before it. An empty one is left out.
  public mutating func append(_ region: MemoryRegion) {
    if region.range.isEmpty { return }
    precondition(region.range.lowerBound >= regions.last?.range.upperBound ?? 0)
    regions.append(region)
  }

  /// The region that holds `address`.
  public func region(at address: GuestAddress) -> MemoryRegion? {
    regions.first { $0.range.contains(address.rawValue) }
  }

  /// Whether all `count` bytes at `address` lie in regions that allow `access`.
  public func allows(_ access: PageAccess, at address: GuestAddress, count: UInt64) -> Bool {
    var (next, (end, wraps)) = (
      address.rawValue, address.rawValue.addingReportingOverflow(count)
    )
    if wraps { return false }
    // By index: an iterator holds the array, which costs two locked instructions.
    for index in regions.indices where regions[index].range.upperBound > next {
      guard regions[index].range.lowerBound <= next, regions[index].access.isSuperset(of: access)
      else { return false }
      next = regions[index].range.upperBound
      if next >= end { return true }
    }
    return false
  }
}
