// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import HVTABI
import Tender
import Testing
import Virtqueue

/// Rings that break a rule, and the fault that it is.
struct RingAttack: CustomTestStringConvertible, Sendable {
  typealias Row = (address: UInt64, length: UInt32, flags: UInt16, next: UInt16)

  var name: String
  var rows: [Row]
  var heads: [UInt16] = [0]
  var index: UInt16?
  var fault: QueueFault

  var testDescription: String { name }

  static let size: UInt16 = 8
  /// Where buffers are: the heap.
  static let buffer: UInt64 = 0x20_0000
  private static let next = GuestProgram.next

  init(
    _ name: String, _ rows: [Row], heads: [UInt16] = [0], index: UInt16? = nil,
    _ fault: QueueFault
  ) {
    self.name = name
    self.rows = rows
    self.heads = heads
    self.index = index
    self.fault = fault
  }

  /// What is wrong on a queue that the tender writes to, or one that it reads.
  static func attacks(on kind: QueueKind) -> [RingAttack] {
    let write: UInt16 = kind == .receive ? GuestProgram.write : 0
    return indices(write) + chains(write) + buffers(kind) + [incomplete(kind)]
  }

  private static func indices(_ write: UInt16) -> [RingAttack] {
    let row: Row = (buffer, 512, write, 0)
    return [9, 10, 0x7fff, 0x8000, 0xffff].map { index in
      RingAttack(
        "available index \(index)", [row], index: index,
        .availableIndex(index, taken: 0, size: 8))
    }
      + [8, 9, 0x7fff, 0xffff].map { head in
        RingAttack("head \(head)", [row], heads: [head], .head(head, size: 8))
      }
  }

  private static func chains(_ write: UInt16) -> [RingAttack] {
    let (more, row): (UInt16, Row) = (write | next, (buffer, 512, write, 0))
    return [8, 0x7fff, 0xffff].map { number in
      RingAttack(
        "next \(number)", [(buffer, 512, more, number)], .next(number, descriptor: 0, size: 8))
    } + [
      RingAttack("itself", [(buffer, 512, more, 0)], .chainTooLong(head: 0, size: 8)),
      RingAttack(
        "circle", [(buffer, 512, more, 1), (buffer, 512, more, 2), (buffer, 512, more, 0)],
        .chainTooLong(head: 0, size: 8)),
      RingAttack(
        "indirect", [(buffer, 512, write | GuestProgram.indirect, 0)], .indirect(descriptor: 0)),
      RingAttack("length 0", [(buffer, 0, write, 0)], .empty(descriptor: 0)),
      RingAttack(
        "length 0 at the end", [(buffer, 64, more, 1), (buffer, 0, write, 0)],
        .empty(descriptor: 1)),
      RingAttack(
        "read behind written", [(buffer, 64, GuestProgram.write | next, 1), (row.0, 64, 0, 0)],
        .readAfterWrite(descriptor: 1)),
    ]
  }

  private static func buffers(_ kind: QueueKind) -> [RingAttack] {
    let places: [(UInt64, UInt32)] =
      [
        (0, 64), (0xfc0, 128), (0x1000, 64), (0x3000, 64), (0x4000, 64), (0x1_0000, 64),
        (0xf_ffff, 2), (0x10_1000, 64), (memorySize - 0x1_1000, 64), (memorySize - 0x1_0001, 64),
        (memorySize - 1, 2), (memorySize, 64), (1 << 32, 64), (1 << 63, 64), (.max, 1),
        (.max, .max),
        (.max - 63, 64), (buffer, .max), (buffer, UInt32(memorySize)),
      ]
    let written: [(UInt64, UInt32)] = [
      (0x8000, 64), (0xb000, 64), (0xd000, 40), (GuestProgram.codeStart, 64),
      (GuestProgram.constantsStart, 64), (GuestProgram.dataStart - 1, 64),
    ]
    return places.map { place in
      kind == .receive
        ? notWritable(place)
        : RingAttack(
          "read \(place)", [(place.0, place.1, 0, 0)],
          .notReadable(descriptor: 0, GuestAddress(place.0), length: place.1))
    } + (kind == .receive ? written.map(notWritable) : [])
  }

  private static func notWritable(_ place: (UInt64, UInt32)) -> RingAttack {
    RingAttack(
      "write \(place)", [(place.0, place.1, GuestProgram.write, 0)],
      .notWritable(descriptor: 0, GuestAddress(place.0), length: place.1))
  }

  private static func incomplete(_ kind: QueueKind) -> RingAttack {
    switch kind {
    case .receive:
      RingAttack(
        "room for a header only", [(buffer, 12, GuestProgram.write, 0)],
        .incomplete(head: 0, lacking: "room for a frame and nothing to be read"))
    case .transmit:
      RingAttack(
        "half a header", [(buffer, 11, 0, 0)],
        .incomplete(head: 0, lacking: "a header and nothing to be written"))
    case .request:
      RingAttack(
        "no status", [(buffer, 16, 0, 0)],
        .incomplete(head: 0, lacking: "a header or room for the status"))
    }
  }
}
