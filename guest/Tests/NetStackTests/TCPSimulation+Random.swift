// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import TestSupport

extension TCPSimulation.Setup {
  /// A setup that is the same whenever the seed is.
  static func random(seed: UInt64) -> Self {
    var random = SeededNumbers(seed: ~seed)
    var setup = Self()
    setup.client = .random(&random)
    setup.server = .random(&random)
    setup.clientOptions = .random(&random)
    setup.serverOptions = .random(&random)
    setup.clientSegmentSize = [1460, 1460, 8960, 536, 1220, 200].randomElement(using: &random) ?? 1
    setup.serverSegmentSize = [1460, 1460, 8960, 536, 1220, 200].randomElement(using: &random) ?? 1
    setup.toServer = .random(&random)
    setup.toClient = random.chance(500_000) ? setup.toServer : .random(&random)
    setup.offload = random.chance(500_000) ? 65_535 : 0
    setup.isDivided = random.chance(500_000)
    setup.isBatched = random.chance(300_000)
    setup.isSimultaneous = random.chance(50_000)
    if random.chance(200_000) {
      setup.changePathSize(&random)
    }
    if setup.client.finishesLast {
      setup.server.finishesLast = false
    }
    return setup
  }

  private mutating func changePathSize(_ random: inout SeededNumbers) {
    toServer.tellsSegmentSize = random.chance(700_000)
    // What goes as one packet has to be one that a path can be too small for.
    isDivided = true
    // A router that says nothing is found out only down to the size that every path carries.
    let smallest = toServer.tellsSegmentSize ? 128 : 536
    for _ in 0...random.size(upTo: 3) {
      let time = Instant.milliseconds(1000 + UInt64(random.size(upTo: 5000)))
      changes.append((time, Int.random(in: smallest...1500, using: &random)))
    }
  }
}

extension SimulatedHost.Behaviour {
  static func random(_ random: inout SeededNumbers) -> Self {
    var behaviour = Self()
    behaviour.total = UInt64(random.size(upTo: random.chance(100_000) ? 600_000 : 60_000))
    behaviour.largestWrite = 1 + random.size(upTo: 100_000)
    if random.chance(300_000) {
      behaviour.largestRead = 1 + random.size(upTo: 20_000)
      behaviour.pause = UInt64(random.size(upTo: 1 << 31))
    }
    behaviour.finishesLast = random.chance(300_000)
    return behaviour
  }
}

extension TCPConnection.Options {
  static func random(_ random: inout SeededNumbers) -> Self {
    var options = Self()
    options.noDelay = random.chance(700_000)
    options.keepAlive = random.chance(200_000) ? 30_000_000_000 : nil
    options.sendLimit = 1000 + random.size(upTo: 1 << 20)
    options.receiveLimit = 1000 + random.size(upTo: 1 << 20)
    // Long enough for the last FIN to arrive, however often it is lost.
    options.userTimeout = 3600 * 1_000_000_000
    options.timeWait = 3600 * 1_000_000_000
    options.usesTimestamps = random.chance(700_000)
    options.usesSelectiveAcknowledgments = random.chance(800_000)
    options.congestionControl = random.chance(700_000) ? .cubic : .newReno
    return options
  }
}

extension SimulatedPath.Conditions {
  static func random(_ random: inout SeededNumbers) -> Self {
    var conditions = Self()
    conditions.loss = random.chance(600_000) ? random.size(upTo: 200_000) : 0
    conditions.duplication = random.chance(300_000) ? random.size(upTo: 300_000) : 0
    conditions.delay = UInt64(random.size(upTo: 300_000_000))
    if random.chance(400_000) {
      conditions.reordering = random.size(upTo: 1_000_000)
      conditions.jitter = UInt64(random.size(upTo: 200_000_000))
    }
    if random.chance(400_000) {
      conditions.bandwidth = 20_000 + UInt64(random.size(upTo: 50_000_000))
      conditions.queueSize = 10_000 + UInt64(random.size(upTo: 1_000_000))
    }
    return conditions
  }
}
