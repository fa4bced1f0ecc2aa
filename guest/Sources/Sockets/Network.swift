// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Kernel
public import NetStack
public import NetWire

/// The host's networks: net devices and the protocols above them.
///
/// Sendable because nothing runs at the same time as its user.
public final class Network: @unchecked Sendable {
  let stack: Stack
  private var links: [Link] = []
  private var alarm: Alarm?

  /// A host without networks.
  public init() {
    stack = Stack(key: .random())
    alarm = Alarm { [unowned(unsafe) self] in unsafe self.tick() }
  }

  /// Connects the host to the network of a device, whose frames are all this host's from now on.
  public func attach(_ device: NetDevice) -> Interface {
    var offloads: InterfaceOffloads = []
    if device.offloads.isSuperset(of: [.checksum, .segmentationV4]) {
      offloads.insert(.segmentationV4)
    }
    if device.offloads.isSuperset(of: [.checksum, .segmentationV6]) {
      offloads.insert(.segmentationV6)
    }
    let interface = stack.addInterface(
      mac: MACAddress(device.mac), mtu: device.mtu, offloads: offloads)
    let link = Link(device: device, interface: interface, network: self)
    links.append(link)
    link.start()
    return interface
  }

  /// Gives an interface its address of version 4, the router to other networks, and the largest packet
  /// of the network if that is not the device's. Without a prefix it has no address any more.
  public func configure(
    _ interface: Interface, _ prefix: IPv4Prefix?, gateway: IPv4Address? = nil, mtu: Int? = nil
  ) {
    stack.configure(interface, prefix, gateway: gateway, mtu: mtu)
    stack.announce(interface)
    transmit()
  }

  /// Asks whether another host has an address (RFC 5227); `Interface.takeConflict` tells.
  public func probe(_ address: IPv4Address, on interface: Interface) {
    stack.probe(address, on: interface)
    transmit()
  }

  /// Has an interface use version 6: with the address and the router given, or with what routers tell
  /// (RFC 4862). Addresses are used after a second, in which nobody else has said that they are theirs.
  public func enableIPv6(
    _ interface: Interface, _ prefix: IPv6Prefix? = nil, gateway: IPv6Address? = nil
  ) {
    stack.enableIPv6(interface, isAutomatic: prefix == nil, at: .now)
    if let prefix {
      stack.add(prefix, to: interface, at: .now)
    }
    if let gateway, let everywhere = IPv6Prefix(address: .unspecified, length: 0) {
      stack.addRoute(to: .v6(everywhere), by: .v6(gateway), on: interface)
    }
    transmit()
  }

  /// Has sent what the stack has to send, and sees to its next deadline.
  // Not part of its callers, of which there are many.
  @inline(never)
  func transmit() {
    for link in links {
      link.transmit()
    }
    if let deadline = stack.deadline {
      let instant = MonotonicClock.Instant(nanoseconds: deadline.nanoseconds)
      if let alarm, alarm.deadline.map({ instant < $0 }) ?? true {
        alarm.deadline = instant
      }
    }
  }

  private func tick() {
    // When the machine has slept beyond a deadline, the answer that is waited for may have come before.
    for link in links {
      link.takeArrived()
    }
    stack.tick(at: .now)
    transmit()
  }
}

extension SipHash.Key {
  /// A key that nobody can guess.
  fileprivate static func random() -> SipHash.Key {
    SipHash.Key(low: .random(in: 0 ... .max), high: .random(in: 0 ... .max))
  }
}
