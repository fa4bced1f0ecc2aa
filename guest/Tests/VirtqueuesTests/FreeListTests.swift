// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing
import Virtqueues

struct FreeListTests {
  @Test func givesEachSlotOnce() {
    var list = FreeList(count: 5)
    var slots: [UInt16] = []
    while let slot = list.take() {
      slots.append(slot)
    }
    #expect(slots == [0, 1, 2, 3, 4])
    let count = list.count
    #expect(count == 0)
  }

  @Test func givesTheLastFreedFirst() {
    var list = FreeList(count: 3)
    _ = list.take()
    _ = list.take()
    list.put(0)
    list.put(1)
    let count = list.count
    #expect(count == 3)
    let next = [list.take(), list.take(), list.take()]
    #expect(next == [1, 0, 2])
  }

  @Test func mayBeEmpty() {
    var list = FreeList(count: 0)
    let slot = list.take()
    #expect(slot == nil)
  }
}
