// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack
import NetWire

/// The connections that come to a port, in their order. The sequence ends when the task that reads it is
/// cancelled, or when the listener is closed.
///
/// Sendable because nothing runs at the same time as its user.
public final class TCPListener: AsyncSequence, @unchecked Sendable {
  private let queue: ListenQueue
  private let network: Network
  private let arrival = Arrival()
  private var isClosed = false

  init(_ queue: ListenQueue, _ network: Network) {
    self.queue = queue
    self.network = network
    queue.observer = arrival
  }

  /// Takes no more connections. Those that were not taken yet are reset; the others go on.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    queue.observer = nil
    network.stack.close(queue, at: .now)
    network.transmit()
    while arrival.waiters.wakeFirst() {}
  }

  /// Waits for a connection; nil when the time is over, the task cancelled or the listener closed.
  public func accept(timeout: Duration? = nil) async -> TCPStream? {
    let deadline = MonotonicClock.Instant.after(timeout)
    while !isClosed {
      if let connection = queue.accept() {
        return TCPStream(connection, network)
      }
      guard (try? await arrival.waiters.wait(until: deadline)) != nil else { return nil }
    }
    return nil
  }

  /// Reads the sequence.
  public func makeAsyncIterator() -> Iterator { Iterator(listener: self) }

  /// The place in the sequence.
  public struct Iterator: AsyncIteratorProtocol {
    let listener: TCPListener

    /// The next connection.
    public func next() async -> TCPStream? { await listener.accept() }
  }
}

private final class Arrival: ListenQueueObserver {
  let waiters = WaitQueue()

  func connectionArrived() {
    waiters.wakeFirst()
  }
}
