// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What is left to do on a frame: for the device on one that is sent, for nobody on one that is
/// received, because what never leaves the host needs neither.
public struct FrameOffload: Equatable, Sendable {
  /// A frame's checksum, beyond that of an IPv4 header.
  public enum Checksum: Equatable, Sendable {
    /// It is in the frame. Of one that is received it may be wrong.
    case inFrame
    /// It is in the frame, and right. A device says so; to send, it is as good as `inFrame`.
    case verified
    /// It belongs `offset` bytes behind `start` and covers the frame from `start` on. In its place
    /// stands the sum of the pseudo header, not complemented. Of a frame that is received, the
    /// covered bytes are what the sender wrote.
    case missing(start: Int, offset: Int)
  }

  /// A frame that is more than one packet of TCP.
  public struct Segmentation: Equatable, Sendable {
    /// The Internet Protocol under TCP.
    public enum Version: Sendable {
      /// Version 4.
      case v4
      /// Version 6.
      case v6
    }

    /// The Internet Protocol under TCP.
    public var version: Version
    /// The bytes of TCP's payload in each packet but the last.
    public var payloadSize: Int
    /// The bytes of all headers together. Of a frame that is received, it is a hint.
    public var headerSize: Int

    /// A frame of packets of these sizes.
    public init(version: Version, payloadSize: Int, headerSize: Int) {
      self.version = version
      self.payloadSize = payloadSize
      self.headerSize = headerSize
    }
  }

  /// The frame's checksum.
  public var checksum: Checksum
  /// Nil for one packet.
  public var segmentation: Segmentation?

  /// What is left to do.
  public init(checksum: Checksum, segmentation: Segmentation? = nil) {
    self.checksum = checksum
    self.segmentation = segmentation
  }

  /// Nothing.
  public static let none = FrameOffload(checksum: .inFrame)
}
