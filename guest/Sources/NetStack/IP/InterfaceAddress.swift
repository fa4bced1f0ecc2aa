// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// An address of version 6 that an interface has, or is about to have.
public struct InterfaceAddress: Sendable {
  /// What an address may be used for (RFC 4862, section 2).
  public enum State: Sendable {
    /// It is tried out, and not used yet.
    case tentative
    /// It is used.
    case preferred
    /// It is used only by who has used it before.
    case deprecated
    /// Somebody else has it.
    case duplicate
  }

  /// The address and the length of its network's prefix.
  public let prefix: IPv6Prefix
  /// What it may be used for.
  public internal(set) var state: State
  /// Whether it was made from a router's prefix.
  public let isAutomatic: Bool

  var detection: DuplicateAddressDetection?
  var preferred = Lifetime.forever
  var valid = Lifetime.forever

  /// The address.
  public var address: IPv6Address { prefix.address }

  /// Whether packets to it are for this host.
  var isAssigned: Bool { state == .preferred || state == .deprecated }

  /// When its state changes, at the latest.
  var deadline: Instant? {
    if let detection {
      return valid.earlier(detection.deadline)
    }
    return state == .preferred ? preferred.earlier(valid.end) : valid.end
  }

  /// Takes new lifetimes from a router, which cannot end an address at once: anybody on the link could
  /// (RFC 4862, section 5.5.3 e).
  mutating func renew(_ option: NDPOptions.Prefix, at now: Instant) {
    let twoHours: UInt32 = 7200
    let remaining = valid.remaining(at: now)
    if option.validSeconds > twoHours || UInt64(option.validSeconds) * 1_000_000_000 > remaining {
      valid = Lifetime(seconds: option.validSeconds, from: now)
    } else if remaining > UInt64(twoHours) * 1_000_000_000 {
      valid = Lifetime(seconds: twoHours, from: now)
    }
    preferred = Lifetime(seconds: option.preferredSeconds, from: now)
    if isAssigned {
      state = preferred.isOver(at: now) ? .deprecated : .preferred
    }
  }
}
