// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Contents of any size: the byte at offset n is that of a pattern at n modulo its size, a prime, so that
/// no two pieces of it are the same.
struct Content {
  private static let size = 262_139
  private static let pieceSize = 65_536

  /// The pattern twice, so that every piece is in it as a whole.
  private let bytes: [UInt8]

  init() {
    let pattern = (0..<Self.size).map {
      UInt8(truncatingIfNeeded: (UInt64($0) &* 0x9e37_79b1) >> 13)
    }
    bytes = pattern + pattern
  }

  /// The piece at `offset`, at most `limit` bytes.
  @_lifetime(borrow self)
  func piece(at offset: UInt64, atMost limit: UInt64) -> Span<UInt8> {
    let start = Int(offset % UInt64(Self.size))
    let count = Int(min(limit, UInt64(Self.pieceSize)))
    return bytes.span.extracting(start..<start + count)
  }

  /// Whether a piece, however large, is what stands at `offset`.
  func matches(_ piece: [UInt8], at offset: UInt64) -> Bool {
    var done = 0
    while done < piece.count {
      let expected = self.piece(at: offset + UInt64(done), atMost: UInt64(piece.count - done))
      for index in expected.indices where expected[index] != piece[done + index] {
        return false
      }
      done += expected.count
    }
    return true
  }
}
