// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import SystemCalls
import Testing

@Suite struct EventDescriptorTests {
  private static func isRaised(_ event: borrowing EventDescriptor) throws -> Bool {
    var poll = PollSet(readable: [event.number])
    return try poll.wait(timeoutNanoseconds: 0) == 1
  }

  @Test func flagStartsLowered() throws {
    #expect(try !Self.isRaised(try EventDescriptor()))
  }

  @Test(arguments: [1, 2, 1000])
  func oneLowerEndsAnyNumberOfRaises(raises: Int) throws {
    let event = try EventDescriptor()
    for _ in 0..<raises { event.raise() }
    #expect(try Self.isRaised(event))
    #expect(try Self.isRaised(event))
    event.lower()
    #expect(try !Self.isRaised(event))
  }

  @Test func loweringALoweredFlagDoesNotWait() throws {
    let event = try EventDescriptor()
    event.lower()
    event.lower()
    #expect(try !Self.isRaised(event))
    event.raise()
    #expect(try Self.isRaised(event))
  }
}
