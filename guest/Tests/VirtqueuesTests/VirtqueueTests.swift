// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CHVTABI
import Testing

@testable import Virtqueues

struct VirtqueueTests {
  @Test func descriptorsReachTheDevice() {
    let device = SimulatedDevice(size: 4)
    let queue = Driver(device)
    queue.setDescriptor(3, hvt_descriptor(address: 7, length: 8, flags: 1, next: 2))
    let descriptor = device.descriptor(3)
    #expect(descriptor.address == 7)
    #expect(descriptor.length == 8)
    #expect(descriptor.flags == 1)
    #expect(descriptor.next == 2)
  }

  @Test func chainsComeBackInTheOrderOfTheirUse() {
    let device = SimulatedDevice(size: 8)
    let queue = Driver(device)
    queue.makeAvailable(5, 0, 7, 2)
    #expect(queue.pendingCount == 4)
    #expect(queue.takeUsed()?.head == nil)
    device.take()
    #expect(device.taken == [5, 0, 7, 2])
    device.use(at: 2, length: 70)
    device.use(at: 0, length: 50)
    let first = queue.takeUsed()
    #expect(first?.head == 7)
    #expect(first?.length == 70)
    #expect(queue.look() == 1)
    #expect(queue.takeUsed()?.head == 5)
    #expect(queue.takeUsed()?.head == nil)
    #expect(queue.pendingCount == 2)
  }

  /// More chains than indices have values, with a device that uses them in any order.
  @Test(arguments: [2, 8, 256] as [UInt16])
  func ringsWrap(size: UInt16) {
    let device = SimulatedDevice(size: size)
    let queue = Driver(device)
    var generator = SystemRandomNumberGenerator()
    var inFlight: Set<UInt16> = []
    var count = 0
    while count < 70_000 {
      for _ in 0..<Int.random(in: 0...Int(size), using: &generator) {
        guard let head = queue.takeFree() else { break }
        #expect(inFlight.insert(head).inserted)
        queue.makeAvailable(head)
        count += 1
      }
      device.take()
      for _ in 0..<Int.random(in: 0...device.taken.count, using: &generator) {
        device.use(at: Int.random(in: device.taken.indices, using: &generator))
      }
      while let element = queue.takeUsed() {
        #expect(inFlight.remove(UInt16(element.head)) != nil)
        queue.putFree(UInt16(element.head))
      }
      #expect(queue.pendingCount == inFlight.count)
    }
  }

  @Test func doorbellRingsOnceForManyChains() {
    let device = SimulatedDevice(size: 8)
    let queue = Driver(device)
    #expect(!queue.needsDoorbell())
    queue.makeAvailable(0, 1, 2)
    #expect(queue.needsDoorbell())
    #expect(!queue.needsDoorbell(), "nothing is new")
    queue.makeAvailable(3)
    #expect(!queue.needsDoorbell(), "the device asked for one at index 0")
    device.availableEvent = 4
    queue.makeAvailable(4)
    #expect(queue.needsDoorbell())
  }

  /// Over the whole range of indices, the doorbell rings exactly when the index moves past the event.
  @Test func doorbellRingsWhenTheEventIsPassed() {
    let device = SimulatedDevice(size: 4)
    let queue = Driver(device)
    var index: UInt16 = 0
    for round in 0..<70_000 {
      let count = UInt16(round % 4)
      let distance = UInt16(round / 4 % 5)
      device.availableEvent = index &+ distance
      for head in 0..<count {
        queue.makeAvailable(head)
      }
      #expect(queue.needsDoorbell() == (distance < count))
      index &+= count
      device.take()
      while !device.taken.isEmpty {
        device.use(at: 0)
      }
      while queue.takeUsed() != nil {}
    }
  }

  @Test func sleepEndsAtWhatHasNotBeenSeen() {
    let device = SimulatedDevice(size: 4)
    let queue = Driver(device)
    queue.makeAvailable(0, 1)
    device.take()
    device.use(at: 0)
    #expect(queue.look() == 1)
    // Between the look and the preparation.
    device.use(at: 0)
    queue.prepareToSleep(until: .anyUse)
    #expect(device.usedEvent == 1, "the second is not seen")
    #expect(queue.hasNews())
    #expect(queue.look() == 2)
    queue.prepareToSleep(until: .anyUse)
    #expect(device.usedEvent == 2, "seen, though not taken")
    #expect(!queue.hasNews())
  }

  @Test func sleepMayLastUntilAllIsUsed() {
    let device = SimulatedDevice(size: 4)
    let queue = Driver(device)
    queue.makeAvailable(0, 1)
    queue.prepareToSleep(until: .unfinished)
    #expect(device.usedEvent == 2)
  }

  /// VIRTIO's condition, against its meaning: one of the steps from `old` to `new` was over `event`.
  @Test func eventIsPassed() {
    for old in [0, 1, 0x7fff, 0xfffe] as [UInt16] {
      for steps in 0...5 as ClosedRange<UInt16> {
        for ahead in 0...7 as ClosedRange<UInt16> {
          let event = old &+ ahead &- 1
          let isPassed = (0..<steps).contains { old &+ $0 == event }
          #expect(Virtqueue.isPassed(event, from: old, to: old &+ steps) == isPassed)
        }
      }
    }
  }
}
