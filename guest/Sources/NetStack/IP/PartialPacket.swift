// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// A packet of which some fragments came.
struct PartialPacket: Sendable {
  /// The most fragments of a packet: small ones would cost more to keep than they are worth.
  static let fragmentLimit = 128

  let source: IPAddress
  let destination: IPAddress
  let identification: UInt32
  let deadline: Instant
  /// That of the first fragment once that is here.
  private(set) var payloadProtocol: IPProtocol
  /// What stood in front of the first fragment's payload; empty until it comes.
  private(set) var header: [UInt8] = []
  /// As many bytes as the end of the last fragment so far.
  private(set) var payload: [UInt8] = []
  /// Where the first fragment ends.
  private(set) var firstEnd = 0
  /// Whether fragments contradicted each other. Those that are still to come are dropped.
  private(set) var isSpoiled = false

  /// What is here of the payload, in order.
  private var ranges: [Range<Int>] = []
  /// The size of the payload, known from the last fragment.
  private var size: Int?

  init(_ fragment: Reassembly.Fragment, deadline: Instant) {
    source = fragment.source
    destination = fragment.destination
    identification = fragment.identification
    payloadProtocol = fragment.payloadProtocol
    self.deadline = deadline
  }

  /// The memory that is held.
  var byteCount: Int { header.count + payload.count }

  /// Whether the fragment is one of this packet. In IPv4 packets of each protocol have numbers of
  /// their own.
  func holds(_ fragment: Reassembly.Fragment) -> Bool {
    guard identification == fragment.identification, source == fragment.source,
      destination == fragment.destination
    else { return false }
    switch source {
    case .v4: return payloadProtocol == fragment.payloadProtocol
    case .v6: return true
    }
  }

  /// Whether every byte is here.
  var isComplete: Bool {
    guard !isSpoiled, let size, ranges.last?.upperBound == size else { return false }
    var end = 0
    for range in ranges {
      guard range.lowerBound == end else { return false }
      end = range.upperBound
    }
    return true
  }

  mutating func insert(
    _ fragment: Reassembly.Fragment, _ bytes: Span<UInt8>, payload part: Range<Int>
  ) {
    let range = fragment.offset..<fragment.offset + part.count
    guard !isSpoiled, !isDuplicate(range, bytes, part) else { return }
    guard fits(range, isLast: !fragment.moreFragments), let place = place(of: range) else {
      return spoil()
    }
    ranges.insert(range, at: place)
    if !fragment.moreFragments {
      size = range.upperBound
    }
    if range.upperBound > payload.count {
      payload.append(contentsOf: repeatElement(0, count: range.upperBound - payload.count))
    }
    var copy = payload.mutableSpan
    for index in 0..<part.count {
      copy[range.lowerBound + index] = bytes[part.lowerBound + index]
    }
    if fragment.offset == 0 {
      payloadProtocol = fragment.payloadProtocol
      firstEnd = range.upperBound
      header.reserveCapacity(part.lowerBound)
      for index in 0..<part.lowerBound {
        header.append(bytes[index])
      }
    }
  }

  /// Whether a fragment came before, just like this one: the network made two of it.
  private func isDuplicate(_ range: Range<Int>, _ bytes: Span<UInt8>, _ part: Range<Int>) -> Bool {
    guard ranges.contains(range) else { return false }
    for index in 0..<part.count
    where payload[range.lowerBound + index] != bytes[part.lowerBound + index] {
      return false
    }
    return true
  }

  /// Whether a fragment can belong to this payload of which the size may be known.
  private func fits(_ range: Range<Int>, isLast: Bool) -> Bool {
    // An empty fragment brings nothing; only a packet that is whole may be empty.
    guard !range.isEmpty, ranges.count < Self.fragmentLimit else { return false }
    if isLast {
      return size == nil && range.upperBound >= payload.count
    }
    return size.map { range.upperBound < $0 } ?? true
  }

  /// Where to put a range, nil when it overlaps one that is here.
  private func place(of range: Range<Int>) -> Int? {
    // Fragments mostly come in their order.
    var place = ranges.count
    while place > 0, ranges[place - 1].lowerBound >= range.upperBound {
      place -= 1
    }
    if place > 0, ranges[place - 1].upperBound > range.lowerBound {
      return nil
    }
    return place
  }

  private mutating func spoil() {
    isSpoiled = true
    header = []
    payload = []
    ranges = []
  }
}
