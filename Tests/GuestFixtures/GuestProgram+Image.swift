// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI

extension GuestProgram {
  private static let pageSize = 4096
  private static let solo5Owner = Array("Solo5\0".utf8)

  /// The contents of the constants' page.
  package static let constants = Array("constant".utf8)

  /// The program as an ELF file: three loadable segments, and one for each note.
  package var image: [UInt8] {
    let code = self.code.isEmpty ? [0x0f, 0x0b] : self.code  // ud2
    precondition(UInt64(code.count) <= Self.constantsStart - Self.codeStart)
    let notes =
      [abiNote, manifestNote] + (isNative ? [nativeNote] : [])
      + (queueSizes.map { [Self.queueNote($0)] } ?? [])
    let headerSize = 64 + (3 + notes.count) * 56
    var headers: [UInt8] = []
    var contents: [UInt8] = []
    for note in notes {
      contents.pad(to: 8)
      headers += Self.header(
        type: 4, flags: 4, offset: headerSize + contents.count, address: 0, fileSize: note.count,
        memorySize: UInt64(note.count), alignment: 4)
      contents += note
    }
    let segments: [(flags: UInt32, bytes: [UInt8], address: UInt64, memorySize: UInt64)] = [
      (5, code, Self.codeStart, UInt64(code.count)),
      (4, Self.constants, Self.constantsStart, UInt64(Self.constants.count)),
      (6, data, Self.dataStart, Self.dataSize),
    ]
    for segment in segments {
      contents += [UInt8](
        repeating: 0, count: Self.pageSize - (headerSize + contents.count) % Self.pageSize)
      headers += Self.header(
        type: 1, flags: segment.flags, offset: headerSize + contents.count,
        address: segment.address, fileSize: segment.bytes.count, memorySize: segment.memorySize,
        alignment: UInt64(Self.pageSize))
      contents += segment.bytes
    }
    return Self.fileHeader(programHeaders: 3 + notes.count) + headers + contents
  }

  private static func fileHeader(programHeaders: Int) -> [UInt8] {
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]
    header += [UInt8](repeating: 0, count: 56)
    header.put(UInt16(2), at: 16)
    header.put(UInt16(62), at: 18)
    header.put(UInt32(1), at: 20)
    header.put(codeStart, at: 24)
    header.put(UInt64(64), at: 32)
    header.put(UInt16(64), at: 52)
    header.put(UInt16(56), at: 54)
    header.put(UInt16(programHeaders), at: 56)
    return header
  }

  private static func header(
    type: UInt32, flags: UInt32, offset: Int, address: UInt64, fileSize: Int, memorySize: UInt64,
    alignment: UInt64
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type)
    bytes.append(littleEndian: flags)
    for field in [UInt64(offset), address, address, UInt64(fileSize), memorySize, alignment] {
      bytes.append(littleEndian: field)
    }
    return bytes
  }

  private static func note(owner: [UInt8], type: Int, _ descriptor: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(owner.count))
    bytes.append(littleEndian: UInt32(descriptor.count))
    bytes.append(littleEndian: UInt32(type))
    bytes += owner
    bytes.pad(to: 4)
    return bytes + descriptor
  }

  private var abiNote: [UInt8] {
    var descriptor: [UInt8] = []
    for field: UInt32 in [1, 2, 0, 0] { descriptor.append(littleEndian: field) }
    return Self.note(owner: Self.solo5Owner, type: 0x3149_4241, descriptor)
  }

  private var nativeNote: [UInt8] {
    var descriptor: [UInt8] = []
    descriptor.append(littleEndian: UInt64(1))
    descriptor.append(littleEndian: stackSize)
    return Self.note(owner: Array("HVT\0".utf8), type: 0x3154_414e, descriptor)
  }

  private static func queueNote(_ sizes: QueueSizes) -> [UInt8] {
    var descriptor: [UInt8] = []
    descriptor.append(littleEndian: UInt32(1))
    for size in [sizes.receive, sizes.transmit, sizes.request, 0] {
      descriptor.append(littleEndian: size)
    }
    descriptor.append(littleEndian: sizes.accepts)
    return note(owner: Array("HVT\0".utf8), type: 0x3145_5551, descriptor)
  }

  private var manifestNote: [UInt8] {
    var descriptor: [UInt8] = [0, 0, 0, 0]
    descriptor.append(littleEndian: UInt32(1))
    descriptor.append(littleEndian: UInt32(devices.count + 1))
    descriptor += Self.entry(name: "", type: 1 << 30)
    for device in devices {
      descriptor += Self.entry(name: device.name, type: device.kind.rawValue)
    }
    return Self.note(owner: Self.solo5Owner, type: 0x3154_464d, descriptor)
  }

  private static func entry(name: String, type: UInt32) -> [UInt8] {
    var bytes = Array(name.utf8)
    bytes += [UInt8](repeating: 0, count: 104 - bytes.count)
    bytes.put(type, at: 68)
    return bytes
  }
}
