// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// The time in which an address is tried out, before it is used (RFC 4862, section 5.4).
struct DuplicateAddressDetection: Sendable {
  /// What is to be done.
  enum Step: Sendable {
    /// Ask whether somebody has the address.
    case solicit
    /// Nobody has it.
    case unique
  }

  /// The number by which the question is known when it comes back (RFC 7527).
  let nonce: UInt64
  /// When there is something to do.
  private(set) var deadline: Instant
  private var questionsLeft: Int
  private let interval: UInt64

  /// Begins at `now`. A virtual machine does not wait at random before it: its power does not come
  /// back with that of a whole building.
  init(nonce: UInt64, questions: Int, interval: UInt64, at now: Instant) {
    self.nonce = nonce & 0xffff_ffff_ffff
    questionsLeft = questions
    self.interval = interval
    deadline = now
  }

  /// What is to be done now; nil for nothing.
  mutating func next(at now: Instant) -> Step? {
    guard deadline <= now else { return nil }
    if questionsLeft == 0 {
      return .unique
    }
    questionsLeft -= 1
    deadline = now.advanced(byNanoseconds: interval)
    return .solicit
  }

  /// Whether somebody else tries the address out too, as his question for it shows.
  func isContested(by solicitation: NeighborSolicitation) -> Bool {
    solicitation.options.nonce != nonce
  }
}
