// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

extension Stack {
  /// Has a packet sent whose payload is complete; false when there is no way to its destination, or no
  /// room for it.
  @discardableResult
  func send(
    _ payload: [UInt8], _ payloadProtocol: IPProtocol, to destination: IPAddress,
    from source: IPAddress, hopLimit: UInt8? = nil
  ) -> Bool {
    guard let path = path(to: destination, from: source) else { return false }
    return send(
      payload, payloadProtocol, to: destination, from: source, by: path, hopLimit: hopLimit)
  }

  /// Has a packet sent on a path, in fragments if it is too large for that.
  @discardableResult
  func send(
    _ payload: [UInt8], _ payloadProtocol: IPProtocol, to destination: IPAddress,
    from source: IPAddress, by path: Path, hopLimit: UInt8? = nil
  ) -> Bool {
    let mtu = mtu(path, to: destination)
    switch (source, destination) {
    case (.v4(let source), .v4(let destination)):
      var header = IPv4Header(
        source: source, destination: destination, payloadProtocol: payloadProtocol,
        payloadLength: payload.count)
      header.timeToLive = hopLimit ?? (destination.isMulticast ? 1 : header.timeToLive)
      return header.totalLength > mtu
        ? sendFragments(of: payload, header, mtu: mtu, by: path) : send(payload, header, by: path)
    case (.v6(let source), .v6(let destination)):
      var header = IPv6Header(
        source: source, destination: destination, nextHeader: payloadProtocol,
        payloadLength: payload.count)
      let usual = path.interface.ipv6?.discovery.hopLimit ?? header.hopLimit
      header.hopLimit = hopLimit ?? (destination.isMulticast ? 1 : usual)
      return header.payload.upperBound > mtu
        ? sendFragments(of: payload, header, mtu: mtu, by: path) : send(payload, header, by: path)
    case (.v4, .v6), (.v6, .v4): return false
    }
  }

  private func send(_ payload: [UInt8], _ header: IPv4Header, by path: Path) -> Bool {
    let bytes = [UInt8](size: header.totalLength) { bytes in
      header.emit(into: &bytes)
      bytes.update(from: payload.span, at: IPv4Header.size)
    }
    return path.interface.enqueue(
      OutgoingPacket(destination: path.destination, type: .ipv4, bytes: bytes))
  }

  private func send(_ payload: [UInt8], _ header: IPv6Header, by path: Path) -> Bool {
    let bytes = [UInt8](size: IPv6Header.size + payload.count) { bytes in
      header.emit(into: &bytes)
      bytes.update(from: payload.span, at: IPv6Header.size)
    }
    return path.interface.enqueue(
      OutgoingPacket(destination: path.destination, type: .ipv6, bytes: bytes))
  }

  private func sendFragments(
    of payload: [UInt8], _ whole: IPv4Header, mtu: Int, by path: Path
  ) -> Bool {
    var header = whole
    header.dontFragment = false
    header.identification = UInt16(truncatingIfNeeded: secrets.random())
    for range in FragmentRanges(payloadLength: payload.count, room: mtu - IPv4Header.size) {
      header.fragmentOffset = range.lowerBound
      header.moreFragments = range.upperBound < payload.count
      header.totalLength = IPv4Header.size + range.count
      let bytes = [UInt8](size: header.totalLength) { bytes in
        header.emit(into: &bytes)
        bytes.update(from: payload.span.extracting(range), at: IPv4Header.size)
      }
      let packet = OutgoingPacket(destination: path.destination, type: .ipv4, bytes: bytes)
      guard path.interface.enqueue(packet) else { return false }
    }
    return true
  }

  private func sendFragments(
    of payload: [UInt8], _ whole: IPv6Header, mtu: Int, by path: Path
  ) -> Bool {
    let headerSize = IPv6Header.size + IPv6FragmentHeader.size
    var header = whole
    header.nextHeader = .fragment
    var fragment = IPv6FragmentHeader(
      nextHeader: whole.nextHeader, offset: 0, moreFragments: true,
      identification: UInt32(truncatingIfNeeded: secrets.random()))
    for range in FragmentRanges(payloadLength: payload.count, room: mtu - headerSize) {
      fragment.offset = range.lowerBound
      fragment.moreFragments = range.upperBound < payload.count
      header.payloadLength = IPv6FragmentHeader.size + range.count
      let bytes = [UInt8](capacity: headerSize + range.count) { bytes in
        bytes.append(count: IPv6Header.size) { header.emit(into: &$0) }
        bytes.append(count: IPv6FragmentHeader.size) { fragment.emit(into: &$0) }
        bytes.append(copyOf: payload.span.extracting(range))
      }
      let packet = OutgoingPacket(destination: path.destination, type: .ipv6, bytes: bytes)
      guard path.interface.enqueue(packet) else { return false }
    }
    return true
  }
}
