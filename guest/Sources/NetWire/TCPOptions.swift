// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The options of a TCP header: maximum segment size (RFC 9293, section 3.2), window scale and
/// timestamps (RFC 7323), selective acknowledgment (RFC 2018). Others are skipped.
public struct TCPOptions: Hashable, Sendable {
  /// The most bytes that options have.
  public static let capacity = 40
  /// The most blocks of a selective acknowledgment.
  public static let blockCapacity = 4

  /// The timestamps of both sides (RFC 7323, section 3.2).
  public struct Timestamps: Hashable, Sendable {
    /// TSval
    public var value: UInt32
    /// TSecr
    public var echo: UInt32

    /// The timestamps of these values.
    public init(value: UInt32, echo: UInt32) {
      self.value = value
      self.echo = echo
    }
  }

  /// Sequence numbers of bytes that have arrived.
  public struct Block: Hashable, Sendable {
    /// The first.
    public var left: UInt32
    /// The one behind the last.
    public var right: UInt32

    /// The bytes from `left` up to `right`.
    public init(left: UInt32, right: UInt32) {
      self.left = left
      self.right = right
    }
  }

  /// The largest segment that the sender takes.
  public var maximumSegmentSize: UInt16?
  /// The shift count of windows, 0 to 14.
  public var windowScale: UInt8?
  /// Whether the sender takes selective acknowledgments.
  public var isSACKPermitted = false
  /// The timestamps.
  public var timestamps: Timestamps?
  /// How many of `blocks` count.
  public private(set) var blockCount = 0
  private var blockList = InlineBlocks()

  /// No options.
  public init() {}

  /// Block `index` of the selective acknowledgment, below `blockCount`.
  public func block(_ index: Int) -> Block { blockList[index] }

  /// Adds a block, unless there are `blockCapacity` already.
  public mutating func append(_ block: Block) {
    if blockCount < Self.blockCapacity {
      blockList[blockCount] = block
      blockCount += 1
    }
  }

  private enum Kind {
    static let end: UInt8 = 0
    static let padding: UInt8 = 1
    static let maximumSegmentSize: UInt8 = 2
    static let windowScale: UInt8 = 3
    static let sackPermitted: UInt8 = 4
    static let sack: UInt8 = 5
    static let timestamps: UInt8 = 8
  }

  /// Reads the options that `bytes` are. Nothing is read behind one that is malformed.
  public init(_ bytes: Span<UInt8>) {
    var index = 0
    while index < bytes.count, bytes[index] != Kind.end {
      if bytes[index] == Kind.padding {
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { return }
      let length = Int(bytes[index + 1])
      guard length >= 2, index + length <= bytes.count else { return }
      read(bytes[index], bytes.extracting(index + 2..<index + length))
      index += length
    }
  }

  private mutating func read(_ kind: UInt8, _ value: Span<UInt8>) {
    switch (kind, value.count) {
    case (Kind.maximumSegmentSize, 2): maximumSegmentSize = value.bigEndian16(at: 0)
    // A larger shift count is taken as 14 (RFC 7323, section 2.3).
    case (Kind.windowScale, 1): windowScale = min(value[0], 14)
    case (Kind.sackPermitted, 0): isSACKPermitted = true
    case (Kind.timestamps, 8):
      timestamps = Timestamps(value: value.bigEndian32(at: 0), echo: value.bigEndian32(at: 4))
    case (Kind.sack, let count) where count % 8 == 0:
      for offset in stride(from: 0, to: count, by: 8) {
        append(Block(left: value.bigEndian32(at: offset), right: value.bigEndian32(at: offset + 4)))
      }
    default: break
    }
  }

  /// The bytes of the options when they are written, a multiple of 4. Blocks for which there is no
  /// room are left out.
  public var encodedSize: Int {
    let size = sizeBeforeBlocks
    return size + (encodedBlockCount == 0 ? 0 : 4 + encodedBlockCount * 8)
  }

  private var sizeBeforeBlocks: Int {
    (maximumSegmentSize == nil ? 0 : 4) + (windowScale == nil ? 0 : 4)
      + (isSACKPermitted ? 4 : 0) + (timestamps == nil ? 0 : 12)
  }

  private var encodedBlockCount: Int {
    max(0, min(blockCount, (Self.capacity - sizeBeforeBlocks - 4) / 8))
  }

  /// Writes the options to `start`, where there has to be room for them. Each is filled up to a
  /// multiple of 4 bytes by padding in front of it.
  func emit(into bytes: inout MutableSpan<UInt8>, at start: Int) {
    var offset = start
    func put(_ padding: Int, _ kind: UInt8, _ length: UInt8) {
      for _ in 0..<padding {
        bytes[offset] = Kind.padding
        offset += 1
      }
      bytes[offset] = kind
      bytes[offset + 1] = length
      offset += 2
    }
    if let maximumSegmentSize {
      put(0, Kind.maximumSegmentSize, 4)
      bytes.store(maximumSegmentSize, at: offset)
      offset += 2
    }
    if let windowScale {
      put(1, Kind.windowScale, 3)
      bytes[offset] = windowScale
      offset += 1
    }
    if isSACKPermitted {
      put(2, Kind.sackPermitted, 2)
    }
    if let timestamps {
      put(2, Kind.timestamps, 10)
      bytes.store(timestamps.value, at: offset)
      bytes.store(timestamps.echo, at: offset + 4)
      offset += 8
    }
    let count = encodedBlockCount
    if count > 0 {
      put(2, Kind.sack, UInt8(2 + count * 8))
      for index in 0..<count {
        bytes.store(blockList[index].left, at: offset)
        bytes.store(blockList[index].right, at: offset + 4)
        offset += 8
      }
    }
  }
}

/// Four blocks, which compare and hash.
private struct InlineBlocks: Hashable, Sendable {
  private var blocks = InlineArray<4, TCPOptions.Block>(
    repeating: TCPOptions.Block(left: 0, right: 0))

  subscript(index: Int) -> TCPOptions.Block {
    get { blocks[index] }
    set { blocks[index] = newValue }
  }

  static func == (one: Self, other: Self) -> Bool {
    one.blocks.indices.allSatisfy { one.blocks[$0] == other.blocks[$0] }
  }

  func hash(into hasher: inout Hasher) {
    for index in blocks.indices {
      hasher.combine(blocks[index])
    }
  }
}
