// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

private let host4 = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0001))
private let host6 = IPAddress.v6(IPv6Address(high: 0x2001_0db8 << 32, low: 1))
private let start = Instant(nanoseconds: 1)

struct PathMTUCacheTests {
  @Test func remembersForTenMinutes() {
    var cache = PathMTUCache()
    let mtu = cache.tooBig(host4, mtu: 1400, size: 1500, at: start)
    #expect(mtu == 1400)
    #expect(cache.mtu(to: host4, link: 1500, at: start) == 1400)
    #expect(cache.mtu(to: host4, link: 1300, at: start) == 1300)
    #expect(cache.mtu(to: host6, link: 1500, at: start) == 1500)
    let later = start.advanced(byNanoseconds: PathMTUCache.lifetime)
    #expect(cache.mtu(to: host4, link: 1500, at: later) == 1500)
  }

  @Test func onlyGetsSmaller() {
    var cache = PathMTUCache()
    _ = cache.tooBig(host4, mtu: 1400, size: 1500, at: start)
    let larger = cache.tooBig(host4, mtu: 1450, size: 1500, at: start)
    let same = cache.tooBig(host4, mtu: 1400, size: 1500, at: start)
    let absurd = cache.tooBig(host4, mtu: 1300, size: 1200, at: start)
    #expect(larger == nil)
    #expect(same == nil)
    #expect(absurd == nil)
    let smaller = cache.tooBig(host4, mtu: 1300, size: 1400, at: start)
    #expect(smaller == 1300)
    #expect(cache.count == 1)
  }

  @Test func doesNotBelieveInTinyLinks() {
    var cache = PathMTUCache()
    let four = cache.tooBig(host4, mtu: 68, size: 1500, at: start)
    let six = cache.tooBig(host6, mtu: 68, size: 1500, at: start)
    #expect(four == PathMTUCache.minimum4)
    #expect(six == IPv6Header.minimumMTU)
  }

  @Test(arguments: [(1500, 1492), (1492, 1006), (9000, 8166), (700, 552)])
  func guessesWhenTheRouterDoesNotSay(size: Int, mtu: Int) {
    var cache = PathMTUCache()
    let guess = cache.tooBig(host4, mtu: 0, size: size, at: start)
    #expect(guess == mtu)
  }

  @Test func isBounded() {
    var cache = PathMTUCache()
    for number in 0..<1000 {
      let host = IPAddress.v4(IPv4Address(rawValue: UInt32(number)))
      _ = cache.tooBig(host, mtu: 1400, size: 1500, at: start)
    }
    #expect(cache.count == PathMTUCache.capacity)
  }
}

struct TokenBucketTests {
  @Test func letsBurstsPassAndThenARate() {
    var bucket = TokenBucket(perSecond: 10, burst: 5)
    let second = Instant(nanoseconds: 1_000_000_000)
    var passed = 0
    for _ in 0..<20 where bucket.take(at: second) {
      passed += 1
    }
    #expect(passed == 5)
    for step in 0..<1000 {
      let now = second.advanced(byNanoseconds: UInt64(step) * 1_000_000)
      if bucket.take(at: now) {
        passed += 1
      }
    }
    #expect((14...15).contains(passed))
  }

  @Test func aLongRestSavesNoMoreThanABurst() {
    var bucket = TokenBucket(perSecond: 10, burst: 5)
    _ = bucket.take(at: Instant(nanoseconds: 0))
    var passed = 0
    for _ in 0..<20 where bucket.take(at: Instant(nanoseconds: .max)) {
      passed += 1
    }
    #expect(passed == 5)
  }
}
