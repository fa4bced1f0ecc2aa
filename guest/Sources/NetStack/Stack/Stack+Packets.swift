// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension Stack {
  /// Has a packet sent whose payload is complete; false when there is no way to its destination, or no
  /// room for it.
  @discardableResult
  func send(
    _ payload: [UInt8], _ payloadProtocol: IPProtocol, to destination: IPAddress,
    from source: IPAddress
  ) -> Bool {
    guard let path = path(to: destination), case .v4(let to) = destination,
      case .v4(let from) = source, payload.count + IPv4Header.size <= path.interface.mtu
    else { return false }
    let header = IPv4Header(
      source: from, destination: to, payloadProtocol: payloadProtocol,
      payloadLength: payload.count)
    let bytes = [UInt8](size: header.totalLength) { bytes in
      header.emit(into: &bytes)
      bytes.update(from: payload.span, at: IPv4Header.size)
    }
    return path.interface.enqueue(
      OutgoingPacket(destination: .neighbor(path.nextHop), type: .ipv4, bytes: bytes))
  }
}
