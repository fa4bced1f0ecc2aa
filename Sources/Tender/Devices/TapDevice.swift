// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
public import GuestImage
internal import Glibc
public import SystemCalls
internal import SystemPackage

/// A network interface that is a tap of the host.
public final class TapDevice: NetDevice {
  /// The address that the guest is told to use; the host end has its own.
  public let macAddress: MACAddress
  /// The largest payload of a frame, in bytes.
  public let mtu: UInt16
  private let descriptor: Descriptor
  private let name: String

  /// The MTUs that a guest can be given (68 is IPv4's least, RFC 791).
  public static let mtus: ClosedRange<Int> = 68...65_521

  /// Attaches to the tap interface `name`, which must exist: nothing is created. `mtu` is the
  /// interface's own, and `macAddress` a random one, unless given.
  public convenience init(
    name: String, macAddress: MACAddress? = nil, mtu: Int? = nil
  ) throws(ConfigurationError) {
    guard !name.isEmpty, name.utf8.count < Int(IF_NAMESIZE) else { throw .noInterface(name) }
    let index = unsafe if_nametoindex(name)
    guard index != 0 else { throw .noInterface(name) }
    do {
      let descriptor = try Descriptor(opening: "/dev/net/tun", flags: O_RDWR)
      guard unsafe clinux_tun_attach(descriptor.number, name, Int16(IFF_TAP | IFF_NO_PI)) == 0
      else { throw SystemCallError("TUNSETIFF", on: name) }
      // Had the interface gone in between, the call would have made a new one, which goes again.
      guard unsafe if_nametoindex(name) == index else { throw ConfigurationError.noInterface(name) }
      try self.init(descriptor, name: name, macAddress: macAddress, mtu: mtu)
    } catch let error as ConfigurationError {
      throw error
    } catch let error as SystemCallError {
      switch error.errno {
      case .resourceBusy: throw .interfaceBusy(name)
      case .invalidArgument: throw .notATap(name)
      default: throw .systemCall(error)
      }
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
  }

  /// Uses `descriptor`, which must be attached to a tap interface already, without the packet
  /// information header. Until it is known which one that is, errors call it `name`.
  public init(
    _ descriptor: consuming Descriptor, name: String, macAddress: MACAddress? = nil,
    mtu: Int? = nil
  ) throws(ConfigurationError) {
    guard let interface = Self.interface(of: descriptor.number) else { throw .notATap(name) }
    guard interface.flags & Int32(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR) == IFF_TAP | IFF_NO_PI else {
      throw .notATap(interface.name)
    }
    do {
      self.name = interface.name
      self.mtu = try Self.checked(mtu ?? Self.mtu(of: interface.name))
      self.macAddress = macAddress ?? .random()
      try descriptor.setNonBlocking()
      self.descriptor = descriptor
    } catch let error as SystemCallError {
      throw .systemCall(error)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
  }

  /// The tap itself.
  public var readinessDescriptor: CInt { descriptor.number }

  /// read(2) of one frame.
  public func receive(into buffer: inout MutableRawSpan) throws(SystemCallError) -> Int? {
    do {
      return try descriptor.read(into: &buffer)
    } catch .wouldBlock {
      return nil
    } catch {
      throw SystemCallError("read", on: name, errno: error)
    }
  }

  /// write(2) of one frame.
  public func send(_ frame: RawSpan) throws(SystemCallError) {
    do {
      _ = try descriptor.write(frame)
    } catch .badFileDescriptor {
      throw SystemCallError("write", on: name, errno: .badFileDescriptor)
    } catch {
      // The interface is down or its queue is full: as on any wire, the frame is lost.
    }
  }

  private static func interface(of number: CInt) -> (name: String, flags: CInt)? {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    var flags: CInt = 0
    guard unsafe clinux_tun_interface(number, &name, &flags) == 0 else { return nil }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return (String(decoding: bytes, as: UTF8.self), flags)
  }

  private static func mtu(of name: String) throws(SystemCallError) -> Int {
    let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard number >= 0 else { throw SystemCallError("socket", on: name) }
    let socket = Descriptor(owning: number)
    let mtu = unsafe clinux_interface_mtu(socket.number, name)
    guard mtu >= 0 else { throw SystemCallError("SIOCGIFMTU", on: name) }
    return Int(mtu)
  }

  private static func checked(_ mtu: Int) throws(ConfigurationError) -> UInt16 {
    guard mtus.contains(mtu) else { throw .mtu(mtu) }
    return UInt16(mtu)
  }
}

extension MACAddress {
  /// A random address of the locally administered, individual kind (IEEE 802, section 8.4).
  public static func random() -> MACAddress {
    var octets = (0..<6).map { _ in UInt8.random(in: 0...255) }
    octets[0] = octets[0] & 0xfc | 2
    guard let address = MACAddress(octets) else { preconditionFailure("six octets are an address") }
    return address
  }
}
