// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How much a process gives up before it runs something hostile.
public struct SandboxConfiguration: Equatable, Sendable {
  /// Which walls there are.
  public enum Level: String, CaseIterable, Sendable {
    /// All that cost next to nothing.
    case standard
    /// Besides, namespaces of the process's own, and no root folder. What the kernel lacks is refused.
    case strict
  }

  /// Whom the process runs as.
  public enum User: Equatable, Sendable {
    /// User and group 65534 when it was started as root; else whoever started it.
    case automatic
    /// Whoever started it.
    case stay
    /// This user and group.
    case account(UserAccount)
  }

  /// Which walls there are.
  public var level: Level
  /// Whom the process runs as.
  public var user = User.automatic
  /// Whether the process may leave a core file.
  public var permitsCore = false

  /// The walls of `level`.
  public init(_ level: Level = .standard) { self.level = level }
}
