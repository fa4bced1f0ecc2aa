// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import HVTABI
import JSON

/// A description of an image for people and for machines.
public struct ImageReport: Sendable {
  private let image: GuestImage

  /// Makes the report of `image`.
  public init(_ image: GuestImage) {
    self.image = image
  }

  /// The report as lines of text.
  public var text: String {
    let start = image.segments.first?.pages.lowerBound ?? 0
    var lines = [
      "entry     \(hex(image.entry))",
      "program   \(hex(start))..<\(hex(image.memoryEnd)) (\(Self.size(image.memoryEnd - start)))",
      "memory    at least \(Self.size(image.minimumMemorySize))",
      "ABI       \(abiText)",
      "queues    \(queueText)",
      "segments",
    ]
    for segment in image.segments {
      let range = "\(hex(segment.address))..<\(hex(segment.addresses.upperBound))"
      let file = "\(segment.fileSize) bytes at \(hex(segment.fileOffset))"
      lines.append("  \(segment.permissions)  \(range)  \(file)")
    }
    lines.append(image.manifest.devices.isEmpty ? "devices   none" : "devices")
    for device in image.manifest.devices {
      let kind = Self.pad(Self.name(of: device.kind), to: 5)
      lines.append("  \(Self.pad(String(device.handle), to: 2))  \(kind)  \(device.name)")
    }
    lines.append("notes")
    for note in image.notes {
      let owner = Self.pad(note.printableOwner, to: 5)
      lines.append("  \(owner)  \(Self.pad(note.typeText, to: 4))  \(note.descriptorSize) bytes")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The report as a JSON object; sizes and addresses are numbers.
  public var json: String {
    let version = UInt64(HVT_ABI_VERSION)
    return JSON.object([
      ("entry", .number(image.entry)),
      ("memoryEnd", .number(image.memoryEnd)),
      ("minimumMemorySize", .number(image.minimumMemorySize)),
      ("guest", .string(image.native == nil ? "solo5" : "native")),
      ("abi", .object([("target", .string("hvt")), ("version", .number(version))])),
      ("native", nativeJSON),
      ("queues", queueJSON),
      ("segments", .array(image.segments.map(Self.json))),
      ("devices", .array(image.manifest.devices.map(Self.json))),
      ("notes", .array(image.notes.map(Self.json))),
    ]).text + "\n"
  }

  private var abiText: String {
    image.native.map {
      "native \(HVT_NATIVE_VERSION), on hvt \(HVT_ABI_VERSION), with a stack of"
        + " \(Self.size($0.stackSize))"
    } ?? "Solo5 hvt \(HVT_ABI_VERSION)"
  }

  private var nativeJSON: JSON {
    image.native.map {
      .object([
        ("version", .number(UInt64(HVT_NATIVE_VERSION))), ("stackSize", .number($0.stackSize)),
      ])
    } ?? .null
  }

  private var queueText: String {
    image.queues.map {
      "\($0.receiveSize) receive, \($0.transmitSize) transmit, \($0.requestSize) request descriptors"
    } ?? "none"
  }

  private var queueJSON: JSON {
    image.queues.map {
      .object([
        ("receiveSize", .number(UInt64($0.receiveSize))),
        ("transmitSize", .number(UInt64($0.transmitSize))),
        ("requestSize", .number(UInt64($0.requestSize))),
      ])
    } ?? .null
  }

  private static func json(_ segment: Segment) -> JSON {
    .object([
      ("address", .number(segment.address)),
      ("memorySize", .number(segment.memorySize)),
      ("fileOffset", .number(segment.fileOffset)),
      ("fileSize", .number(segment.fileSize)),
      ("permissions", .string(segment.permissions.description)),
    ])
  }

  private static func json(_ device: Manifest.Device) -> JSON {
    .object([
      ("handle", .number(UInt64(device.handle))),
      ("kind", .string(name(of: device.kind))),
      ("name", .string(device.name)),
    ])
  }

  private static func json(_ note: Note) -> JSON {
    .object([
      ("owner", .string(note.owner)),
      ("type", .number(UInt64(note.type))),
      ("size", .number(UInt64(note.descriptorSize))),
    ])
  }

  private static func name(of kind: DeviceKind) -> String {
    switch kind {
    case .block: "block"
    case .net: "net"
    }
  }

  private static func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }

  /// `byteCount` in the largest unit that it is a multiple of.
  private static func size(_ byteCount: UInt64) -> String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
      guard byteCount > 0, byteCount % (1 << shift) == 0 else { continue }
      return "\(byteCount >> shift) \(unit)"
    }
    return "\(byteCount) bytes"
  }
}

extension Note {
  /// The owner without what would upset a terminal.
  fileprivate var printableOwner: String {
    String(String.UnicodeScalarView(owner.unicodeScalars.map { Self.isGraphic($0) ? $0 : "?" }))
  }

  /// The type as the four letters that Solo5's types and ours are, or else as a number.
  fileprivate var typeText: String {
    let letters = (0..<4).map { Unicode.Scalar(UInt8(truncatingIfNeeded: type >> (8 * $0))) }
    guard letters.allSatisfy(Self.isGraphic) else { return String(type) }
    return String(String.UnicodeScalarView(letters))
  }

  private static func isGraphic(_ scalar: Unicode.Scalar) -> Bool {
    ("!"..."~").contains(scalar)
  }
}
