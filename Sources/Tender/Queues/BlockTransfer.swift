// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import SystemCalls
internal import Virtqueue

/// A request that a ring has, with what is left of it. Used for one request after the other.
struct BlockTransfer: ~Copyable {
  private(set) var request: BlockRequest
  /// By which the guest knows it.
  private(set) var head: UInt16 = 0
  /// Where its status is to stand.
  private(set) var status = GuestAddress(0)
  /// When it was taken.
  private(set) var start: UInt64 = 0
  /// How often the kernel has put it off.
  var attempts = 0
  /// The guest's memory for what is left.
  private var buffers = IOVectors()
  /// Memory in place of the guest's, when that is not aligned as the file demands; kept for the next
  /// request when it is small.
  private var bounce: AlignedBuffer?
  /// The next part of `bounce`.
  private var step = IOVectors()
  private var isBounced = false

  /// The most that is copied at once. What is longer takes turns.
  private static let largestBounce = 1 << 20
  private static let smallBounce = 64 << 10

  init(_ request: BlockRequest) { self.request = request }

  /// Takes `request`, which `chain` makes at `start`.
  mutating func begin(
    _ request: BlockRequest, _ chain: borrowing Chain, at start: UInt64,
    alignment: DirectAlignment?, _ memory: borrowing GuestMemory
  ) {
    (self.request, self.start, status) = (request, start, chain.statusAddress)
    (head, attempts, isBounced) = (chain.head, 0, false)
    buffers.removeAll()
    guard request.dataCount > 0 else { return }
    chain.append(
      from: BlockRequest.headerSize, count: request.dataCount, to: &buffers, memory)
    guard let alignment else { return }
    isBounced = !buffers.areAligned(address: alignment.memory, length: alignment.length)
    if isBounced { makeBounce() }
  }

  private mutating func makeBounce() {
    let needed = min(buffers.byteCount, Self.largestBounce)
    if let bounce, bounce.byteCount >= needed { return }
    bounce = AlignedBuffer(byteCount: needed)
  }

  /// The bytes of the bounce buffer that the request uses.
  var bouncedBytes: Int { isBounced ? bounce?.byteCount ?? 0 : 0 }

  /// Where in the device what is left begins.
  var offset: UInt64 { request.offset + request.dataCount - UInt64(buffers.byteCount) }

  /// Calls `body` with what the kernel is to fill or write next.
  mutating func withNextBuffers(_ body: (borrowing IOVectors) -> Void) {
    guard isBounced, let bounce else { return body(buffers) }
    let count = min(buffers.byteCount, bounce.byteCount)
    if case .write = request.operation { buffers.copy(to: bounce, count: count) }
    step.removeAll()
    // SAFETY: the buffer stays until the request is done.
    unsafe step.append(bounce.bytes(count))
    body(step)
  }

  /// Takes note of `count` bytes that the kernel has moved; whether nothing is left.
  mutating func advance(by count: Int) -> Bool {
    if isBounced, let bounce, case .read = request.operation {
      buffers.copy(from: bounce, count: count)
    }
    buffers.removeFirst(count)
    return buffers.byteCount == 0
  }

  /// Gives back what the request needed.
  mutating func end() {
    if let size = bounce?.byteCount, size > Self.smallBounce { bounce = nil }
  }
}
