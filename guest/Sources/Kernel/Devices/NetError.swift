// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a frame was not sent or received.
public enum NetError: Error {
  /// The task was cancelled while it waited.
  case cancelled
  /// The device does not take frames of this size.
  case frameSize(Int)
}
