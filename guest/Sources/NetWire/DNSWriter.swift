// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Writes a message piece by piece, with names compressed (RFC 1035, section 4.1.4).
package struct DNSWriter {
  /// What has been written.
  package private(set) var bytes: [UInt8]
  /// Where in the bytes a pointer to a name stands.
  package private(set) var pointers: [Int] = []
  /// Where in the bytes a name starts that a pointer may lead to.
  private var names: [Int] = []

  /// A pointer has 14 bits. The last 255 of these places stay free, so that everything may be moved
  /// behind a longer name.
  private static let reach = 0x4000 - DNSName.capacity
  /// Names beyond these are not looked for, which bounds the search.
  private static let nameLimit = 128

  /// Starts with an empty header.
  package init() {
    bytes = [UInt8](repeating: 0, count: DNSHeader.size)
  }

  /// Puts the header in its place.
  package mutating func setHeader(_ header: DNSHeader) {
    var span = bytes.mutableSpan
    header.emit(into: &span)
  }

  /// Appends a question.
  package mutating func append(_ question: DNSQuestion) {
    append(question.name)
    append(question.type.rawValue)
    append(question.questionClass.rawValue)
  }

  /// Appends a record.
  package mutating func append(_ record: DNSRecord) {
    append(record.name)
    append(record.type.rawValue)
    append(record.recordClass.rawValue)
    append(record.timeToLive)
    let length = bytes.count
    append(UInt16(0))
    append(record.data)
    let count = UInt16(truncatingIfNeeded: bytes.count - length - 2)
    bytes[length] = UInt8(count >> 8)
    bytes[length + 1] = UInt8(truncatingIfNeeded: count)
  }

  /// Appends an OPT record.
  package mutating func append(_ edns: EDNS) {
    let start = bytes.count
    bytes += [UInt8](repeating: 0, count: EDNS.size)
    var span = bytes.mutableSpan
    edns.emit(into: &span, at: start)
  }

  private mutating func append(_ data: DNSRecordData) {
    switch data {
    case .a(let address): append(address.rawValue)
    case .aaaa(let address):
      append(UInt32(truncatingIfNeeded: address.high >> 32))
      append(UInt32(truncatingIfNeeded: address.high))
      append(UInt32(truncatingIfNeeded: address.low >> 32))
      append(UInt32(truncatingIfNeeded: address.low))
    case .ns(let name), .cname(let name), .ptr(let name): append(name)
    case .soa(let soa):
      append(soa.primary)
      append(soa.mailbox)
      for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
        append(number)
      }
    case .mx(let preference, let exchange):
      append(preference)
      append(exchange)
    case .txt(let strings):
      for string in strings {
        bytes.append(UInt8(truncatingIfNeeded: string.count))
        bytes += string.prefix(255)
      }
    case .srv(let service):
      append(service.priority)
      append(service.weight)
      append(service.port)
      // Never compressed (RFC 2782).
      bytes += service.target.wire
    case .other(_, let data): bytes += data
    }
  }

  private mutating func append(_ number: UInt16) {
    bytes.append(UInt8(number >> 8))
    bytes.append(UInt8(truncatingIfNeeded: number))
  }

  private mutating func append(_ number: UInt32) {
    append(UInt16(number >> 16))
    append(UInt16(truncatingIfNeeded: number))
  }

  /// Appends a name: labels up to one that has been written before with all that follow it.
  private mutating func append(_ name: DNSName) {
    let wire = name.wire
    var position = 0
    while wire[position] != 0 {
      if let target = names.first(where: { isName(wire, from: position, at: $0) }) {
        pointers.append(bytes.count)
        append(UInt16(0xc000 | target))
        return
      }
      if bytes.count < Self.reach, names.count < Self.nameLimit {
        names.append(bytes.count)
      }
      let end = position + 1 + Int(wire[position])
      bytes += wire[position..<end]
      position = end
    }
    bytes.append(0)
  }

  /// Whether the labels of `wire` from `start` on are those of the name at `offset`.
  private func isName(_ wire: [UInt8], from start: Int, at offset: Int) -> Bool {
    var position = start
    var offset = offset
    while true {
      while bytes[offset] >= 0xc0 {
        offset = Int(bytes[offset] & 0x3f) << 8 | Int(bytes[offset + 1])
      }
      let count = Int(wire[position])
      // A name that is being written has no end yet.
      guard offset + count < bytes.count else { return false }
      for index in 0...count
      where DNSName.lowercase(wire[position + index]) != DNSName.lowercase(bytes[offset + index]) {
        return false
      }
      if count == 0 {
        return true
      }
      position += 1 + count
      offset += 1 + count
      guard offset < bytes.count else { return false }
    }
  }
}
