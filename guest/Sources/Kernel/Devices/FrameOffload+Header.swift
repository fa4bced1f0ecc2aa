// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
public import Frames

// As hvt-abi/SPEC.md has it ("Net" of "Queues"; VIRTIO 1.2, 5.1.6). The caller has checked the sizes.
extension FrameOffload {
  init(_ header: hvt_net_header) {
    let flags = Int(header.flags)
    if flags & HVT_NET_NEEDS_CHECKSUM != 0 {
      self.init(
        checksum: .missing(
          start: Int(header.checksum_start), offset: Int(header.checksum_offset)))
    } else {
      self.init(checksum: flags & HVT_NET_DATA_VALID != 0 ? .verified : .inFrame)
    }
    let version: Segmentation.Version
    switch Int(header.gso_type) & ~HVT_NET_GSO_ECN {
    case HVT_NET_GSO_TCPV4: version = .v4
    case HVT_NET_GSO_TCPV6: version = .v6
    default: return
    }
    segmentation = Segmentation(
      version: version, payloadSize: Int(header.gso_size), headerSize: Int(header.header_length))
  }

  var header: hvt_net_header {
    var header = hvt_net_header()
    if case .missing(let start, let offset) = checksum {
      header.flags = UInt8(HVT_NET_NEEDS_CHECKSUM)
      header.checksum_start = UInt16(start)
      header.checksum_offset = UInt16(offset)
    }
    if let segmentation {
      header.gso_type = UInt8(
        segmentation.version == .v4 ? HVT_NET_GSO_TCPV4 : HVT_NET_GSO_TCPV6)
      header.gso_size = UInt16(segmentation.payloadSize)
      header.header_length = UInt16(segmentation.headerSize)
    }
    return header
  }
}
