// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc

/// Writes the seeds of the fuzz targets of the guest's modules into the directory that is the
/// argument, in which each target has one.
@main struct GuestSeeds {
  static func main() {
    guard CommandLine.arguments.count == 2 else { fatalError("usage: seeds DIRECTORY") }
    let directory = CommandLine.arguments[1]
    for (target, seeds) in [
      ("NetWireFuzzer", formats), ("NamesFuzzer", names), ("HTTPFuzzer", messages),
      ("TextFuzzer", texts), ("LeaseFuzzer", leases), ("StackFuzzer", conversations),
    ] {
      _ = mkdir("\(directory)/\(target)", 0o777)
      for (index, bytes) in seeds.enumerated() {
        let path = "\(directory)/\(target)/\(index)"
        // SAFETY: the file is closed before its pointer's scope ends; the array holds its bytes.
        guard let file = unsafe fopen(path, "wb") else { fatalError("\(path): cannot be written") }
        unsafe precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        unsafe precondition(fclose(file) == 0)
      }
    }
  }

  private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  /// Behind the number of the format.
  private static var formats: [[UInt8]] {
    let mac: [UInt8] = [2, 0, 0, 0, 0, 1]
    let long = zeros(15) + [1]
    let options6: [UInt8] = [60, 0, 5, 2, 0, 0, 1, 0, 43, 0, 1, 4, 0, 0, 0, 0]
    let fragment6: [UInt8] = [44, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 9]
    let packet6: [UInt8] = [0x60, 0, 0, 0, 0, 40, 0, 64] + long + long
    let packet4: [UInt8] = [0x45, 0, 0, 28, 0, 1, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    let segment: [UInt8] = [0, 80, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    let options: [UInt8] =
      [2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 10] + zeros(16)
    let prefix: [UInt8] = [3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0] + long
    let dhcp: [UInt8] = [1, 1, 6, 0] + zeros(24) + mac + zeros(202) + [0x63, 0x82, 0x53, 0x63]
    return [
      [0] + mac + mac + [8, 0], [1, 0x20, 5, 8, 0],
      [2, 0, 1, 8, 0, 6, 4, 0, 1] + mac + [10, 0, 0, 1] + mac + [10, 0, 0, 2],
      [3] + packet4 + zeros(8), [3, 0x46] + packet4[1...] + [0x94, 4, 0, 0] + zeros(8),
      [4] + packet6 + options6 + fragment6 + zeros(16), [5, 6, 0, 0, 9, 0, 0, 0, 1],
      [6, 0, 53, 0, 54, 0, 8, 0, 0], [7] + segment + [0x50, 18, 1, 0, 0, 0, 0, 0],
      [7] + segment + [0xf0, 2, 1, 0, 0, 0, 0, 0] + options,
      [8, 8, 0, 0, 0, 0, 1, 0, 2, 9], [8, 3, 4, 0, 0, 0, 0, 2, 88] + packet4 + zeros(8),
      [9, 128, 0, 0, 0, 0, 1, 0, 2, 9],
      [9, 2, 0, 0, 0, 0, 0, 5, 0] + packet6 + options6 + zeros(24),
      [9, 135, 0, 0, 0, 0, 0, 0, 0] + long + [1, 1] + mac + [14, 1] + mac,
      [9, 136, 0, 0, 0, 0xe0, 0, 0, 0] + long + [2, 1] + mac,
      [9, 134, 0, 0, 0, 64, 8, 7, 8] + zeros(8) + prefix + [5, 1, 0, 0, 0, 0, 5, 0]
        + [25, 3, 0, 0, 0, 0, 0, 9] + long,
      [9, 130, 0, 0, 0, 0x90, 0, 0, 0, 0xff, 2] + zeros(13) + [1, 2, 125, 0, 0],
      [10, 0x11, 200, 0, 0, 224, 0, 0, 1, 2, 125, 0, 0], [10, 0x16, 0, 0, 0, 224, 0, 0, 9],
      [11] + dhcp + [53, 1, 2, 1, 4, 255, 255, 255, 0, 119, 4, 1, 97, 0, 0, 0, 255],
      [12, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9], [13, 20, 0, 5, 0xb4],
    ]
  }

  private static var names: [[UInt8]] {
    let www: [UInt8] =
      [3, 119, 119, 119, 7] + Array("example".utf8) + [3] + Array("org".utf8) + [0]
    let query: [UInt8] = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1] + www
    let edns: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0]
    let response: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 1, 0, 0] + www + [0, 1, 0, 1]
    let alias: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 98, 0xc0, 16]
    let address: [UInt8] = [1, 98, 0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1]
    let soa: [UInt8] =
      [0xc0, 16, 0, 6, 0, 1, 0, 0, 0, 9, 0, 24, 1, 97, 0, 0] + zeros(20)
    var seeds: [[UInt8]] = [[0] + response + alias + address + soa]
    for type: [UInt8] in [
      [0, 1], [0, 28], [0, 5], [0, 6], [0, 15], [0, 16], [0, 33], [0, 255],
    ] {
      seeds.append([1] + query + type + [0, 1] + edns)
    }
    let answer: [UInt8] = [1, 0x81, 0x80, 1, 1, 0, 18, 0xc0, 12] + address.dropFirst(4) + zeros(4)
    seeds.append([2, 0] + answer + answer)
    seeds.append([2, 3, 1, 0x83, 0x80, 1, 0, 0, 0] + answer)
    seeds.append([2, 4, 1, 0x81, 0x83, 1, 0, 1, 40] + soa + zeros(4))
    return seeds
  }

  /// Behind what is done, three places to cut at, and those.
  private static var messages: [[UInt8]] {
    let chunked = "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    let requests = [
      "GET /?a=b HTTP/1.1\r\nHost: a:80\r\nX: y\r\n\r\nHEAD /big HTTP/1.1\r\nHost: b\r\n\r\n",
      "GET http://b:8080/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
      "POST /echo HTTP/1.1\r\n\(chunked)3;a=b\r\nabc\r\n0a \r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\nRange: bytes=1-3\r\nIf-Range: \"x\"\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=-3\r\nIf-None-Match: W/\"x\", *\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
      "GET /users/%41/b/c HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    let responses = [
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\nA: b\r\n\r\n",
      "HTTP/1.0 404\r\nX: y\r\n\r\nhi", "HTTP/1.1 304 N\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
    ]
    let cuts: [UInt8] = [3, 2, 40, 70]
    return requests.flatMap { [[0] + cuts + $0.utf8, [2] + cuts + $0.utf8] }
      + responses.map { [1] + cuts + $0.utf8 }
  }

  private static var texts: [[UInt8]] {
    [
      "10.0.0.2/24", "255.255.255.255", "::", "2001:db8::2/64", "fe80::1:0:0:1",
      "::ffff:1.2.3.4/128",
      "www.ex\\.a\\032mple.org", "http://[::1]:80/a?b#c", "../d?e", "//host/path",
      "Sun, 06 Nov 1994 08:49:37 GMT",
      """
      $TTL 1h
      @ IN SOA ns1 admin\\.dns (1 2h 30m 2w 300)
        NS ns1 ; comment
        MX 10 mail
      ns1 A 10.0.0.1
       AAAA 2001:db8::1
      www CNAME web
      *.a TXT "x y" z
      sub NS ns.sub
      _http._tcp SRV 1 2 80 web
      $ORIGIN b.example.org.
      4 PTR web
      """,
    ].map { Array($0.utf8) }
  }

  private static var leases: [[UInt8]] {
    let mask: [UInt8] = [1, 1, 4, 255, 255, 255, 0]
    let offer: [UInt8] = [4, 2, 1, 0, 4, 0], acknowledgment: [UInt8] = [4, 5, 1, 0, 4] + mask + [0]
    let refusal: [UInt8] = [4, 6, 1, 0, 4, 0]
    return [
      [0] + offer + acknowledgment + [0, 0, 0, 0] + acknowledgment, [0] + offer + refusal + [0],
      [0] + offer + acknowledgment + [0xc3, 0] + offer + acknowledgment + [0xe3],
    ]
  }

  /// Connections from both sides and of both versions, datagrams, fragments and control messages.
  private static var conversations: [[UInt8]] {
    let options: [UInt8] = [15, 0xb4, 5, 7]
    func segment(_ who: UInt8, _ flags: UInt8, _ rest: [UInt8] = [0, 255, 8]) -> [UInt8] {
      [0, who, flags] + rest
    }
    let (read, finish): ([UInt8], [UInt8]) = ([9, 0, 0x42, 255], [9, 0, 4])
    let write: [UInt8] = [9, 0, 0x70, 200]
    func accepted(_ who: UInt8) -> [UInt8] {
      segment(who, 2, [0, 255] + options) + segment(who, 16) + [11, 2]
        + segment(who, 24, [0x40, 255, 8, 100])
    }
    func ending(_ who: UInt8) -> [UInt8] {
      finish + segment(who, 16) + segment(who, 17) + segment(who, 16) + [8, 0, 8, 37]
    }
    let opened: [UInt8] = segment(0x80, 18, [0, 255] + options) + write + segment(0x80, 16)
    let lossy = segment(0, 16, [8, 255, 0xc8, 10, 20, 60, 20, 100, 9]) + [8, 28, 8, 30]
    let late = segment(0, 24, [0x82, 255, 8, 200]) + segment(0, 24, [0x80, 255, 8])
    return [
      [0] + accepted(0) + read + write + segment(0, 16) + ending(0),
      [2] + accepted(3) + read + write + write + segment(3, 16) + ending(3),
      [4] + accepted(4) + write + late + [9, 0, 5, 8, 37],
      [0] + accepted(0) + write + lossy + segment(0, 16) + lossy + write + [8, 36],
      [0] + accepted(0) + late + late + read + segment(0, 16, [0, 0, 8]) + write + [8, 35, 8, 37],
      [0, 13, 1, 80] + opened + ending(0x80), [2, 13, 3, 80] + opened + [9, 0, 13],
      [0, 13, 5, 80] + opened + [5, 0x48, 3, 4, 2, 88, 8, 30] + segment(0x80, 4),
      [8, 5, 0x12 + 0x0a, 2, 64, 0, 7, 8, 0, 0, 0, 0, 7, 0xc0, 9, 9, 9, 9, 1, 8, 37],
      [0, 4, 0, 0, 10, 12, 0, 4, 4, 3, 53, 40, 12, 0, 0x1d, 255, 12, 0, 2, 12, 0, 0x4a, 8, 36],
      [0, 6, 8, 0, 96, 6, 8, 12, 255, 6, 11, 0, 96, 6, 11, 12, 255, 12, 0, 4, 6, 24, 0, 9, 8, 36],
      [0, 5, 0, 10] + zeros(12) + [5, 2, 10] + zeros(12) + [5, 0x18, 0, 9, 14, 0, 3, 14, 8, 3],
      [0, 14, 2, 2, 17, 0, 5, 2, 0, 0, 1, 0, 0, 0, 14, 11, 1, 17, 0, 1, 4, 0, 0, 0, 0, 7, 1, 3, 9],
    ]
  }
}
