// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension DeviceList {
  /// The words of one manifest entry (hvt-abi/SPEC.md, "The manifest").
  private static let entryWords = 26
  private static let typeWord = 17
  private static let reservedType: UInt32 = 1 << 30
  private static let noteType: UInt32 = 0x3154_464d

  /// The note as little-endian words: header, owner, a word that aligns the descriptor and counts
  /// as part of it, and the manifest, whose first entry is reserved.
  private var note: [UInt32] {
    var manifest: [UInt32] = [1, UInt32(devices.count + 1)]
    manifest += Self.entry(name: "", type: Self.reservedType)
    for device in devices {
      manifest += Self.entry(name: device.name, type: device.kind.rawValue)
    }
    let owner = Self.words(of: "Solo5", count: 2)
    let descriptorSize = UInt32(4 * (1 + manifest.count))
    return [6, descriptorSize, Self.noteType] + owner + [0] + manifest
  }

  private static func entry(name: String, type: UInt32) -> [UInt32] {
    var words = words(of: name, count: entryWords)
    words[typeWord] = type
    return words
  }

  private static func words(of text: String, count: Int) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: count)
    for (index, byte) in text.utf8.enumerated() {
      words[index / 4] |= UInt32(byte) << (8 * (index % 4))
    }
    return words
  }

  /// A Swift file with the note, and with the devices under their names.
  var source: String {
    let note = note
    let handles = devices.enumerated().map { index, device in
      let type = device.kind == .net ? "NetDevice" : "BlockDevice"
      return "  static let `\(device.name)` = \(type)(handle: \(index + 1))"
    }
    let words = stride(from: 0, to: note.count, by: 8).map { start in
      let line = note[start..<min(start + 8, note.count)].map { String($0, radix: 16) }
      return "  " + line.map { "0x\($0)" }.joined(separator: ", ")
    }
    return """
      // Generated from devices.json.
      import Swiftlet

      /// The devices that this program declares.
      enum Devices {
      \(handles.joined(separator: "\n"))
      }

      @section(".note.solo5.manifest") @used
      private let deviceManifest: InlineArray<\(note.count), UInt32> = [
      \(words.joined(separator: ",\n"))
      ]

      """
  }
}
