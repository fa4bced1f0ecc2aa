// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestMemory

/// A part of a chain's buffer.
public struct Segment: Equatable, Sendable {
  /// Where it is.
  public var address: GuestAddress
  /// Its bytes, at least one.
  public var length: UInt32

  /// The `length` bytes at `address`.
  public init(address: GuestAddress, length: UInt32) {
    self.address = address
    self.length = length
  }
}

/// A chain of descriptors, checked: one buffer that the guest has lent to the tender.
public struct Chain: Equatable, Sendable {
  /// The first descriptor, by which the guest knows the chain.
  public var head: UInt16 = 0
  /// The parts of the buffer. A chain that is taken reuses the storage of the one before it, unless
  /// somebody holds a copy.
  public var segments: [Segment] = []
  /// How many segments the tender reads. They come first; it writes the rest.
  public var readableCount = 0
  /// The bytes of the segments that the tender reads.
  public var readableBytes: UInt64 = 0
  /// The bytes of the segments that it writes.
  public var writableBytes: UInt64 = 0

  /// A chain of nothing.
  public init() {}

  /// Makes this an empty chain of `head`. The storage of the segments stays, with what is in it, until
  /// `append` and `truncate` have made it what it should be: removing and adding elements costs more
  /// than all the rest of reading a short chain.
  mutating func reset(to head: UInt16) {
    self.head = head
    readableCount = 0
    readableBytes = 0
    writableBytes = 0
  }

  /// Makes `segment` the one behind the first `count`.
  mutating func append(_ segment: Segment, behind count: Int) {
    if count < segments.count {
      segments[count] = segment
    } else {
      segments.append(segment)
    }
  }

  /// Drops all segments but the first `count`.
  mutating func truncate(to count: Int) {
    if count < segments.count { segments.removeLast(segments.count - count) }
  }
}
