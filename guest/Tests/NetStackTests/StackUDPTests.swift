// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

struct StackUDPTests {
  private let link: StackLink
  private let server: UDPEndpoint

  init() throws {
    link = try StackLink()
    server = try link.other.stack.openUDP(port: 53)
  }

  private func send(_ bytes: [UInt8], from endpoint: UDPEndpoint) throws {
    try link.one.stack.send(
      bytes.span, to: SocketAddress(.v4(link.other.address), port: 53), from: endpoint)
    link.settle()
  }

  @Test func datagramsCrossBothWays() throws {
    let client = try link.one.stack.openUDP(port: 0)
    try send([1, 2, 3], from: client)
    let question = try #require(server.receive())
    #expect(question.payload == [1, 2, 3])
    #expect(question.source == SocketAddress(.v4(link.one.address), port: client.port))
    try link.other.stack.send(([4, 5] as [UInt8]).span, to: question.source, from: server)
    link.settle()
    #expect(try #require(client.receive()).payload == [4, 5])
    #expect(client.receive() == nil)
  }

  @Test func aConnectedEndpointHearsOnlyItsPeer() throws {
    let peer = SocketAddress(.v4(link.other.address), port: 53)
    let client = try link.one.stack.openUDP(port: 0, remote: peer)
    let stranger = try link.other.stack.openUDP(port: 54)
    let address = SocketAddress(.v4(link.one.address), port: client.port)
    try link.other.stack.send(([1] as [UInt8]).span, to: address, from: stranger)
    try link.other.stack.send(([2] as [UInt8]).span, to: address, from: server)
    link.settle()
    #expect(try #require(client.receive()).payload == [2])
    #expect(client.receive() == nil)
  }

  @Test func aWrongChecksumIsLost() throws {
    let client = try link.one.stack.openUDP(port: 0)
    try send([1, 2, 3], from: client)
    _ = server.receive()
    link.passes = { [link] frame in
      var altered = frame
      altered[44] ^= 1
      link.other.stack.receive(altered.span, on: link.other.interface, at: link.now)
      return false
    }
    try send([1, 2, 3], from: client)
    #expect(server.receive() == nil)
  }

  @Test func aPortIsHadOnce() {
    #expect(throws: SocketError.addressInUse) { try link.other.stack.openUDP(port: 53) }
  }

  @Test func whatNobodyReceivesIsBounded() throws {
    let client = try link.one.stack.openUDP(port: 0)
    for _ in 0..<1000 {
      try send([UInt8](repeating: 1, count: 1000), from: client)
    }
    var count = 0
    while server.receive() != nil {
      count += 1
    }
    #expect(count * 1000 <= UDPEndpoint.receiveLimit)
    #expect(server.dropped == UInt64(1000 - count))
    try send([1], from: client)
    #expect(server.receive() != nil)
  }
}
