// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import Kernel
import NetStack

/// Moves frames between a device and the stack.
///
/// Sendable because nothing runs at the same time as its user.
final class Link: @unchecked Sendable {
  /// How many frames are taken before others run: their answers go out together.
  private static let batch = 64

  private let device: NetDevice
  private let interface: Interface
  private let network: Network
  /// The task that waits until the device has room, when it has none.
  private let senders = WaitQueue()
  /// Whether the device had no room for what there was to send.
  private var isFull = false

  init(device: NetDevice, interface: Interface, network: Network) {
    self.device = device
    self.interface = interface
    self.network = network
  }

  /// Starts the tasks that serve the device, which never end.
  func start() {
    Task { await receive() }
    Task { await sendWhenThereIsRoom() }
  }

  private func receive() async {
    do throws(NetError) {
      while true {
        take(try await device.receive())
        takeArrived()
        network.transmit()
        await Task.yield()
      }
    } catch {}
  }

  /// Takes frames that have arrived, but not so many that others wait for long.
  @inline(never)
  func takeArrived() {
    for _ in 1..<Self.batch {
      guard let frame = device.receiveNow() else { break }
      take(frame)
    }
  }

  // Not part of the task, whose code is there several times.
  @inline(never)
  private func take(_ frame: consuming ReceivedFrame) {
    network.stack.receive(frame.span, frame.offload, on: interface, at: .now)
  }

  private func sendWhenThereIsRoom() async {
    while (try? await senders.wait()) != nil {
      repeat {
        guard (try? await device.waitForRoom()) != nil else { return }
        // Also for the deadlines of what is sent.
        network.transmit()
      } while isFull
    }
  }

  /// Sends what the stack has for this device, as far as there is room.
  @inline(never)
  func transmit() {
    do throws(NetError) {
      isFull = try !device.send { frame in
        network.stack.nextFrame(on: interface, into: &frame, at: .now).map {
          ($0.offload, $0.parts)
        }
      }
      if isFull {
        senders.wakeFirst()
      }
    } catch {
      fatalError("the stack made a frame that the device cannot send")
    }
  }
}
