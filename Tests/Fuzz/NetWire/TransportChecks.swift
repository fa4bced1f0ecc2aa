// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

func checkUDP(_ bytes: [UInt8]) {
  guard let header = UDPHeader(bytes.span) else { return }
  precondition(header.payload.upperBound <= bytes.count && !header.description.isEmpty)
  let again = written(UDPHeader.size) { header.emit(into: &$0) }
  precondition(again == Array(bytes.prefix(UDPHeader.size)))
}

func checkTCP(_ bytes: [UInt8]) {
  guard let header = TCPHeader(bytes.span) else { return }
  precondition((20...60).contains(header.dataOffset) && header.dataOffset <= bytes.count)
  precondition(header.options.windowScale ?? 0 <= 14 && !header.description.isEmpty)
  let (first, second) = (rewritten(header), rewritten(rewritten(header)))
  precondition(first == second)
  // Blocks may be left out for want of room.
  var whole = header
  for index in 0..<first.options.blockCount {
    precondition(first.options.block(index) == header.options.block(index))
  }
  whole.options = first.options
  precondition(rewritten(whole) == first)
  precondition(first.options.timestamps == header.options.timestamps)
  precondition(first.options.maximumSegmentSize == header.options.maximumSegmentSize)
  precondition(first.options.windowScale == header.options.windowScale)
  precondition(first.options.isSACKPermitted == header.options.isSACKPermitted)
}

private func rewritten(_ header: TCPHeader) -> TCPHeader {
  precondition(header.encodedSize % 4 == 0 && (20...60).contains(header.encodedSize))
  let bytes = written(header.encodedSize) { header.emit(into: &$0) }
  guard let again = TCPHeader(bytes.span) else { preconditionFailure("unreadable") }
  precondition(again.dataOffset == bytes.count)
  return again
}
