// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import Kernel
public import NetStack
import NetWire

extension UDPSocket {
  /// How many datagrams are answered before others run.
  private static let batch = 64

  /// Answers datagrams as they come, until the task is cancelled: with what `body` appends to its
  /// second argument, which has room for `capacity` bytes, or not at all. The answers to datagrams that
  /// came together go out together.
  public func answer(
    capacity: Int, _ body: (Datagram, inout OutputSpan<UInt8>) -> Void
  ) async throws(StreamError) {
    while true {
      let first = try await receive()
      answer(first, capacity, body)
      for _ in 1..<Self.batch {
        guard let next = receiveNow() else { break }
        answer(next, capacity, body)
      }
      network.transmit()
    }
  }

  private func answer(
    _ datagram: Datagram, _ capacity: Int, _ body: (Datagram, inout OutputSpan<UInt8>) -> Void
  ) {
    let reply = [UInt8](capacity: capacity) { body(datagram, &$0) }
    guard !reply.isEmpty else { return }
    // What cannot be sent is as good as lost.
    try? network.stack.send(
      reply.span, to: datagram.source, from: endpoint, source: datagram.destination)
  }
}
