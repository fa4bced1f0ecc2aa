// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

/// How fast a stream goes from the client to the server over networks that are known.
struct TCPThroughputTests {
  private static let segmentSize = 1460 - 12
  private static let roundTrip = 0.020

  private func setup(_ total: Int, _ change: (inout SimulatedPath.Conditions) -> Void = { _ in })
    -> TCPSimulation.Setup
  {
    var setup = TCPSimulation.Setup()
    setup.client.total = UInt64(total)
    for path in [\TCPSimulation.Setup.client, \.server] {
      setup[keyPath: path].isFickle = false
    }
    change(&setup.toServer)
    return setup
  }

  /// The seconds from the SYN to the last byte, if all went well.
  private func time(_ simulation: inout TCPSimulation) -> Double {
    simulation.run { !$0.server.isDone && $0.stepCount < 1_000_000 }
    #expect(simulation.server.received == simulation.client.behaviour.total)
    #expect(simulation.server.isIntact)
    return Double(simulation.server.receivedAt.nanoseconds(since: .milliseconds(1000))) * 1e-9
  }

  /// Bytes per second.
  private func rate(_ setup: TCPSimulation.Setup, seed: UInt64) -> Double {
    var simulation = TCPSimulation(setup, seed: seed)
    return Double(setup.client.total) / time(&simulation)
  }

  @Test(arguments: [false, true])
  func singleLossesAreMendedWithoutTimeout(usesOffload: Bool) {
    var setup = setup(60 * Self.segmentSize)
    setup.offload = usesOffload ? 65_535 : 0
    var whole = TCPSimulation(setup, seed: 1)
    let best = time(&whole)
    // A last segment that is alone leaves nothing to tell its loss by.
    for lost in 1...59 {
      var simulation = TCPSimulation(setup, seed: 1)
      simulation.toServer.lostPacket = lost
      let longer = time(&simulation) - best
      #expect(longer < 8 * Self.roundTrip, "packet \(lost) is lost: \(longer) s longer")
      expectNoTimeout(simulation, "packet \(lost) is lost")
    }
  }

  @Test func singleLossesNeedNoSelectiveAcknowledgments() {
    var setup = setup(60 * Self.segmentSize)
    setup.serverOptions.usesSelectiveAcknowledgments = false
    for lost in 1...56 {
      var simulation = TCPSimulation(setup, seed: 1)
      simulation.toServer.lostPacket = lost
      _ = time(&simulation)
      expectNoTimeout(simulation, "packet \(lost) is lost")
    }
  }

  /// What waits for the timer waits for its shortest time.
  private func expectNoTimeout(_ simulation: borrowing TCPSimulation, _ text: String) {
    let pause = simulation.toServer.longestPause
    #expect(pause < 200_000_000, "\(text): nothing was sent for \(pause) ns")
  }

  @Test(arguments: [.cubic, .newReno] as [CongestionControl.Algorithm])
  func onePercentOfLossLeavesWhatTheoryHas(_ algorithm: CongestionControl.Algorithm) {
    var setup = setup(6_000_000) { $0.loss = 10_000 }
    setup.clientOptions.congestionControl = algorithm
    var simulation = TCPSimulation(setup, seed: 3)
    let rate = 6_000_000 / time(&simulation)
    // A segment per round trip, times the root of 3/2 by the chance of a loss (Mathis et al., 1997).
    let theory = Double(Self.segmentSize) / Self.roundTrip * 1.2247 / 0.1
    #expect(rate > 0.7 * theory && rate < 2.5 * theory, "\(rate) of \(theory) bytes per second")
    expectNoTimeout(simulation, "seed 3")
  }

  @Test(arguments: [.cubic, .newReno] as [CongestionControl.Algorithm])
  func aNarrowPathIsFull(_ algorithm: CongestionControl.Algorithm) {
    var setup = setup(20_000_000) {
      $0.bandwidth = 10_000_000
      $0.queueSize = 200_000
    }
    setup.clientOptions.congestionControl = algorithm
    let rate = rate(setup, seed: 4)
    #expect(rate > 8_500_000, "\(rate) bytes per second")
  }

  @Test func reorderingIsNotTakenForLoss() {
    let setup = setup(20_000_000) {
      $0.bandwidth = 10_000_000
      $0.queueSize = 400_000
      $0.reordering = 100_000
      $0.jitter = 3_000_000
    }
    let rate = rate(setup, seed: 5)
    #expect(rate > 8_000_000, "\(rate) bytes per second")
  }

  @Test func lossesOnALongPathAreMendedWithinTheWindow() {
    let setup = setup(20_000_000) {
      $0.bandwidth = 10_000_000
      $0.delay = 50_000_000
      $0.queueSize = 1_000_000
      $0.loss = 100
    }
    let rate = rate(setup, seed: 6)
    #expect(rate > 4_000_000, "\(rate) bytes per second")
  }
}
