// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
public import Frames

extension ReceivedFrame {
  /// What was left to do on the frame. A program that looks at this, anywhere, takes frames before
  /// segmentation and with missing checksums, where the device can receive them so; its buffers for
  /// them are larger. Of a program that does not, nothing is ever left to do.
  public var offload: FrameOffload {
    // This use is also what has the tender told (sl_queues.h).
    guard let port = port.queued, port.receiveFeatures & sl_queue_accepts != 0 else {
      return .none
    }
    // SAFETY: the buffer is this value's, and starts with the header that the tender has written.
    return FrameOffload(unsafe port.receiveBuffers.header(slot).pointee)
  }
}
