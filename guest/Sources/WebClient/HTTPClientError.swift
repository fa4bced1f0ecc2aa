// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTP
public import Sockets

/// Why a client has no response.
public enum HTTPClientError: Error, Sendable {
  /// The URL is malformed, or not of the scheme `http`.
  case badURL
  /// The name of the host means no address.
  case unknownHost
  /// The request has a field or target that cannot be written.
  case badRequest
  /// More redirections than the limit, or one that leads nowhere.
  case badRedirection
  /// The connection could not be had, or has failed.
  case stream(StreamError)
  /// What came is not HTTP, or over a limit.
  case message(HTTPMessageError)
}
