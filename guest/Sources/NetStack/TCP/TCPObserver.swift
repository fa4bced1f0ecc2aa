// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Somebody who waits for what happens to a connection.
public protocol TCPObserver: AnyObject {
  /// There is more to read, room to write again, another state or a failure. Called last in what
  /// brought the news, so that the connection may be used.
  func connectionChanged(_ connection: TCPConnection)
}
