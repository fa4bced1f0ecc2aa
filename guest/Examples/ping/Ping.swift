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
    do throws(NetError) {
      while true {
        let frame = try await Devices.service.receive()
        try await Devices.service.send { station.reply(to: frame.span, into: &$0) }
      }
    } catch {
      exit(1)
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

  /// Appends the answer to a frame, if it has one.
  mutating func reply(to frame: Span<UInt8>, into reply: inout OutputSpan<UInt8>) {
    guard let header = EthernetHeader(frame),
      header.destination == mac || header.destination == .broadcast
    else { return }
    let packet = frame.extracting(EthernetHeader.size...)
    let answer = EthernetHeader(destination: header.source, source: mac, type: header.type)
    switch header.type {
    case .arp: replyToARP(packet, behind: answer, into: &reply)
    case .ipv4: replyToEcho(packet, behind: answer, into: &reply)
    default: return
    }
  }

  private func replyToARP(
    _ packet: Span<UInt8>, behind header: EthernetHeader, into reply: inout OutputSpan<UInt8>
  ) {
    guard let request = ARPPacket(packet), request.operation == .request,
      request.targetProtocol == address
    else { return }
    reply.append(count: EthernetHeader.size) { header.emit(into: &$0) }
    reply.append(count: ARPPacket.size) { request.reply(from: mac).emit(into: &$0) }
  }

  private mutating func replyToEcho(
    _ packet: Span<UInt8>, behind header: EthernetHeader, into reply: inout OutputSpan<UInt8>
  ) {
    guard let request = IPv4Header(packet), request.destination == address, !request.isFragment,
      request.payloadProtocol == .icmp
    else { return }
    let message = packet.extracting(request.payload)
    guard let echo = ICMPEcho(v4: message), echo.kind == .request else { return }
    if peers.insert(request.source).inserted {
      print("\(request.source) pings")
    }
    let answer = IPv4Header(
      source: address, destination: request.source, payloadProtocol: .icmp,
      payloadLength: message.count)
    reply.append(count: EthernetHeader.size) { header.emit(into: &$0) }
    reply.append(count: IPv4Header.size) { answer.emit(into: &$0) }
    reply.append(copyOf: message) { echo.reply.emit4(into: &$0) }
  }
}
