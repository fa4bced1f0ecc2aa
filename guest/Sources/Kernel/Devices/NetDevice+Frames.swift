// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames

extension NetDevice {
  /// The next frame, if one has arrived. A program that takes all that have arrived at one go has to let
  /// the others run in between.
  public func receiveNow() -> ReceivedFrame? { ReceivedFrame(port: port) }

  /// The frames that arrive, each as an array of its own. The sequence ends when the task that
  /// reads it is cancelled.
  public var frames: Frames { Frames(device: self) }

  /// The frames that arrive at a device.
  public struct Frames: AsyncSequence, AsyncIteratorProtocol {
    let device: NetDevice

    /// The sequence is its own iterator: it has no position but the device's.
    public func makeAsyncIterator() -> Frames { self }

    /// The next frame, or nil when the task is cancelled.
    public func next() async -> [UInt8]? {
      do throws(NetError) {
        let frame = try await device.receive()
        return [UInt8](capacity: frame.count) { $0.append(copyOf: frame.span) }
      } catch {
        return nil
      }
    }
  }
}
