// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

func checkICMP(_ bytes: [UInt8]) {
  var bytes = bytes
  bytes.seal(at: 2, over: bytes.indices)
  if let echo = ICMPEcho(v4: bytes.span) {
    var again = bytes
    var span = again.mutableSpan
    echo.emit4(into: &span)
    precondition(again == bytes)
  }
  guard let error = ICMPError(v4: bytes.span) else { return }
  var again = bytes
  var span = again.mutableSpan
  error.emit4(into: &span)
  precondition(ICMPError(v4: again.span) == error)
  _ = QuotedPacket(v4: bytes.span.extracting(ICMPError.size...))
}

private let addresses = (source: IPv6Address.loopback, destination: IPv6Address.allNodes)

private func rewritten(
  _ bytes: [UInt8], _ write: (inout MutableSpan<UInt8>) -> Void
) -> [UInt8] {
  var again = bytes
  var span = again.mutableSpan
  write(&span)
  let envelope = PseudoHeader(
    source: .v6(addresses.source), destination: .v6(addresses.destination),
    payloadProtocol: .icmpv6)
  precondition(envelope.verifies(again.span))
  return again
}

func checkICMPv6(_ bytes: [UInt8]) {
  let (source, destination) = addresses
  if let echo = ICMPEcho(v6: bytes.span) {
    let again = rewritten(bytes) { echo.emit6(into: &$0, source: source, destination: destination) }
    precondition(ICMPEcho(v6: again.span) == echo)
  }
  if let error = ICMPError(v6: bytes.span) {
    let again = rewritten(bytes) {
      error.emit6(into: &$0, source: source, destination: destination)
    }
    precondition(ICMPError(v6: again.span) == error)
    _ = QuotedPacket(v6: bytes.span.extracting(ICMPError.size...))
  }
  checkNeighbors(bytes)
  if let router = RouterAdvertisement(bytes.span) {
    precondition((-1...1).contains(router.preference))
    precondition(router.options.prefixes.count <= 8 && router.options.nameServers.count <= 8)
  }
  if let query = ListenerQuery(bytes.span) {
    precondition(query.responseMilliseconds >= 0 && query.group?.isMulticast ?? true)
  }
}

func checkNeighbors(_ bytes: [UInt8]) {
  let (source, destination) = addresses
  if let question = NeighborSolicitation(bytes.span) {
    let again = rewritten([UInt8](repeating: 0xa5, count: question.encodedSize)) {
      question.emit(into: &$0, source: source, destination: destination)
    }
    let second = NeighborSolicitation(again.span)
    precondition(second?.target == question.target)
    precondition(second?.options.sourceHardware == question.options.sourceHardware)
    precondition(second?.options.nonce == question.options.nonce)
  }
  if let news = NeighborAdvertisement(bytes.span) {
    let again = rewritten([UInt8](repeating: 0xa5, count: news.encodedSize)) {
      news.emit(into: &$0, source: source, destination: destination)
    }
    let second = NeighborAdvertisement(again.span)
    precondition(second?.target == news.target && second?.isRouter == news.isRouter)
    precondition(second?.isSolicited == news.isSolicited && second?.isOverride == news.isOverride)
    precondition(second?.options.targetHardware == news.options.targetHardware)
  }
}

func checkIGMP(_ bytes: [UInt8]) {
  var bytes = bytes
  bytes.seal(at: 2, over: bytes.indices)
  guard let message = IGMPMessage(bytes.span) else { return }
  if case .query(_, let milliseconds) = message.kind {
    precondition((0...3_174_400).contains(milliseconds))
  } else {
    let again = written(IGMPMessage.size) { message.emit(into: &$0) }
    precondition(IGMPMessage(again.span) == message)
  }
}
