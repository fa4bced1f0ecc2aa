// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import Virtqueues

/// The rings of a queue, and the tender's side of it. It uses chains in the order that it is told.
@safe
final class SimulatedDevice {
  let size: UInt16
  private let memory: UnsafeMutableRawPointer
  private let availableOffset: Int
  private let usedOffset: Int
  private var takenIndex: UInt16 = 0
  private var usedIndex: UInt16 = 0
  /// The heads that were taken and not used yet.
  private(set) var taken: [UInt16] = []

  init(size: UInt16) {
    self.size = size
    availableOffset = 16 * Int(size)
    usedOffset = (availableOffset + 6 + 2 * Int(size) + 63) & ~63
    let byteCount = usedOffset + 6 + 8 * Int(size)
    unsafe memory = .allocate(byteCount: byteCount, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit {
    unsafe memory.deallocate()
  }

  /// The queue as the tender's table describes it.
  var entry: hvt_queue {
    let start = UInt64(UInt(bitPattern: unsafe memory))
    return hvt_queue(
      descriptors: start, available: start + UInt64(availableOffset),
      used: start + UInt64(usedOffset), handle: 1, kind: UInt16(HVT_QUEUE_REQUEST), size: size,
      features: 0, reserved: 0)
  }

  private func word(_ offset: Int) -> UInt16 {
    // SAFETY: callers give offsets inside the rings.
    unsafe memory.load(fromByteOffset: offset, as: UInt16.self)
  }

  private func set(_ value: UInt16, at offset: Int) {
    // SAFETY: callers give offsets inside the rings.
    unsafe memory.storeBytes(of: value, toByteOffset: offset, as: UInt16.self)
  }

  var availableIndex: UInt16 { word(availableOffset + 2) }
  var usedEvent: UInt16 { word(availableOffset + 4 + 2 * Int(size)) }

  /// The index at whose passing the driver is to ring.
  var availableEvent: UInt16 {
    get { word(usedOffset + 4 + 8 * Int(size)) }
    set { set(newValue, at: usedOffset + 4 + 8 * Int(size)) }
  }

  func descriptor(_ index: UInt16) -> hvt_descriptor {
    // SAFETY: the table has `size` descriptors.
    unsafe memory.load(fromByteOffset: 16 * Int(index), as: hvt_descriptor.self)
  }

  /// Takes everything that is available.
  func take() {
    while takenIndex != availableIndex {
      taken.append(word(availableOffset + 4 + 2 * Int(takenIndex % size)))
      takenIndex &+= 1
    }
  }

  /// Uses the chain that was taken at `position`.
  func use(at position: Int, length: UInt32 = 0) {
    let head = taken.remove(at: position)
    let element = hvt_used_element(head: UInt32(head), length: length)
    // SAFETY: the ring has `size` elements.
    unsafe memory.storeBytes(
      of: element, toByteOffset: usedOffset + 4 + 8 * Int(usedIndex % size),
      as: hvt_used_element.self)
    usedIndex &+= 1
    set(usedIndex, at: usedOffset + 2)
  }
}
