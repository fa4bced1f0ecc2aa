// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import Virtqueues

/// A queue as an object: `#expect` takes no value that cannot be copied.
final class Driver {
  private var queue: Virtqueue
  private var free: FreeList

  init(_ device: SimulatedDevice) {
    queue = unsafe Virtqueue(device.entry)
    free = FreeList(count: Int(device.size))
  }

  var pendingCount: Int { Int(queue.pendingCount) }

  func setDescriptor(_ index: UInt16, _ descriptor: hvt_descriptor) {
    unsafe queue.setDescriptor(index, descriptor)
  }

  func makeAvailable(_ heads: UInt16...) {
    for head in heads {
      queue.makeAvailable(head)
    }
  }

  func takeUsed() -> hvt_used_element? { queue.takeUsed() }
  func look() -> Int { Int(queue.look()) }
  func needsDoorbell() -> Bool { queue.needsDoorbell() }
  func prepareToSleep(until wake: Virtqueue.Wake) { queue.prepareToSleep(until: wake) }
  func hasNews() -> Bool { queue.hasNews() }

  func takeFree() -> UInt16? { free.take() }
  func putFree(_ slot: UInt16) { free.put(slot) }
}
