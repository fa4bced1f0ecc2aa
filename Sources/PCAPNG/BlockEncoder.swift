// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Blocks of a capture file in the pcapng format (draft-ietf-opsawg-pcapng), one behind the other: the
/// header of a section, a description of each interface, and a block for each packet.
public struct BlockEncoder: Sendable {
  /// The blocks that were added since the last `exchange`.
  public private(set) var bytes: [UInt8] = []
  private var interfaceCount: UInt32 = 0

  /// No blocks.
  public init() {}

  /// Hands the blocks over in `other`, whose room is used for what follows in the same section.
  public mutating func exchange(_ other: inout [UInt8]) {
    other.removeAll(keepingCapacity: true)
    swap(&bytes, &other)
  }

  /// Adds the Section Header Block, which a file begins with. `application` is who writes it.
  public mutating func addSection(application: String) {
    let start = beginBlock(.sectionHeader)
    append(0x1A2B_3C4D as UInt32)  // The byte order.
    append(1 as UInt16)  // The version of the format: 1.0.
    append(0 as UInt16)
    append(UInt64.max)  // The section's length, which is not known yet.
    append(.userApplication, Array(application.utf8))
    endOptions()
    endBlock(from: start)
  }

  /// Adds an Interface Description Block for Ethernet frames of any length, with times in nanoseconds.
  /// The interface's number, for its packets.
  public mutating func addInterface(name: String, macAddress: [UInt8]) -> UInt32 {
    let start = beginBlock(.interfaceDescription)
    append(1 as UInt16)  // LINKTYPE_ETHERNET
    append(0 as UInt16)
    append(0 as UInt32)  // Nothing is cut off.
    append(.interfaceName, Array(name.utf8))
    append(.interfaceAddress, macAddress)
    append(.timeResolution, [9])
    endOptions()
    endBlock(from: start)
    defer { interfaceCount += 1 }
    return interfaceCount
  }

  /// Adds an Enhanced Packet Block. `appendFrame` appends what there is of a frame that had
  /// `originalCount` bytes; `time` is in nanoseconds since 1970.
  public mutating func addPacket(
    on interface: UInt32, _ direction: Direction, at time: UInt64, originalCount: Int,
    _ appendFrame: (inout [UInt8]) -> Void
  ) {
    let start = beginBlock(.enhancedPacket)
    append(interface)
    append(UInt32(time >> 32))
    append(UInt32(truncatingIfNeeded: time))
    let countOffset = bytes.count
    append(0 as UInt32)
    append(UInt32(originalCount))
    let frameOffset = bytes.count
    appendFrame(&bytes)
    store(UInt32(bytes.count - frameOffset), at: countOffset)
    pad()
    append(.packetFlags, 4)
    append(direction.rawValue)
    endOptions()
    endBlock(from: start)
  }

  /// How many of the first `count` of `bytes` are whole blocks. They begin with a block.
  public static func wholeBlocks(in bytes: [UInt8], _ count: Int) -> Int {
    var end = 0
    while end + 8 <= count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[end + 4 + $1]) << (8 * $1) }
      if length > count - end { break }
      end += length
    }
    return end
  }

  /// Where a frame goes, as the interface sees it.
  public enum Direction: UInt32, Sendable {
    case inbound = 1
    case outbound = 2
  }

  // MARK: - Parts

  private enum Block: UInt32 {
    case interfaceDescription = 1
    case enhancedPacket = 6
    case sectionHeader = 0x0A0D_0D0A
  }

  /// Codes of options; some mean something else in another kind of block.
  private enum Option: UInt16 {
    case interfaceName = 2
    case userApplication = 4
    case interfaceAddress = 6
    case timeResolution = 9

    /// `epb_flags`, whose code `if_name` has in another block.
    static var packetFlags: Option { interfaceName }
  }

  /// Where the block begins.
  private mutating func beginBlock(_ block: Block) -> Int {
    append(block.rawValue)
    append(0 as UInt32)
    return bytes.count - 8
  }

  /// A block's length stands at both of its ends.
  private mutating func endBlock(from start: Int) {
    let length = UInt32(bytes.count - start + 4)
    append(length)
    store(length, at: start + 4)
  }

  private mutating func append(_ option: Option, _ value: [UInt8]) {
    append(option, value.count)
    bytes += value
    pad()
  }

  private mutating func append(_ option: Option, _ count: Int) {
    append(option.rawValue)
    append(UInt16(count))
  }

  private mutating func endOptions() { append(0 as UInt32) }

  /// Every block has a multiple of 4 bytes, as has every part of it.
  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private mutating func store(_ value: UInt32, at offset: Int) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }
}
