// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
public import NetWire

/// Who wants to know that there is something to receive.
public protocol UDPObserver: AnyObject {
  /// A datagram or an error has arrived.
  func endpointChanged(_ endpoint: UDPEndpoint)
}

/// A port of UDP (RFC 768).
///
/// Sendable because nothing runs at the same time as its user.
public final class UDPEndpoint: @unchecked Sendable {
  /// The most bytes of datagrams that wait to be received. More are lost.
  public static let receiveLimit = 256 << 10
  /// What a datagram costs besides its payload.
  private static let overhead = 128

  /// An error of the network that a datagram met.
  public struct Failure: Hashable, Sendable {
    /// Whom the datagram was for.
    public let remote: SocketAddress
    /// What happened.
    public let error: SocketError
  }

  /// A group that it listens to.
  struct Membership: Equatable {
    let group: IPAddress
    let interface: Interface

    static func == (one: Membership, other: Membership) -> Bool {
      one.group == other.group && one.interface === other.interface
    }
  }

  /// The address that datagrams come to; nil for every one that the host has.
  public let address: IPAddress?
  /// The port that datagrams come to.
  public let port: UInt16
  /// The only one that datagrams come from and go to, when the endpoint is connected.
  public let remote: SocketAddress?
  /// Who is told of datagrams.
  public var observer: (any UDPObserver)?
  /// The datagrams that were lost for want of room.
  public private(set) var dropped: UInt64 = 0
  var memberships: [Membership] = []
  private var failure: Failure?
  private var waiting = Deque<Datagram>()
  private var waitingSize = 0

  init(address: IPAddress?, port: UInt16, remote: SocketAddress?) {
    self.address = address
    self.port = port
    self.remote = remote
  }

  /// The next datagram, if one has arrived.
  public func receive() -> Datagram? {
    guard let datagram = waiting.popFirst() else { return nil }
    waitingSize -= datagram.payload.count + Self.overhead
    return datagram
  }

  /// The latest error, which is told once.
  public func takeFailure() -> Failure? {
    let latest = failure
    failure = nil
    return latest
  }

  func fail(_ failure: Failure) {
    self.failure = failure
    observer?.endpointChanged(self)
  }

  func append(_ datagram: Datagram) {
    let size = datagram.payload.count + Self.overhead
    guard waitingSize + size <= Self.receiveLimit else {
      dropped += 1
      return
    }
    waitingSize += size
    waiting.append(datagram)
    observer?.endpointChanged(self)
  }

  func takes(_ destination: IPAddress, port: UInt16, from source: SocketAddress) -> Bool {
    guard port == self.port, remote == nil || remote == source else { return false }
    return destination.isMulticast
      ? memberships.contains { $0.group == destination }
      : address == nil || address == destination
  }
}
