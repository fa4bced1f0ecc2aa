// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestImage
import Tender

/// A native image, built from its parts.
struct ImageFixture {
  /// A PT_LOAD of zeros but for `contents`, which the file holds.
  struct Segment {
    var flags: UInt32
    var address: UInt64
    var memorySize: UInt64
    var contents: [UInt8] = []
  }

  /// A device of the manifest.
  enum Device {
    case block(String)
    case net(String)
  }

  /// R-X at 0x100000, R-- at 0x101000, RW- from 0x102000 to 0x104000.
  var segments = [
    Segment(flags: 5, address: 0x10_0000, memorySize: 0x1000),
    Segment(flags: 4, address: 0x10_1000, memorySize: 0x1000),
    Segment(flags: 6, address: 0x10_2000, memorySize: 0x1800),
  ]
  var entry: UInt64 = 0x10_0010
  var devices: [Device] = []
  /// nil for an image with Solo5's notes only.
  var stackSize: UInt64? = 65536
  /// The sizes of receive, transmit and request queues, and what is accepted; nil for none.
  var queues: (receive: UInt16, transmit: UInt16, request: UInt16, accepts: UInt32)?
  var symbols: [(name: String, address: UInt64, size: UInt64)] = []

  var bytes: [UInt8] {
    let count = segments.count + 1
    var contents: [UInt8] = []
    var headers: [UInt8] = []
    // Every segment's bytes stand at a page of their own, congruent to its address.
    let start = 4096
    for segment in segments {
      contents.pad(to: 4096)
      contents += [UInt8](repeating: 0, count: Int(segment.address % 4096))
      headers.appendHeader(
        type: 1, flags: segment.flags, offset: start + contents.count, address: segment.address,
        fileSize: segment.contents.count, memorySize: segment.memorySize, alignment: 4096)
      contents += segment.contents
    }
    contents.pad(to: 8)
    let notes = self.notes
    headers.appendHeader(
      type: 4, flags: 4, offset: start + contents.count, address: 0, fileSize: notes.count,
      memorySize: UInt64(notes.count), alignment: 4)
    contents += notes
    var file = header(headerCount: count) + headers
    file.pad(to: start)
    file += contents
    if !symbols.isEmpty { appendSymbols(to: &file) }
    return file
  }

  func image(name: String = "app.elf") throws(ConfigurationError) -> Image {
    try Image(bytes: bytes, name: name)
  }

  func parse() throws(ImageError) -> GuestImage {
    try GuestImage(reading: ArrayImageSource(bytes))
  }

  private func header(headerCount: Int) -> [UInt8] {
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 56)
    header.put(UInt16(2), at: 16)  // ET_EXEC
    header.put(UInt16(62), at: 18)  // EM_X86_64
    header.put(UInt32(1), at: 20)
    header.put(entry, at: 24)
    header.put(UInt64(64), at: 32)
    header.put(UInt16(64), at: 52)
    header.put(UInt16(56), at: 54)
    header.put(UInt16(headerCount), at: 56)
    return header
  }

  private var notes: [UInt8] {
    var abi: [UInt8] = []
    for field: UInt32 in [1, 2, 0, 0] { abi.append(littleEndian: field) }
    var notes: [UInt8] = []
    notes.appendNote("Solo5", type: 0x3149_4241, abi)
    notes.appendNote("Solo5", type: 0x3154_464d, [0, 0, 0, 0] + manifest)
    if let stackSize {
      var native: [UInt8] = []
      native.append(littleEndian: UInt32(1))
      native.append(littleEndian: UInt32(0))
      native.append(littleEndian: stackSize)
      notes.appendNote("HVT", type: 0x3154_414e, native)
    }
    if let queues {
      var descriptor: [UInt8] = []
      descriptor.append(littleEndian: UInt32(1))
      for size in [queues.receive, queues.transmit, queues.request, 0] {
        descriptor.append(littleEndian: size)
      }
      descriptor.append(littleEndian: queues.accepts)
      notes.appendNote("HVT", type: 0x3145_5551, descriptor)
    }
    return notes
  }

  private var manifest: [UInt8] {
    var manifest: [UInt8] = []
    manifest.append(littleEndian: UInt32(1))
    manifest.append(littleEndian: UInt32(devices.count + 1))
    manifest.appendEntry("", type: 1 << 30)
    for device in devices {
      switch device {
      case .block(let name): manifest.appendEntry(name, type: 1)
      case .net(let name): manifest.appendEntry(name, type: 2)
      }
    }
    return manifest
  }

  /// Appends .symtab, .strtab and the section headers.
  private func appendSymbols(to file: inout [UInt8]) {
    var names: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: 24)
    for symbol in symbols {
      table.append(littleEndian: UInt32(names.count))
      table += [0x12, 0]  // a global function
      table.append(littleEndian: UInt16(1))
      table.append(littleEndian: symbol.address)
      table.append(littleEndian: symbol.size)
      names += Array(symbol.name.utf8) + [0]
    }
    file.pad(to: 8)
    let tableOffset = file.count
    file += table
    let namesOffset = file.count
    file += names
    file.pad(to: 8)
    let headersOffset = file.count
    file += [UInt8](repeating: 0, count: 64)
    file.appendSection(type: 2, offset: tableOffset, size: table.count, link: 2, entrySize: 24)
    file.appendSection(type: 3, offset: namesOffset, size: names.count, link: 0, entrySize: 0)
    file.put(UInt64(headersOffset), at: 40)
    file.put(UInt16(64), at: 58)
    file.put(UInt16(3), at: 60)
  }
}

extension [UInt8] {
  fileprivate mutating func appendHeader(
    type: UInt32, flags: UInt32, offset: Int, address: UInt64, fileSize: Int, memorySize: UInt64,
    alignment: UInt64
  ) {
    append(littleEndian: type)
    append(littleEndian: flags)
    for field in [UInt64(offset), address, address, UInt64(fileSize), memorySize, alignment] {
      append(littleEndian: field)
    }
  }

  fileprivate mutating func appendNote(_ owner: String, type: UInt32, _ descriptor: [UInt8]) {
    append(littleEndian: UInt32(owner.utf8.count + 1))
    append(littleEndian: UInt32(descriptor.count))
    append(littleEndian: type)
    append(contentsOf: Array(owner.utf8) + [0])
    pad(to: 4)
    append(contentsOf: descriptor)
    pad(to: 4)
  }

  fileprivate mutating func appendEntry(_ name: String, type: UInt32) {
    let start = count
    append(contentsOf: [UInt8](repeating: 0, count: 104))
    for (index, byte) in name.utf8.enumerated() { self[start + index] = byte }
    put(type, at: start + 68)
  }

  fileprivate mutating func appendSection(
    type: UInt32, offset: Int, size: Int, link: UInt32, entrySize: UInt64
  ) {
    let start = count
    append(contentsOf: [UInt8](repeating: 0, count: 64))
    put(type, at: start + 4)
    put(UInt64(offset), at: start + 24)
    put(UInt64(size), at: start + 32)
    put(link, at: start + 40)
    put(entrySize, at: start + 56)
  }
}
