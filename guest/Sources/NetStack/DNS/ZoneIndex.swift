// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// The names of a zone and the prepared answers to questions about them, found without taking memory.
struct ZoneIndex {
  /// Which answers a name has.
  struct Choice {
    /// The types of which there is an answer of its own, in `types`.
    var types = 0..<0
    /// The answer for the other types.
    var other = 0
  }

  private struct Node {
    /// Where the name stands in `names`.
    let name: Range<Int>
    /// The answers for the name itself.
    var exact = Choice()
    /// The answers for names below it that the zone does not have.
    var below = Choice()
  }

  /// A type of which no zone has records.
  private static let noType = DNSRecordType(rawValue: 0)

  private(set) var prepared = PreparedAnswers()
  private var nodes: [Node] = []
  /// The names of the nodes, in lower case, one behind the other.
  private var names: [UInt8] = []
  /// The types of the choices, and the answers for them.
  private var types: [(type: UInt16, answer: Int)] = []
  /// Indexes of nodes by hash of the name, -1 for none: open addressing. There is always a free slot.
  private var slots: [Int32]
  /// How many labels the longest names have.
  private var labelLimit = 0

  init(_ zone: Zone) {
    var slotCount = 4
    while slotCount < zone.nodes.count * 2 {
      slotCount *= 2
    }
    slots = [Int32](repeating: -1, count: slotCount)
    var absent = Choice()
    if let name = zone.origin.child(PreparedAnswers.placeholder) {
      absent.other = prepared.prepare(ZoneAnswer(absentFrom: zone), for: name, Self.noType)
    }
    for name in zone.nodes.keys {
      add(name, in: zone, absent: absent)
    }
  }

  /// The answer to a question; nil when the name is not in the zone. `name` is where it stands in the
  /// message.
  func answer(
    _ message: Span<UInt8>, name: Range<Int>, type: DNSRecordType
  ) -> PreparedAnswers.Answer? {
    var starts = InlineArray<128, UInt8>(repeating: 0)
    var count = 0
    var position = name.lowerBound
    // The root counts as a label too. A name of 255 bytes has 127 others.
    while position < name.upperBound, count < starts.count {
      starts[count] = UInt8(truncatingIfNeeded: position - name.lowerBound)
      count += 1
      position += 1 + Int(message[position])
    }
    var label = max(0, count - 1 - labelLimit)
    while label < count {
      let start = name.lowerBound + Int(starts[label])
      if let node = find(message, start..<name.upperBound) {
        let choice = label == 0 ? nodes[node].exact : nodes[node].below
        return prepared.answers[self.answer(choice, type)]
      }
      label += 1
    }
    return nil
  }

  private func answer(_ choice: Choice, _ type: DNSRecordType) -> Int {
    for index in choice.types where types[index].type == type.rawValue {
      return types[index].answer
    }
    return choice.other
  }

  private func find(_ message: Span<UInt8>, _ name: Range<Int>) -> Int? {
    var slot = Self.hash(message, name) & (slots.count - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if isName(nodes[index].name, message, name) {
        return index
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func isName(_ known: Range<Int>, _ message: Span<UInt8>, _ name: Range<Int>) -> Bool {
    guard known.count == name.count else { return false }
    for offset in 0..<known.count
    where names[known.lowerBound + offset] != DNSName.lowercase(message[name.lowerBound + offset]) {
      return false
    }
    return true
  }

  /// A hash of the name in lower case: FNV-1a, its bits mixed once more.
  private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in range {
      hash = (hash ^ UInt64(DNSName.lowercase(bytes[index]))) &* 0x100_0000_01b3
    }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}

extension ZoneIndex {
  private mutating func add(_ name: DNSName, in zone: Zone, absent: Choice) {
    let wire = name.wire.map { DNSName.lowercase($0) }
    labelLimit = max(labelLimit, name.labelCount)
    var node = Node(name: names.count..<names.count + wire.count)
    names += wire
    node.exact = choice(name, in: zone)
    let hasWildcard = name.child("*".utf8).map { zone.nodes[$0] != nil } ?? false
    if hasWildcard || zone.cut(above: name) != nil,
      let below = name.child(PreparedAnswers.placeholder)
    {
      node.below = choice(below, in: zone)
    } else {
      node.below = absent
    }
    var slot = Self.hash(wire.span, 0..<wire.count) & (slots.count - 1)
    while slots[slot] >= 0 {
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(nodes.count)
    nodes.append(node)
  }

  /// Prepares the answers about a name.
  private mutating func choice(_ name: DNSName, in zone: Zone) -> Choice {
    var choice = Choice()
    choice.other = prepared.prepare(
      ZoneAnswer(name, Self.noType, in: zone), for: name, Self.noType)
    let start = types.count
    for type in typesOfAnswers(name, in: zone) {
      let answer = prepared.prepare(ZoneAnswer(name, type, in: zone), for: name, type)
      types.append((type.rawValue, answer))
    }
    choice.types = start..<types.count
    return choice
  }

  /// The types of which there is an answer that differs from that of the others.
  private func typesOfAnswers(_ name: DNSName, in zone: Zone) -> [DNSRecordType] {
    if let cut = zone.cut(above: name) {
      return cut == name ? [.ds] : []
    }
    guard ZoneAnswer.find(name, in: zone) != nil else { return [] }
    var types: [DNSRecordType] = [.any]
    var owner = name
    // The same types as those at the end of the aliases, which are too many at some point.
    for _ in 0..<ZoneAnswer.aliasLimit {
      guard owner.isWithin(zone.origin), zone.cut(above: owner) == nil,
        let records = ZoneAnswer.find(owner, in: zone)
      else { break }
      for record in records where !types.contains(record.type) {
        types.append(record.type)
      }
      guard case .cname(let target) = records.first(where: { $0.type == .cname })?.data else {
        break
      }
      owner = target
    }
    return types
  }
}
