// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Tender
import Testing

@Suite struct VirtualLinkTests {
  @Test func framesArriveAtTheOtherEndInOrder() throws {
    let (one, other) = try VirtualLink.pair()
    for number: UInt8 in 1...3 { try one.send(bytes: [number]) }
    try other.send(bytes: [9])
    #expect(
      try [other.frame(), other.frame(), other.frame(), other.frame()] == [[1], [2], [3], nil])
    #expect(try [one.frame(), one.frame()] == [[9], nil])
  }

  @Test func endIsReadyAsLongAsItHasFrames() throws {
    let (one, other) = try VirtualLink.pair()
    #expect(try !other.isReady)
    try one.send(bytes: [1])
    try one.send(bytes: [2])
    #expect(try other.isReady)
    #expect(try !one.isReady)
    _ = try other.frame()
    #expect(try other.isReady)
    _ = try other.frame()
    #expect(try !other.isReady)
    #expect(try other.frame() == nil)
    try one.send(bytes: [3])
    #expect(try other.isReady)
  }

  @Test(arguments: [0, 1, 3])
  func fullCableDropsFrames(capacity: Int) throws {
    let (one, other) = try VirtualLink.pair(capacity: capacity)
    for number: UInt8 in 1...5 { try one.send(bytes: [number]) }
    var frames: [[UInt8]] = []
    while let frame = try other.frame() { frames.append(frame) }
    #expect(frames == (1...5).prefix(capacity).map { [$0] })
    #expect(try !other.isReady)
    // There is room again.
    try one.send(bytes: [6])
    #expect(try other.frame() == (capacity > 0 ? [6] : nil))
  }

  @Test func longFrameIsCutToTheBuffer() throws {
    let (one, other) = try VirtualLink.pair()
    try one.send(bytes: [1, 2, 3, 4])
    try one.send(bytes: [5])
    #expect(try other.frame(2) == [1, 2])
    #expect(try other.frame(2) == [5])
  }

  @Test func endsHaveAddressesOfTheirOwn() throws {
    let (one, other) = try VirtualLink.pair(mtu: 9000)
    #expect(one.macAddress != other.macAddress)
    #expect(one.mtu == 9000 && other.mtu == 9000)
    for address in [one.macAddress, other.macAddress] {
      #expect(!address.isMulticast)
      #expect(address.octets[0] & 2 == 2, "locally administered")
    }
  }

  @Test func randomAddressesDiffer() {
    let addresses = Set((0..<100).map { _ in MACAddress.random() })
    #expect(addresses.count == 100)
    #expect(addresses.allSatisfy { $0.octets[0] & 3 == 2 })
  }
}
