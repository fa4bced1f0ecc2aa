// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack

/// Why a stream has not done what it was asked.
public enum StreamError: Error {
  /// The task is cancelled.
  case cancelled
  /// The time is over. The stream can still be used.
  case timedOut
  /// This side has closed the stream.
  case closed
  /// The connection is gone.
  case failed(TCPError)
  /// There is no connection to be had, or nobody receives datagrams.
  case unavailable(SocketError)
}

extension StreamError {
  init(_ error: WaitError) {
    switch error {
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    }
  }
}
