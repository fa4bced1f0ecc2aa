// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames

/// What belongs to a frame besides the headers that the stack has written: what the device is to do on
/// it, and the payload.
public struct FrameToSend: Sendable {
  /// What is left to do on the frame.
  public var offload = FrameOffload.none
  /// What stands behind the headers.
  public var parts = FrameParts()
}
