// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

@testable import NetStack

/// A host with two interfaces, the second on a virtual network, and what happens to it.
final class StackSession {
  let stack = Stack(key: SipHash.Key(low: 1, high: 2))
  let plain: Interface
  let tagged: Interface
  var now = Instant(nanoseconds: 1_000_000_000)
  var conversations: [TCPFlow: Conversation] = [:]
  var applications: [Application] = []
  var listeners: [ListenQueue] = []
  var endpoints: [UDPEndpoint] = []
  /// The connections that the host has opened.
  var opened: [TCPFlow] = []
  /// The latest packets of each version that the host has sent, for errors to quote.
  var sent4: [UInt8] = []
  var sent6: [UInt8] = []
  /// Whether peers answer questions for their hardware addresses.
  private let answers: Bool
  /// Whether the device takes frames.
  private var takesFrames = true
  /// Whether bytes may have arrived that no pattern says.
  private(set) var hasRaw = false
  /// What peers answer to frames, until the host has sent all of its.
  var replies: [(frame: [UInt8], interface: Interface)] = []

  init(options: UInt8) {
    answers = options & 1 == 0
    let offloads: InterfaceOffloads = options & 2 != 0 ? [.segmentationV4, .segmentationV6] : []
    plain = stack.addInterface(mac: Peer.hostMAC, mtu: 1500, offloads: offloads)
    tagged = stack.addInterface(
      mac: Peer.hostMAC, mtu: options & 4 != 0 ? 9000 : 1280, offloads: [], vlan: 7)
    stack.configure(plain, Peer.host4, gateway: Peer.gateway4)
    stack.configure(tagged, Peer.tagged4, gateway: nil)
    stack.enableIPv6(plain, duplicateQuestions: options & 8 != 0 ? 1 : 0, at: now)
    stack.add(Peer.host6, to: plain, at: now)
    listen(80, backlog: 1 + Int(options >> 4 & 3))
    listen(7, backlog: 4)
    open(53)
    drain()
  }

  func end() {
    takesFrames = true
    drain()
    advance(byNanoseconds: 1 << 37)
  }

  func step(_ input: inout FuzzInput) {
    switch input.byte() % 16 {
    case 0, 1, 2, 3: receiveSegment(&input)
    case 4: receiveDatagram(&input)
    case 5: receiveControl(&input)
    case 6: receiveFragment(&input)
    case 7:
      hasRaw = true
      receiveRaw(&input)
    case 8: pass(input.byte())
    case 9, 10: useConnection(&input)
    case 11: useListener(&input)
    case 12: useEndpoint(&input)
    case 13: connect(&input)
    case 14: receiveExtended(&input)
    default: change(&input)
    }
    if takesFrames { drain() }
    checkBounds()
  }

  private func pass(_ choice: UInt8) {
    if choice == 0, let deadline = stack.deadline, deadline > now {
      advance(byNanoseconds: min(deadline.nanoseconds(since: now), 1 << 37))
    } else {
      advance(byNanoseconds: 1 << UInt64(choice % 38))
    }
  }

  /// Changes the device or the addresses.
  private func change(_ input: inout FuzzInput) {
    let choice = input.byte()
    switch choice % 8 {
    case 0: takesFrames = false
    case 1: takesFrames = true
    case 2: stack.configure(plain, nil, gateway: nil)
    case 3: stack.configure(plain, Peer.host4, gateway: choice & 8 != 0 ? Peer.gateway4 : nil)
    case 4: stack.remove(Peer.host6.address, from: plain, at: now)
    case 5: stack.add(Peer.host6, to: plain, at: now)
    case 6: _ = sendOne(of: choice & 8 != 0 ? tagged : plain)
    default: drain()
    }
  }

  func receive(_ frame: [UInt8], on interface: Interface) {
    stack.receive(frame.span, on: interface, at: now)
  }

  // MARK: - Time

  func advance(byNanoseconds nanoseconds: UInt64) {
    let end = now.advanced(byNanoseconds: nanoseconds)
    guard takesFrames else {
      now = end
      return stack.tick(at: now)
    }
    var (steps, stepsNow) = (0, 0)
    while let next = stack.deadline, next <= end {
      stepsNow = next > now ? 0 : stepsNow + 1
      steps += 1
      precondition(stepsNow < 100 && steps < 50_000, "time stands still")
      now = max(now, next)
      stack.tick(at: now)
      drain()
    }
    now = end
    stack.tick(at: now)
    drain()
  }

  /// Sends until there is nothing left.
  func drain() {
    var count = 0
    repeat {
      replies.removeAll()
      for interface in stack.interfaces {
        while sendOne(of: interface) {
          count += 1
          precondition(count < 50_000, "it sends without end")
        }
      }
      for (frame, interface) in replies where answers { receive(frame, on: interface) }
    } while answers && !replies.isEmpty
  }

  private func sendOne(of interface: Interface) -> Bool {
    var result: FrameToSend?
    var frame = [UInt8](capacity: interface.mtu + 18) { bytes in
      result = stack.nextFrame(on: interface, into: &bytes, at: now)
    }
    guard let result else {
      precondition(frame.isEmpty)
      return false
    }
    let headerSize = frame.count
    for index in 0..<result.parts.count {
      guard let part = result.parts[index] else { continue }
      let bytes = part.memory.span.extracting(part.range)
      unsafe bytes.withUnsafeBufferPointer { unsafe frame.append(contentsOf: $0) }
    }
    check(frame, headerSize: headerSize, result.offload, of: interface)
    return true
  }

  // MARK: - Bounds

  private func checkBounds() {
    for interface in stack.interfaces {
      precondition(interface.outbox.count <= Interface.outboxLimit)
      precondition(interface.neighbors.count <= 256)
      precondition(interface.ipv6Addresses.count <= 16)
    }
    precondition(stack.reassembly.count <= 16 && stack.reassembly.byteCount <= 320 << 10)
    precondition(stack.pathMTUs.count <= PathMTUCache.capacity)
    for listener in listeners {
      precondition((0...listener.backlog).contains(listener.halfOpenCount))
    }
    for application in applications { application.check() }
  }
}
