// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing
import Virtqueue

/// A queue whose guest has ended.
@Suite struct CloseTests {
  private func fixture() throws -> QueueFixture {
    let fixture = try QueueFixture(size: 4)
    for index in 0..<4 { fixture.describe(index, .at(0x4000, 1)) }
    return fixture
  }

  @Test func whatIsAvailableIsTaken() throws {
    let fixture = try fixture()
    fixture.offer(0)
    #expect(try fixture.taken() == 0)
    fixture.offer(1, 2)
    try fixture.close()
    #expect(fixture.hasMore)
    #expect(try fixture.taken() == 1)
    #expect(try fixture.taken() == 2)
    #expect(!fixture.hasMore)
    #expect(try !fixture.take())
  }

  @Test func whatBecomesAvailableLaterIsNot() throws {
    let fixture = try fixture()
    fixture.offer(0)
    try fixture.close()
    fixture.offer(1)
    #expect(try fixture.taken() == 0)
    fixture.put(0)
    #expect(!fixture.hasMore)
    #expect(try !fixture.take())
  }

  @Test func indexIsChecked() throws {
    let fixture = try fixture()
    fixture.setAvailable(5)
    #expect(throws: QueueFault.availableIndex(5, taken: 0, size: 4)) { try fixture.close() }
  }
}
