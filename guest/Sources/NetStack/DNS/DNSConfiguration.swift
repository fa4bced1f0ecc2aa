// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// Whom a host asks for addresses, and how.
public struct DNSConfiguration: Sendable {
  /// The versions of addresses that are looked for.
  public enum Families: Sendable {
    /// Those of version 4 only.
    case v4
    /// Those of version 6 only.
    case v6
    /// Those of both, version 4 first.
    case both
  }

  /// The port of servers.
  public static let port: UInt16 = 53

  /// Recursive name servers, the preferred one first.
  public var servers: [SocketAddress]
  /// The domains in which names without a dot are looked for first, and others at last.
  public var searchList: [DNSName]
  /// How long an answer is waited for, in nanoseconds.
  public var timeout: UInt64 = 2_000_000_000
  /// How often each server is asked.
  public var attempts = 3
  /// Whether letters get a case at random, which a wrong answer does not know. A few servers do not
  /// repeat a question as it was written.
  public var mixesCase = false
  /// What is looked for.
  public var families = Families.both

  /// Asks these servers.
  public init(servers: [SocketAddress], searchList: [DNSName] = []) {
    self.servers = servers
    self.searchList = searchList
  }
}

/// Why a name has no addresses.
public enum DNSLookupError: Error, Hashable, Sendable {
  /// The text is no name.
  case invalidName
  /// There is no such name.
  case notFound
  /// The name has no address of the versions that are looked for.
  case noAddress
  /// No server is known.
  case noServer
  /// No server has answered.
  case timedOut
  /// No server has given an answer that is one.
  case serverFailure
}
