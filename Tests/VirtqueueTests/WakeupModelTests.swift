// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

/// Neither side of a queue sleeps while there is something for it to do.
@Suite struct WakeupModelTests {
  /// In every order of the steps, all chains come back, from any start of the indices.
  @Test(arguments: [WakeupModel.Work.transmit, .receive], [0, 65_534] as [UInt16])
  func noWakeupIsLost(work: WakeupModel.Work, start: UInt16) {
    let model = WakeupModel(chains: 4, start: start, work: work, omission: nil)
    let (count, lost) = model.search()
    #expect(lost == nil)
    #expect(count > 1000)
  }

  /// The model can tell: without any of its fences and second looks, a state is reached from which
  /// no step leads on.
  @Test(arguments: WakeupModel.Omission.allCases)
  func everyFenceAndSecondLookIsNeeded(omission: WakeupModel.Omission) throws {
    let model = WakeupModel(chains: 4, start: 0, work: .transmit, omission: omission)
    let lost = try #require(model.search().lost)
    #expect(lost.guest != .done)
  }
}
