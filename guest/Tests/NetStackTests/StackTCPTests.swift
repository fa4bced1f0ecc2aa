// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

/// TCP between two hosts, with everything between Ethernet and the application.
struct StackTCPTests {
  private let link: StackLink
  private let address: SocketAddress

  init() throws {
    link = try StackLink()
    address = SocketAddress(.v4(link.other.address), port: 80)
  }

  private func connect(_ queue: ListenQueue) throws -> (
    client: TCPConnection, server: TCPConnection
  ) {
    let client = try link.one.stack.connect(to: address, at: link.now)
    link.settle()
    return (client, try #require(queue.accept()))
  }

  private func write(_ bytes: [UInt8], _ connection: TCPConnection, _ host: StackLink.Host) -> Int {
    let count = connection.write(bytes.span, at: link.now)
    host.stack.schedule(connection)
    link.settle()
    return count
  }

  private func read(_ connection: TCPConnection, _ host: StackLink.Host) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = connection.read(atMost: .max) { piece in
      bytes.append(contentsOf: piece.indices.map { piece[$0] })
    }
    host.stack.schedule(connection)
    link.settle()
    return bytes
  }

  @Test func bytesCrossBothWays() throws {
    let queue = try link.other.stack.listen(port: 80)
    let (client, server) = try connect(queue)
    #expect(client.state == .established)
    #expect(server.state == .established)
    #expect(write([1, 2, 3], client, link.one) == 3)
    #expect(read(server, link.other) == [1, 2, 3])
    let much = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    #expect(write(much, server, link.other) == much.count)
    link.advance(byNanoseconds: 1_000_000_000)
    var received: [UInt8] = []
    while client.readable > 0 {
      received += read(client, link.one)
      link.advance(byNanoseconds: 1_000_000_000)
    }
    #expect(received == much)
  }

  @Test func bothSidesFinish() throws {
    let queue = try link.other.stack.listen(port: 80)
    let (client, server) = try connect(queue)
    client.finish(at: link.now)
    link.one.stack.schedule(client)
    link.settle()
    #expect(server.isAtEnd)
    #expect(server.state == .closeWait)
    server.finish(at: link.now)
    link.other.stack.schedule(server)
    link.settle()
    #expect(server.state == .closed)
    #expect(client.state == .timeWait)
    link.advance(byNanoseconds: 61_000_000_000)
    #expect(client.state == .closed)
  }

  @Test func aPortThatNobodyListensAtRefuses() throws {
    let client = try link.one.stack.connect(to: address, at: link.now)
    link.settle()
    #expect(client.state == .closed)
    #expect(client.failure == .refused)
  }

  @Test func aHostThatDoesNotAnswerIsUnreachable() throws {
    let client = try link.one.stack.connect(
      to: SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0063)), port: 80), at: link.now)
    link.advance(byNanoseconds: 5_000_000_000)
    #expect(client.failure == .unreachable)
  }

  /// RFC 4987, section 3.6.
  @Test func cookiesTakeThePlaceOfABacklogThatIsFull() throws {
    let queue = try link.other.stack.listen(port: 80, backlog: 1)
    // The only place is taken by a handshake that does not go on.
    link.passes = { frame in frame.count < 54 || frame[47] != 0x12 }
    let lost = try link.one.stack.connect(to: address, at: link.now)
    link.settle()
    #expect(lost.state == .synSent)
    link.passes = { _ in true }
    let (client, server) = try connect(queue)
    #expect(write([1, 2, 3], client, link.one) == 3)
    #expect(read(server, link.other) == [1, 2, 3])
    let much = [UInt8](repeating: 5, count: 200_000)
    #expect(write(much, client, link.one) == much.count)
    var received = 0
    for _ in 0..<100 where received < much.count {
      received += read(server, link.other).count
      link.advance(byNanoseconds: 100_000_000)
    }
    #expect(received == much.count)
  }

  @Test func aConnectionThatIsOverIsForgotten() throws {
    let queue = try link.other.stack.listen(port: 80)
    for _ in 0..<5000 {
      let (client, server) = try connect(queue)
      server.finish(at: link.now)
      link.other.stack.schedule(server)
      link.settle()
      client.finish(at: link.now)
      link.one.stack.schedule(client)
      link.settle()
      #expect(client.state == .closed)
    }
    #expect(link.one.stack.connectionCount == 0)
    #expect(link.other.stack.connectionCount <= 1024)
    link.advance(byNanoseconds: 61_000_000_000)
    #expect(link.other.stack.connectionCount == 0)
  }
}
