// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import TestSupport
import Testing

/// Broken messages: nothing traps, and how they arrive makes no difference.
struct HTTPMutationTests {
  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededNumbers) {
    let special = Array("\r\n \t:;,\0x0a/?*HTP1.".utf8)
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      switch UInt8.random(in: 0..<5, using: &generator) {
      case 0: bytes[index] = .random(in: 0...255, using: &generator)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(special.randomElement(using: &generator) ?? 0, at: index)
      case 3: bytes[index] = special.randomElement(using: &generator) ?? 0
      default:
        let end = Int.random(in: index..<bytes.count, using: &generator)
        bytes.insert(contentsOf: bytes[index...end], at: index)
      }
    }
  }

  private func cuts(_ count: Int, _ generator: inout SeededNumbers) -> [Int] {
    let cuts = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
      Int.random(in: 0...count, using: &generator)
    }
    return cuts.sorted()
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func requests(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    let texts = goodRequests.map(\.bytes) + badRequests.map(\.bytes)
    for _ in 0..<1500 {
      var bytes = Array(texts.randomElement(using: &generator)?.utf8 ?? "".utf8)
      mutate(&bytes, &generator)
      let whole = parseRequests([bytes[...]])
      let parts = parseRequests(pieces(bytes, at: cuts(bytes.count, &generator)))
      #expect(whole == parts, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func responses(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    let texts = [
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\nA: b\r\n\r\n",
      "HTTP/1.0 200 OK\r\nX: y\r\n\r\nhi",
    ]
    for _ in 0..<1500 {
      var bytes = Array(texts.randomElement(using: &generator)?.utf8 ?? "".utf8)
      mutate(&bytes, &generator)
      let whole = parseResponses([bytes[...]])
      let parts = parseResponses(pieces(bytes, at: cuts(bytes.count, &generator)))
      #expect(whole == parts, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }
}
