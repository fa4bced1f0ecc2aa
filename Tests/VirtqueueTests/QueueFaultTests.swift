// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing
import Virtqueue

@Suite struct QueueFaultTests {
  @Test(
    arguments: [
      (.availableIndex(9, taken: 4, size: 4), "available index 9: more than 4 ahead of 4"),
      (.head(1024, size: 1024), "available ring: head 1024 of a queue of 1024 descriptors"),
      (.headInFlight(3), "available ring: head 3"),
      (.next(7, descriptor: 2, size: 4), "descriptor 2: next is 7 of a queue of 4 descriptors"),
      (.chainTooLong(head: 1, size: 4), "chain 1: more than the queue's 4 descriptors"),
      (.indirect(descriptor: 5), "descriptor 5: VIRTQ_DESC_F_INDIRECT"),
      (.empty(descriptor: 6), "descriptor 6: length is 0"),
      (
        .notReadable(descriptor: 1, GuestAddress(0x1f000), length: 12),
        "descriptor 1: 12 bytes at 0x1f000 are not memory that the guest may read"
      ),
      (
        .notWritable(descriptor: 1, GuestAddress(0x1f000), length: 12),
        "descriptor 1: 12 bytes at 0x1f000 are not memory that the guest may write"
      ),
      (.readAfterWrite(descriptor: 0), "descriptor 0: to be read"),
      (.incomplete(head: 2, lacking: "a header"), "chain 2: lacks a header"),
    ] as [(QueueFault, String)])
  func descriptionIsOneLineWithTheValues(fault: QueueFault, start: String) {
    #expect(fault.description.hasPrefix(start))
    #expect(!fault.description.contains("\n"))
  }
}
