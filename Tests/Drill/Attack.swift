// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill

/// What code that has taken over a thread does.
struct Attack: Sendable {
  private let index: CInt

  /// The attack `name`. Opens what it is to find.
  init(named name: String) throws {
    let index = (0..<drill_count).first { unsafe String(cString: drill_name($0)) == name }
    guard let index else { throw DrillError.unknown(name) }
    self.index = index
    drill_prepare()
  }

  /// The descriptors that it finds open.
  var descriptors: [CInt] { [drill_kvm(), drill_socket()] }

  /// Attempts it, and says what came of it, if there is still somebody to say it.
  func attempt() {
    let error = drill_attempt(index)
    say(error == 0 ? "succeeded" : "errno \(error)")
  }
}
