// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import NetWire

/// Two hosts at the ends of a wire, 10.0.0.1 and 10.0.0.2, and what time it is.
final class StackLink {
  struct Host {
    let stack: Stack
    let interface: Interface
    let address: IPv4Address
  }

  let one: Host
  let other: Host
  var now = Instant(nanoseconds: 1_000_000_000)
  /// Every frame that crossed the wire, with right checksums.
  private(set) var frames: [[UInt8]] = []
  /// Looks at a frame that is about to cross the wire; false loses it.
  var passes: ([UInt8]) -> Bool = { _ in true }

  init(mtu: Int = 1500) throws {
    one = try Self.host(1, mtu)
    other = try Self.host(2, mtu)
  }

  private static func host(_ number: UInt8, _ mtu: Int) throws -> Host {
    let stack = Stack(key: SipHash.Key(low: UInt64(number), high: 7))
    let interface = stack.addInterface(
      mac: MACAddress([2, 0, 0, 0, 0, number]), mtu: mtu, offloads: [])
    let address = IPv4Address(rawValue: 0x0a00_0000 | UInt32(number))
    stack.configure(interface, IPv4Prefix(address: address, length: 24), gateway: nil)
    return Host(stack: stack, interface: interface, address: address)
  }

  /// Lets frames cross until nobody has one to send.
  func settle() {
    var isBusy = true
    while isBusy {
      let (there, back) = (move(from: one, to: other), move(from: other, to: one))
      isBusy = there || back
    }
  }

  /// Lets time pass, step by step with what is due.
  func advance(byNanoseconds nanoseconds: UInt64) {
    let end = now.advanced(byNanoseconds: nanoseconds)
    settle()
    while true {
      let deadlines = [one.stack.deadline, other.stack.deadline].compactMap { $0 }
      guard let next = deadlines.min(), next <= end else { break }
      now = max(now, next)
      one.stack.tick(at: now)
      other.stack.tick(at: now)
      settle()
    }
    now = end
  }

  private func move(from sender: Host, to receiver: Host) -> Bool {
    var moved = false
    while let frame = nextFrame(of: sender) {
      moved = true
      frames.append(frame)
      if passes(frame) {
        receiver.stack.receive(frame.span, on: receiver.interface, at: now)
      }
    }
    return moved
  }

  /// What a device without offloads would send.
  func nextFrame(of host: Host) -> [UInt8]? {
    var result: FrameToSend?
    var frame = [UInt8](capacity: host.interface.mtu + 18) { bytes in
      result = host.stack.nextFrame(on: host.interface, into: &bytes, at: now)
    }
    guard let result else { return nil }
    for index in 0..<result.parts.count {
      if let part = result.parts[index] {
        let bytes = part.memory.span.extracting(part.range)
        frame.append(contentsOf: bytes.indices.map { bytes[$0] })
      }
    }
    if case .missing(let start, let offset) = result.offload.checksum {
      var sum = InternetChecksum()
      sum.add(frame.span.extracting(start...))
      frame[start + offset] = UInt8(sum.value >> 8)
      frame[start + offset + 1] = UInt8(truncatingIfNeeded: sum.value)
    }
    return frame
  }
}
