// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The way through the extension headers of an IPv6 packet to what it carries (RFC 8200, section 4).
public struct IPv6HeaderChain: Sendable {
  /// What the way leads to.
  public enum End: Hashable, Sendable {
    /// A payload, which begins at an offset.
    case payload(IPProtocol, offset: Int)
    /// A part of a payload, which begins at an offset.
    case fragment(IPv6FragmentHeader, offset: Int)
    /// Something that the sender is to be told of by a parameter problem at an offset.
    case problem(Problem, offset: Int)
    /// Something malformed, or to be dropped without a word.
    case dropped
  }

  /// What is wrong with a packet: codes of ICMPv6's parameter problem (RFC 4443, section 3.4).
  public enum Problem: UInt8, Sendable {
    /// A field has a value that makes no sense.
    case field = 0
    /// Nobody here knows the next header.
    case nextHeader = 1
    /// Nobody here knows an option.
    case option = 2
    /// The first fragment does not have all headers (RFC 7112).
    case incompleteChain = 3
  }

  /// More headers than anybody sends.
  private static let headerLimit = 8

  /// Where the header that leads to the end is named; it is what nobody may know.
  public private(set) var nextHeaderOffset: Int
  /// What the way leads to.
  public private(set) var end = End.dropped

  /// Walks through `packet`, which is as long as its header says, from a header at `offset` on. The
  /// field at `nextHeaderOffset` says what that is. An unknown option in a packet to a group is a
  /// lesser problem. With `looksOnly`, what the headers say is no problem at all.
  public init(
    _ packet: Span<UInt8>, from offset: Int = IPv6Header.size, _ first: IPProtocol,
    namedAt nextHeaderOffset: Int = IPv6Header.nextHeaderOffset, isToGroup: Bool,
    looksOnly: Bool = false
  ) {
    self.nextHeaderOffset = nextHeaderOffset
    var next = first
    var offset = offset
    for index in 0..<Self.headerLimit {
      switch next {
      case .hopByHopOptions where index > 0 || offset != IPv6Header.size:
        end = .problem(.nextHeader, offset: self.nextHeaderOffset)
        return
      case .hopByHopOptions, .destinationOptions, .routing:
        guard let size = Self.size(packet, at: offset) else { return }
        let found =
          next == .routing
          ? Self.routingProblem(packet, at: offset)
          : Self.optionProblem(packet, offset..<offset + size, isToGroup: isToGroup)
        if let found, !looksOnly {
          end = found
          return
        }
        self.nextHeaderOffset = offset
        next = IPProtocol(rawValue: packet[offset])
        offset += size
      case .fragment:
        guard let header = IPv6FragmentHeader(packet.extracting(offset...)) else { return }
        self.nextHeaderOffset = offset
        end = .fragment(header, offset: offset + IPv6FragmentHeader.size)
        return
      default:
        end = .payload(next, offset: offset)
        return
      }
    }
  }

  /// The size of an extension header; nil when it is not whole.
  private static func size(_ packet: Span<UInt8>, at offset: Int) -> Int? {
    guard packet.count - offset >= 8 else { return nil }
    let size = Int(packet[offset + 1]) * 8 + 8
    return packet.count - offset >= size ? size : nil
  }

  /// A host is no router: it is no stop on the way to somewhere else, of whichever type (RFC 5095).
  private static func routingProblem(_ packet: Span<UInt8>, at offset: Int) -> End? {
    let segmentsLeft = packet[offset + 3]
    return segmentsLeft == 0 ? nil : .problem(.field, offset: offset + 2)
  }

  /// What is to be done on account of the options of a header; nil for nothing (section 4.2).
  private static func optionProblem(
    _ packet: Span<UInt8>, _ header: Range<Int>, isToGroup: Bool
  ) -> End? {
    var offset = header.lowerBound + 2
    while offset < header.upperBound {
      let type = packet[offset]
      if type == 0 {
        offset += 1
        continue
      }
      guard header.upperBound - offset >= 2 else { return .dropped }
      let size = 2 + Int(packet[offset + 1])
      guard size <= header.upperBound - offset else { return .dropped }
      // The router alert (RFC 2711) is for routers. Of what is not known, two bits say what to do.
      switch type >> 6 {
      case 0: break
      case 1: return .dropped
      case 2: return .problem(.option, offset: offset)
      default: return isToGroup ? .dropped : .problem(.option, offset: offset)
      }
      offset += size
    }
    return nil
  }
}
