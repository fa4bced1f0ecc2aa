// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
public import GuestImage
public import HVTABI
internal import Glibc
public import SystemCalls
internal import SystemPackage

/// A network interface that is a tap of the host.
public final class TapDevice: NetDevice {
  /// The address that the guest is told to use; the host end has its own.
  public let macAddress: MACAddress
  /// The largest payload of a frame, in bytes.
  public let mtu: UInt16
  /// Whether the interface passes a `hvt_net_header` with each frame (IFF_VNET_HDR).
  public let hasHeaders: Bool
  private let descriptor: Descriptor
  private let name: String

  /// The MTUs that a guest can be given (68 is IPv4's least, RFC 791).
  public static let mtus: ClosedRange<Int> = 68...65_521

  /// Attaches to the tap interface `name`, which must exist: nothing is created. `mtu` is the
  /// interface's own, and `macAddress` a random one, unless given. `hasHeaders` is for guests with
  /// queues: it lets them leave checksums and segmentation to the host.
  public convenience init(
    name: String, macAddress: MACAddress? = nil, mtu: Int? = nil, hasHeaders: Bool = false
  ) throws(ConfigurationError) {
    guard !name.isEmpty, name.utf8.count < Int(IF_NAMESIZE) else { throw .noInterface(name) }
    let index = unsafe if_nametoindex(name)
    guard index != 0 else { throw .noInterface(name) }
    do {
      let descriptor = try Descriptor(opening: "/dev/net/tun", flags: O_RDWR)
      let flags = IFF_TAP | IFF_NO_PI | (hasHeaders ? IFF_VNET_HDR : 0)
      guard unsafe clinux_tun_attach(descriptor.number, name, Int16(flags)) == 0
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
    guard interface.flags & Int32(IFF_TAP | IFF_NO_PI) == IFF_TAP | IFF_NO_PI else {
      throw .notATap(interface.name)
    }
    hasHeaders = interface.flags & Int32(IFF_VNET_HDR) != 0
    do {
      if hasHeaders, clinux_tun_set_header_size(descriptor.number, Self.headerSize) < 0 {
        throw SystemCallError("TUNSETVNETHDRSZ", on: interface.name)
      }
      // What a machine before this one has agreed to stays with the interface.
      guard clinux_tun_set_offload(descriptor.number, 0) == 0 else {
        throw SystemCallError("TUNSETOFFLOAD", on: interface.name)
      }
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
    try receive { () throws(Errno) in
      guard hasHeaders else { return try descriptor.read(into: &buffer) }
      var header = NetHeader()
      let count = try descriptor.read(behind: &header, into: &buffer)
      return count - Int(Self.headerSize)
    }
  }

  /// write(2) of one frame.
  public func send(_ frame: RawSpan) throws(SystemCallError) {
    _ = try send { () throws(Errno) in
      if hasHeaders {
        _ = try descriptor.write(frame, behind: NetHeader())
      } else {
        _ = try descriptor.write(frame)
      }
    }
  }

  /// readv(2) of one frame.
  public func receive(into buffers: borrowing IOVectors) throws(SystemCallError) -> Int? {
    try receive { () throws(Errno) in try descriptor.read(into: buffers) }
  }

  /// writev(2) of one frame. The kernel refuses a header that does not fit the frame.
  public func send(_ buffers: borrowing IOVectors) throws(SystemCallError) -> Bool {
    try send { () throws(Errno) in _ = try descriptor.write(buffers) }
  }

  /// TUNSETOFFLOAD: the kernel completes and segments whatever a header asks for, and leaves undone in
  /// frames for the guest what is `accepted`.
  public func negotiate(
    _ accepted: QueueFeatures
  ) throws(SystemCallError) -> (transmit: QueueFeatures, receive: QueueFeatures) {
    guard hasHeaders else { return ([], []) }
    let offloads: QueueFeatures = [.checksum, .tso4, .tso6]
    // Segmentation stands on unfinished checksums.
    let received = accepted.contains(.checksum) ? accepted.intersection(offloads) : []
    var flags: CUnsignedInt = 0
    if received.contains(.checksum) { flags |= CUnsignedInt(TUN_F_CSUM) }
    if received.contains(.tso4) { flags |= CUnsignedInt(TUN_F_TSO4) }
    if received.contains(.tso6) { flags |= CUnsignedInt(TUN_F_TSO6) }
    guard clinux_tun_set_offload(descriptor.number, flags) == 0 else {
      throw SystemCallError("TUNSETOFFLOAD", on: name)
    }
    return (offloads, received)
  }

  private static let headerSize = CInt(MemoryLayout<NetHeader>.size)

  private func receive(
    _ read: () throws(Errno) -> Int
  ) throws(SystemCallError) -> Int? {
    do {
      return try read()
    } catch .wouldBlock {
      return nil
    } catch {
      throw SystemCallError("read", on: name, errno: error)
    }
  }

  private func send(_ write: () throws(Errno) -> Void) throws(SystemCallError) -> Bool {
    do {
      try write()
      return true
    } catch .invalidArgument {
      return false
    } catch  where error == .badFileDescriptor || error.rawValue == EBADFD {
      // The second tells that the interface has been deleted.
      throw SystemCallError("write", on: name, errno: error)
    } catch {
      // The interface is down or its queue is full: as on any wire, the frame is lost.
      return true
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
