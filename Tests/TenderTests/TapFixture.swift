// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import Glibc
import GuestImage
import Synchronization
import SystemCalls
import SystemPackage
import Tender
import Testing

/// A tap in a network namespace of its own, with a packet socket on its host's side. Both go with the
/// fixture, and the namespace with them. Needs root.
final class TapFixture {
  let device: TapDevice
  private let socket: Descriptor

  /// struct virtio_net_hdr, which goes before what the socket sends and receives.
  static let headerSize = 10

  /// The interface's `mtu` is the device's too, unless `deviceMTU` is given.
  init(mtu: Int = 1500, deviceMTU: Int? = nil, hasHeaders: Bool = true) throws {
    let opened = Mutex<(tap: CInt, socket: CInt)?>(nil)
    let isDone = try EventDescriptor()
    try startThread {
      let descriptors = Self.open(mtu: mtu, hasHeaders: hasHeaders)
      opened.withLock { $0 = descriptors }
      isDone.raise()
    }
    var poll = PollSet(readable: [isDone.number])
    _ = try poll.wait(timeoutNanoseconds: 5_000_000_000)
    let descriptors = try #require(opened.withLock { $0 }, "no tap in a namespace: needs root")
    socket = Descriptor(owning: descriptors.socket)
    device = try TapDevice(
      Descriptor(owning: descriptors.tap), name: "tap0", mtu: deviceMTU ?? mtu)
  }

  /// Opens both in a new namespace, which the thread enters for good.
  private static func open(mtu: Int, hasHeaders: Bool) -> (CInt, CInt)? {
    // Glibc declares unshare only as an extension.
    typealias Unshare = @convention(c) (CInt) -> CInt
    let newNetwork: CInt = 0x4000_0000
    guard let symbol = unsafe dlsym(nil, "unshare"),
      unsafe unsafeBitCast(symbol, to: Unshare.self)(newNetwork) == 0
    else { return nil }
    let tap = unsafe Glibc.open("/dev/net/tun", O_RDWR | O_CLOEXEC)
    let flags = IFF_TAP | IFF_NO_PI | (hasHeaders ? IFF_VNET_HDR : 0)
    guard unsafe clinux_tun_attach(tap, "tap0", Int16(flags)) == 0,
      // What the kernel sends of its own accord would be in the way.
      unsafe system("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6") == 0,
      unsafe system("ip link set tap0 mtu \(mtu) up") == 0
    else { return nil }
    let everything = UInt16(ETH_P_ALL).bigEndian
    let socket = Glibc.socket(AF_PACKET, Int32(SOCK_RAW.rawValue), Int32(everything))
    var yes: CInt = 1
    // struct sockaddr_ll: family, protocol, index, and what bind does not look at.
    var address = (
      UInt16(AF_PACKET), everything, unsafe if_nametoindex("tap0"), UInt64(0), UInt32(0)
    )
    let size = socklen_t(20)
    let isBound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(socket, address, size) == 0
      }
    }
    let (packets, header) = (CInt(263), CInt(15))  // SOL_PACKET, PACKET_VNET_HDR
    guard isBound, unsafe setsockopt(socket, packets, header, &yes, socklen_t(4)) == 0
    else { return nil }
    return (tap, socket)
  }

  /// Sends a frame to the guest.
  func send(_ frame: [UInt8], header: [UInt8] = [UInt8](repeating: 0, count: 10)) throws {
    let bytes = header + frame
    let count = unsafe write(socket.number, bytes, bytes.count)
    try #require(count == bytes.count, "\(Errno.current)")
  }

  /// The next frame that the guest has sent, and its header; nil when there is none.
  func receive() throws -> (header: [UInt8], frame: [UInt8])? {
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = unsafe recv(socket.number, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    if count < 0 { return nil }
    return (Array(bytes[0..<Self.headerSize]), Array(bytes[Self.headerSize..<count]))
  }
}
