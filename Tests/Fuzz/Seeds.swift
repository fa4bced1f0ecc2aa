// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc

/// Writes the seeds of the fuzz targets into the directory that is the argument.
@main struct Seeds {
  static func main() {
    guard CommandLine.arguments.count == 2 else { fatalError("usage: seeds DIRECTORY") }
    for (name, bytes) in images + manifests + instructions + queues {
      let path = CommandLine.arguments[1] + "/" + name
      // SAFETY: the file is closed before its pointer's scope ends, and the array holds its bytes.
      guard let file = unsafe fopen(path, "wb") else { fatalError("\(path): cannot be written") }
      unsafe precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      unsafe precondition(fclose(file) == 0)
    }
  }

  private static var images: [(String, [UInt8])] {
    let functions = SymbolsFixture(symbols: [
      .init(name: "main", address: 0x10_0010, size: 0x30),
      .init(name: "$s4main", address: 0x10_0080, size: 0, info: 0x02),
    ])
    let other = NoteFixture(owner: Array("GNU\0".utf8), type: 3, descriptor: [1, 2, 3])
    var together: [UInt8] = []
    for note in [NoteFixture.abi(), .manifest(), .native()] {
      together += note.bytes
      together.pad(to: 8)
    }
    var shared = ImageFixture()
    shared.segments[2] = .load(
      4, address: 0x10_1040, offset: 0x40, fileSize: 16, memorySize: 0x1800)
    return [
      ("ImageFuzzer/native", ImageFixture().bytes),
      ("ImageFuzzer/solo5", ImageFixture.notes([.abi(), .manifest(), other]).bytes),
      ("ImageFuzzer/one-note-segment", ImageFixture(noteSegments: [together]).bytes),
      ("ImageFuzzer/symbols", ImageFixture(symbols: functions).bytes),
      ("ImageFuzzer/shared-page", shared.bytes),
    ]
  }

  private static var manifests: [(String, [UInt8])] {
    let many = [.reserved] + (1...30).map { ManifestFixture.Entry.net("net\($0)") }
    let long = ManifestFixture.Entry.block(String(repeating: "Z", count: 67))
    return [
      ("ManifestFuzzer/empty", ManifestFixture(entries: [.reserved]).bytes),
      ("ManifestFuzzer/two", ManifestFixture().bytes),
      ("ManifestFuzzer/long-name", ManifestFixture(entries: [.reserved, long]).bytes),
      ("ManifestFuzzer/many", ManifestFixture(entries: many).bytes),
    ]
  }

  private static var instructions: [(String, [UInt8])] {
    [
      ("InstructionFuzzer/lgdt", [0x64, 0x67, 0x43, 0x0f, 0x01, 0x54, 0xb5, 0x80]),
      ("InstructionFuzzer/lidt", [0x0f, 0x01, 0x1d, 0x00, 0x10, 0x00, 0xf0]),
      ("InstructionFuzzer/ltr", [0x41, 0x0f, 0x00, 0xd8]),
      ("InstructionFuzzer/lretq", [0x66, 0x48, 0xca, 0x10, 0x00]),
      ("InstructionFuzzer/mov-ss", [0x2e, 0x8e, 0x14, 0x25, 0x00, 0x10, 0x00, 0x00]),
      ("InstructionFuzzer/mov-cr", [0x45, 0x0f, 0x20, 0xc1]),
      ("InstructionFuzzer/invpcid", [0x66, 0x0f, 0x38, 0x82, 0x00]),
      ("InstructionFuzzer/vmxon", [0xf3, 0x0f, 0xc7, 0x36]),
    ]
  }

  /// Four descriptors, which are two chains to read and to write; then steps that take them, put
  /// them back, and use them.
  private static var queues: [(String, [UInt8])] {
    func descriptor(_ page: UInt8, _ flags: UInt8, next: UInt8) -> [UInt8] {
      [0, page << 4, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, flags, 0, next, 0]
    }
    let table =
      descriptor(2, 1, next: 1) + descriptor(4, 3, next: 2)
      + descriptor(5, 2, next: 0) + descriptor(3, 0, next: 0)
    let rings: [UInt8] = [1] + table + [0, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let serve: [UInt8] = [0, 0, 2, 1, 2, 0, 3, 0, 4, 7, 0, 0, 1, 0, 6, 1, 2, 0, 3, 5, 4]
    let steps = Array(repeatElement(serve, count: 5).joined())
    return [
      ("VirtqueueFuzzer/chains", rings + steps),
      ("VirtqueueFuzzer/small", [0] + rings.dropFirst() + steps),
      ("VirtqueueFuzzer/empty", [9] + steps),
    ]
  }
}
