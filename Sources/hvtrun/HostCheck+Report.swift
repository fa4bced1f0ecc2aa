// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import JSON
internal import Tender

extension HostCheck {
  /// A line for each finding, and under it what to do when it is not fine.
  var text: String {
    findings.map { finding in
      let line = "\(finding.isFine ? "ok  " : "FAIL") \(finding.subject): \(finding.detail)"
      return finding.advice.map { line + "\n     \($0)" } ?? line
    }.joined(separator: "\n")
  }

  /// One object: `ok`, and `findings` with the same in each.
  var json: String {
    let findings = findings.map { finding in
      JSON.object([
        ("subject", .string(finding.subject)), ("ok", .bool(finding.isFine)),
        ("detail", .string(finding.detail)), ("advice", finding.advice.map(JSON.string) ?? .null),
      ])
    }
    return JSON.object([("ok", .bool(isFine)), ("findings", .array(findings))]).text
  }
}
