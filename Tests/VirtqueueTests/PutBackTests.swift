// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@Suite struct PutBackTests {
  private func fixture() throws -> QueueFixture {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(0, .at(0x4000, 1))
    fixture.describe(1, .at(0x4000, 2))
    return fixture
  }

  @Test func chainPutBackIsTakenAgain() throws {
    let fixture = try fixture()
    fixture.offer(1, 0)
    #expect(try fixture.taken() == 1)
    fixture.putBack()
    #expect(fixture.inFlight == 0)
    #expect(try fixture.taken() == 1)
    #expect(try fixture.taken() == 0)
    fixture.putBack()
    #expect(try fixture.taken() == 0)
    #expect(fixture.inFlight == 2)
    #expect(try !fixture.take())
  }

  @Test func lastChainOfAllIsPutBackAcrossTheWrap() throws {
    let fixture = try fixture()
    try fixture.skip(65_535)
    fixture.offer(1, 0)
    #expect(try fixture.taken() == 1)
    fixture.putBack()
    #expect(fixture.armDoorbell())
    #expect(fixture.availableEvent == 65_535)
    #expect(try fixture.taken() == 1)
    #expect(try fixture.taken() == 0)
    #expect(try !fixture.take())
  }

  /// Otherwise a tender that waits for something else than chains would look again and again.
  @Test func doorbellForAChainPutBackIsThatOfTheOnesBehind() throws {
    let fixture = try fixture()
    fixture.offer(1)
    #expect(try fixture.taken() == 1)
    fixture.putBack()
    #expect(fixture.armDoorbell())
    #expect(try fixture.taken() == 1)
    #expect(!fixture.armDoorbell())
  }

  @Test func chainIsPutBackAfterOthersWereUsed() throws {
    let fixture = try fixture()
    fixture.offer(0, 1)
    #expect(try fixture.taken() == 0)
    #expect(try fixture.taken() == 1)
    fixture.put(0)
    fixture.putBack()
    #expect(fixture.inFlight == 0)
    #expect(fixture.publish())
    #expect(try fixture.taken() == 1)
  }

  @Test func chainIsPutBackAfterALookForMore() throws {
    let fixture = try fixture()
    fixture.offer(0)
    #expect(try fixture.taken() == 0)
    #expect(try !fixture.take())
    fixture.putBack()
    #expect(try fixture.taken() == 0)
  }

  @Test func onlyWhatWasTakenIsPutBack() async {
    await #expect(processExitsWith: .failure) { try QueueFixture(size: 2).putBack() }
  }

  @Test func onlyOneChainIsPutBack() async {
    await #expect(processExitsWith: .failure) {
      let fixture = try QueueFixture(size: 2)
      fixture.describe(0, .at(0x4000, 1))
      fixture.describe(1, .at(0x4000, 1))
      fixture.offer(0, 1)
      _ = try fixture.take()
      _ = try fixture.take()
      fixture.putBack()
      fixture.putBack()
    }
  }

  @Test func whatWasUsedIsNotPutBack() async {
    await #expect(processExitsWith: .failure) {
      let fixture = try QueueFixture(size: 2)
      fixture.describe(0, .at(0x4000, 1))
      fixture.offer(0)
      _ = try fixture.take()
      fixture.put(0)
      fixture.putBack()
    }
  }

  @Test func nothingIsPutBackAfterAFault() async {
    await #expect(processExitsWith: .failure) {
      let fixture = try QueueFixture(size: 2)
      fixture.describe(0, .at(0x4000, 1))
      fixture.describe(1, .at(0x4000, 0))
      fixture.offer(0, 1)
      _ = try fixture.take()
      _ = try? fixture.take()
      fixture.putBack()
    }
  }
}
