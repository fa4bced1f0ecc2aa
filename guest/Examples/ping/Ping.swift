// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Swiftlet

/// Answers ARP requests and ICMP echo requests for its address.
@main
struct Ping {
  static func main() async {
    guard let prefix = option("ipv4").flatMap({ IPv4Prefix($0) }) else {
      print("usage: ping --ipv4=10.0.0.2/24")
      exit(1)
    }
    let mac = MACAddress(Devices.service.mac)
    print("\(prefix) is at \(mac)")
    var station = Station(mac: mac, address: prefix.address)
    for await frame in Devices.service.frames {
      guard let reply = station.reply(to: frame.span) else { continue }
      try? await Devices.service.send(reply.span)
    }
  }
}

/// One station of a network, as a value: frames in, frames out.
struct Station {
  let mac: MACAddress
  let address: IPv4Address
  private var peers: Set<IPv4Address> = []

  init(mac: MACAddress, address: IPv4Address) {
    self.mac = mac
    self.address = address
  }

  mutating func reply(to frame: Span<UInt8>) -> [UInt8]? {
    guard let header = EthernetHeader(frame),
      header.destination == mac || header.destination == .broadcast
    else { return nil }
    let packet = frame.extracting(EthernetHeader.size...)
    let payload =
      switch header.type {
      case .arp: replyToARP(packet)
      case .ipv4: replyToEcho(packet)
      default: nil as [UInt8]?
      }
    guard let payload else { return nil }
    var reply = [UInt8](repeating: 0, count: EthernetHeader.size)
    var span = reply.mutableSpan
    EthernetHeader(destination: header.source, source: mac, type: header.type).emit(into: &span)
    return reply + payload
  }

  private func replyToARP(_ packet: Span<UInt8>) -> [UInt8]? {
    guard let request = ARPPacket(packet), request.operation == .request,
      request.targetProtocol == address
    else { return nil }
    var reply = [UInt8](repeating: 0, count: ARPPacket.size)
    var span = reply.mutableSpan
    request.reply(from: mac).emit(into: &span)
    return reply
  }

  private mutating func replyToEcho(_ packet: Span<UInt8>) -> [UInt8]? {
    guard let header = IPv4Header(packet), header.destination == address, !header.isFragment,
      header.payloadProtocol == .icmp,
      let request = ICMPEcho(packet.extracting(header.payload)), request.kind == .request
    else { return nil }
    if peers.insert(header.source).inserted {
      print("\(header.source) pings")
    }
    var message = header.payload.map { packet[$0] }
    var messageSpan = message.mutableSpan
    request.reply.emit(into: &messageSpan)
    var reply = [UInt8](repeating: 0, count: IPv4Header.size)
    var span = reply.mutableSpan
    IPv4Header(
      source: address, destination: header.source, payloadProtocol: .icmp,
      payloadLength: message.count
    ).emit(into: &span)
    return reply + message
  }
}
