// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import HVTABI
internal import JSON
internal import Tender

extension MachineStatistics {
  /// A line for the exits and one for each device.
  var text: String {
    let calls = Hypercall.allCases.filter { hypercalls[Int($0.rawValue)] > 0 }
    let reasons =
      calls.map { "\($0) \(hypercalls[Int($0.rawValue)])" }
      + [("doorbell", doorbells), ("trap", traps), ("signal", interruptions)]
      .filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
    let lines = ["exits \(exits): \(reasons.joined(separator: ", "))"] + devices.map(\.text)
    return lines.joined(separator: "\n")
  }

  /// One object: `exits` and `frames`, and the details in `hypercalls`, `doorbells`, `traps`, `signals`
  /// and `devices`.
  var json: JSON {
    .object([
      ("exits", .number(exits)), ("frames", .number(frames)),
      (
        "hypercalls",
        .object(
          Hypercall.allCases.map { ("\($0)", .number(hypercalls[Int($0.rawValue)])) })
      ),
      ("doorbells", .number(doorbells)), ("traps", .number(traps)),
      ("signals", .number(interruptions)), ("consoleBytes", .number(consoleBytes)),
      ("droppedConsoleBytes", .number(droppedConsoleBytes)),
      ("devices", .array(devices.map(\.json))),
    ])
  }
}

extension MachineStatistics.Device {
  fileprivate var text: String {
    switch kind {
    case .net:
      "net '\(name)': received \(traffic.received) frames (\(traffic.receivedBytes) bytes),"
        + " sent \(traffic.sent) (\(traffic.sentBytes)), refused \(traffic.refused),"
        + " batches \(traffic.batches), without a buffer \(traffic.exhausted)"
    case .block:
      "block '\(name)': \(requests.reads) reads (\(requests.readBytes) bytes),"
        + " \(requests.writes) writes (\(requests.writtenBytes)), \(requests.others) others,"
        + " \(requests.errors) errors, \(requests.meanNanoseconds) ns each,"
        + " \(requests.longestNanoseconds) the longest"
    }
  }

  fileprivate var json: JSON {
    switch kind {
    case .net:
      .object([
        ("name", .string(name)), ("kind", .string("net")),
        ("received", .number(traffic.received)), ("receivedBytes", .number(traffic.receivedBytes)),
        ("sent", .number(traffic.sent)), ("sentBytes", .number(traffic.sentBytes)),
        ("refused", .number(traffic.refused)), ("batches", .number(traffic.batches)),
        ("exhausted", .number(traffic.exhausted)),
      ])
    case .block:
      .object([
        ("name", .string(name)), ("kind", .string("block")),
        ("reads", .number(requests.reads)), ("readBytes", .number(requests.readBytes)),
        ("writes", .number(requests.writes)), ("writtenBytes", .number(requests.writtenBytes)),
        ("others", .number(requests.others)), ("errors", .number(requests.errors)),
        ("meanNanoseconds", .number(requests.meanNanoseconds)),
        ("longestNanoseconds", .number(requests.longestNanoseconds)),
      ])
    }
  }
}

extension MachineStatistics.Requests {
  fileprivate var meanNanoseconds: UInt64 { nanoseconds / max(1, reads + writes + others) }
}
