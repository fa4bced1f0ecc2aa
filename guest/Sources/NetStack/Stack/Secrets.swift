// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// Numbers that nobody else can foretell, made from one random key.
struct Secrets {
  private let key: SipHash.Key
  private var counter: UInt64 = 0

  init(key: SipHash.Key) {
    self.key = key
  }

  /// What a number is for, so that one says nothing of another.
  enum Purpose: UInt64 {
    case sequence, cookie, port, random
  }

  /// The number that belongs to a flow.
  func hash(_ purpose: Purpose, _ flow: TCPFlow, _ extra: UInt64 = 0) -> UInt64 {
    let (local, remote) = (words(flow.local.address), words(flow.remote.address))
    let ports = UInt64(flow.local.port) << 16 | UInt64(flow.remote.port)
    var hash = SipHash(key: key)
    hash.combine(purpose.rawValue << 32 | ports)
    hash.combine(local.0)
    hash.combine(local.1)
    hash.combine(remote.0)
    hash.combine(remote.1)
    hash.combine(extra)
    return hash.value
  }

  /// A number that was not seen before.
  mutating func random() -> UInt64 {
    counter += 1
    var hash = SipHash(key: key)
    hash.combine(Purpose.random.rawValue << 32)
    hash.combine(counter)
    return hash.value
  }

  /// An initial sequence number (RFC 6528, section 3): the flow's own, moved on by one every 4 us.
  func initialSequence(_ flow: TCPFlow, at now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: hash(.sequence, flow) &+ now.nanoseconds / 4_000)
  }

  private func words(_ address: IPAddress) -> (UInt64, UInt64) {
    switch address {
    case .v4(let address): (0, 0xffff_0000_0000 | UInt64(address.rawValue))
    case .v6(let address): (address.high, address.low)
    }
  }
}
