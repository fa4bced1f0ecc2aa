// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import NetStack
import Testing

/// Connections over networks of all kinds. `TCP_SEEDS=0..<100000` in the environment asks for other
/// seeds.
struct TCPSimulationTests {
  private static func seeds(_ usual: Range<UInt64>) -> Range<UInt64> {
    let text = ProcessInfo.processInfo.environment["TCP_SEEDS"] ?? ""
    let bounds = text.components(separatedBy: "..<").compactMap { UInt64($0) }
    return bounds.count == 2 ? bounds[0]..<max(bounds[0], bounds[1]) : usual
  }

  private static let hour: UInt64 = 3_600_000_000_000

  @Test func streamsArriveWholeOverAnyNetwork() {
    for seed in Self.seeds(0..<200) {
      var simulation = TCPSimulation(.random(seed: seed), seed: seed)
      run(&simulation, seed: seed)
      let hosts = [simulation.client, simulation.server]
      let isRight =
        hosts.allSatisfy { $0.isDone && $0.isIntact && $0.connection?.failure == nil }
        && hosts[0].received == hosts[1].behaviour.total
        && hosts[1].received == hosts[0].behaviour.total
      if !isRight {
        Issue.record("seed \(seed): \(simulation.description)")
      }
    }
  }

  @Test func wrongHeadersNeitherTrapNorStick() {
    for seed in Self.seeds(0..<100) {
      var setup = TCPSimulation.Setup.random(seed: seed)
      setup.toServer.corruption = 20_000
      setup.toClient.corruption = 20_000
      setup.clientOptions.userTimeout = 300_000_000_000
      setup.serverOptions.userTimeout = 300_000_000_000
      setup.clientOptions.keepAlive = 600_000_000_000
      setup.serverOptions.keepAlive = 600_000_000_000
      var simulation = TCPSimulation(setup, seed: seed)
      run(&simulation, seed: seed)
    }
  }

  /// Runs to the end, which has to come.
  private func run(_ simulation: inout TCPSimulation, seed: UInt64) {
    simulation.run {
      $0.stepCount < 2_000_000 && $0.now.nanoseconds < 100 * Self.hour && isBounded($0, seed: seed)
    }
    if !simulation.isOver {
      Issue.record("seed \(seed) is stuck: \(simulation.description)")
    }
  }

  private func isBounded(_ simulation: borrowing TCPSimulation, seed: UInt64) -> Bool {
    for host in [simulation.client, simulation.server] {
      guard let connection = host.connection else { continue }
      let isBounded =
        connection.readable <= connection.options.receiveLimit
        && connection.writable <= connection.options.sendLimit
      if !isBounded {
        Issue.record("seed \(seed): \(connection.readable) bytes are kept to be read")
        return false
      }
    }
    return true
  }
}
