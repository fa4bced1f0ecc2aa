// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// Reads any bytes as one of the formats of the network, which the first byte chooses. What is
/// accepted has to be in its bytes, and to be the same when it is written and read again.
@c(LLVMFuzzerTestOneInput)
public func fuzzNetWire(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  let format = formats[Int(input.byte()) % formats.count]
  format(input.rest())
  return 0
}

private let formats: [@Sendable ([UInt8]) -> Void] = [
  checkEthernet, checkVLAN, checkARP, checkIPv4, checkIPv6, checkFragment, checkUDP, checkTCP,
  checkICMP, checkICMPv6, checkIGMP, checkDHCP, checkChecksum, checkFragmentRanges,
]

// MARK: - Links

private func checkEthernet(_ bytes: [UInt8]) {
  guard let header = EthernetHeader(bytes.span) else { return }
  let again = written(EthernetHeader.size) { header.emit(into: &$0) }
  precondition(again == Array(bytes.prefix(EthernetHeader.size)))
  precondition(!header.description.isEmpty && !header.source.description.isEmpty)
}

private func checkVLAN(_ bytes: [UInt8]) {
  guard let tag = VLANTag(bytes.span) else { return }
  precondition(written(VLANTag.size) { tag.emit(into: &$0) } == Array(bytes.prefix(VLANTag.size)))
}

private func checkARP(_ bytes: [UInt8]) {
  guard let packet = ARPPacket(bytes.span) else { return }
  precondition(
    written(ARPPacket.size) { packet.emit(into: &$0) } == Array(bytes.prefix(ARPPacket.size)))
  let reply = packet.reply(from: packet.targetHardware)
  precondition(reply.targetProtocol == packet.senderProtocol && !reply.description.isEmpty)
}

// MARK: - Internet Protocol

private func checkIPv4(_ bytes: [UInt8]) {
  if let quoted = QuotedPacket(v4: bytes.span) { precondition(quoted.totalLength <= 0xffff) }
  var bytes = bytes
  if let first = bytes.first {
    bytes.seal(at: 10, over: 0..<min(bytes.count, Int(first & 15) * 4))
  }
  guard let header = IPv4Header(bytes.span) else { return }
  precondition((20...60).contains(header.headerLength))
  precondition(header.payload.upperBound <= bytes.count && !header.description.isEmpty)
  precondition(header.isFragment == (header.moreFragments || header.fragmentOffset > 0))
  guard header.headerLength == IPv4Header.size else { return }
  var again = written(bytes.count) { header.emit(into: &$0) }
  precondition(IPv4Header(again.span) == header)
  guard header.totalLength >= IPv4Header.size + RouterAlert.size4 else { return }
  again = written(bytes.count) { header.emitWithRouterAlert(into: &$0) }
  precondition(IPv4Header(again.span)?.headerLength == IPv4Header.size + RouterAlert.size4)
}

private func checkIPv6(_ bytes: [UInt8]) {
  _ = QuotedPacket(v6: bytes.span)
  guard let header = IPv6Header(bytes.span) else { return }
  precondition(header.payload.upperBound <= bytes.count && !header.description.isEmpty)
  let again = written(bytes.count) { header.emit(into: &$0) }
  precondition(IPv6Header(again.span) == header)
  let packet = bytes.span.extracting(0..<header.payload.upperBound)
  for isToGroup in [false, true] {
    let chain = IPv6HeaderChain(packet, header.nextHeader, isToGroup: isToGroup)
    check(chain, in: packet)
    let look = IPv6HeaderChain(packet, header.nextHeader, isToGroup: isToGroup, looksOnly: true)
    check(look, in: packet)
    if case .payload = chain.end { precondition(chain.end == look.end) }
  }
}

private func check(_ chain: IPv6HeaderChain, in packet: Span<UInt8>) {
  precondition(packet.indices.contains(chain.nextHeaderOffset))
  switch chain.end {
  case .payload(let payloadProtocol, let offset):
    precondition((IPv6Header.size...packet.count).contains(offset))
    precondition(packet[chain.nextHeaderOffset] == payloadProtocol.rawValue)
  case .fragment(let header, let offset):
    precondition((IPv6Header.size...packet.count).contains(offset))
    let rest = IPv6HeaderChain(
      packet, from: offset, header.nextHeader, namedAt: offset - IPv6FragmentHeader.size,
      isToGroup: false)
    precondition(packet.indices.contains(rest.nextHeaderOffset))
  case .problem(_, let offset): precondition(packet.indices.contains(offset))
  case .dropped: break
  }
}

private func checkFragment(_ bytes: [UInt8]) {
  guard let header = IPv6FragmentHeader(bytes.span) else { return }
  let again = written(IPv6FragmentHeader.size) { header.emit(into: &$0) }
  precondition(IPv6FragmentHeader(again.span) == header && header.offset % 8 == 0)
}

private func checkFragmentRanges(_ bytes: [UInt8]) {
  guard bytes.count >= 4 else { return }
  let count = Int(bytes[0]) << 8 | Int(bytes[1])
  let room = 8 + Int(bytes[2]) << 8 | Int(bytes[3])
  var end = 0
  for range in FragmentRanges(payloadLength: count, room: room) {
    precondition(range.lowerBound == end && !range.isEmpty && range.count <= room)
    precondition(range.upperBound == count || range.count % 8 == 0)
    end = range.upperBound
  }
  precondition(end == count)
}

// MARK: - Other

private func checkDHCP(_ bytes: [UInt8]) {
  guard let message = DHCPMessage(bytes.span) else { return }
  let again = message.encoded()
  precondition(DHCPMessage(again.span) == message && again.count >= 300)
  for code in 0...UInt8.max {
    let code = DHCPOptions.Code(rawValue: code)
    let value = message.options[code]
    precondition(message.options.addresses(code).count <= (value?.count ?? 0) / 4)
    precondition(message.options.names(code).count <= value?.count ?? 0)
    precondition((message.options.byte(code) == nil) == (value?.count != 1))
    precondition((message.options.number16(code) == nil) == (value?.count != 2))
    precondition((message.options.address(code) == nil) == (value?.count != 4))
  }
}

/// The sum of RFC 1071 does not depend on how the bytes are divided.
private func checkChecksum(_ bytes: [UInt8]) {
  var sum: UInt64 = 0
  for (index, byte) in bytes.enumerated() {
    sum += UInt64(byte) << (index % 2 == 0 ? 8 : 0)
  }
  while sum > 0xffff {
    sum = sum >> 16 + sum & 0xffff
  }
  let step = 1 + Int(bytes.first ?? 0) % 19
  var checksum = InternetChecksum()
  for start in stride(from: 0, to: bytes.count, by: step) {
    checksum.add(bytes.span.extracting(start..<min(start + step, bytes.count)))
  }
  precondition(checksum.value == ~UInt16(sum))
}
