// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import FoundationEssentials

/// What hvtrun writes for `--result-fd`. Its guest may have taken it over, so that it can be anything.
struct ResultReport: Decodable {
  private let outcome: String
  private let status: Int32?
  private let cookie: [UInt8]?
  private let fault: String?
  private let report: String?
  private let message: String?

  /// The longest report that is read.
  static let limit = 1 << 20

  /// The report in `bytes`; nil when there is none.
  init?(_ bytes: [UInt8]) {
    guard let report = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = report
  }

  /// What it says; nil when that is nothing that hvtrun says.
  var result: Result<MachineProcessOutcome, MachineProcessError>? {
    switch (outcome, status, fault, report, message) {
    case ("exited", let status?, _, _, _): .success(.exited(status: status, cookie: cookie))
    case ("faulted", _, let fault?, let report?, _): .success(.faulted(fault, report: report))
    case ("stopped", _, _, _, _): .success(.stopped)
    case ("timedOut", _, _, _, _): .success(.timedOut)
    case ("failed", _, _, _, let message?): .failure(.failed(message))
    default: nil
    }
  }
}
