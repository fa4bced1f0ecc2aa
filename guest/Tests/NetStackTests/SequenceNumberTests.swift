// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

struct SequenceNumberTests {
  @Test func numbersWrapAround() {
    let last = SequenceNumber(.max)
    #expect((last + 1).rawValue == 0)
    #expect((SequenceNumber(0) - 1).rawValue == .max)
    #expect(SequenceNumber(4) - last == 5)
    #expect(last - SequenceNumber(4) == -5)
  }

  @Test(arguments: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
  func orderIsThatOfTheDistance(start: UInt32) {
    let number = SequenceNumber(start)
    let next = number + 0x7fff_ffff
    #expect(number < next && number <= next && next > number && next >= number)
    #expect(!(next < number) && !(next <= number))
    #expect(number <= number && number >= number && !(number < number) && !(number > number))
  }

  @Test func distancesThatAreTooLongDoNotTrap() {
    #expect((SequenceNumber(7) + Int.max).rawValue == 6)
    #expect(SequenceNumber(0x8000_0000) - SequenceNumber(0) == -0x8000_0000)
  }
}
