// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// Clients of HTTP that are slow, many, in a hurry or wrong.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HostileClientTests {
  /// With contents of any size and time limits of one or two seconds.
  private func expect(_ client: String, _ count: Int = 0) throws {
    let guest = try HostedGuest("test/site")
    try guest.expect("clients", client, "\(count)")
    try guest.expectAnswer(path: "/open")
    guest.expectEnd()
  }

  @Test func aGiBComesAsItIs() throws { try expect("get", 1 << 30) }
  @Test func aGiBArrivesAsItIs() throws { try expect("put", 1 << 30) }
  @Test func chunksCarryTheSame() throws { try expect("chunks", 3_000_000) }
  @Test func pipelinedRequestsAreAnsweredInOrder() throws { try expect("pipelines", 2000) }
  @Test func aRequestMayComeByteByByte() throws { try expect("dribbles") }
  @Test func contentThatWaitsIsAskedFor() throws { try expect("continues") }
  @Test func anAnswerBehindTooMuchContentArrives() throws { try expect("early", 20_000_000) }
  @Test func whatIsTooLargeOrWrongIsRefused() throws { try expect("limits") }
  @Test func clientsThatGoLeaveNothingBehind() throws { try expect("leaves", 400) }
  @Test func slowClientsAreSentAway() throws { try expect("waits") }

  @Test func aServerStopsInOrder() throws {
    let guest = try HostedGuest("test/site")
    try guest.expect("clients", "stops")
    #expect(guest.machine.waitForEnd().status == 0)
  }

  /// Slow heads, slow bodies, slow reading: others are answered at once, and the slow ones are sent
  /// away when the server's time is over, long before they would go.
  @Test(arguments: [
    ["open", "-H", "-i", "1"], ["open", "-B", "-i", "1", "-s", "8192"],
    ["bytes/9000000", "-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32"],
  ])
  func slowhttptestClosesNobodyElseOut(kind: [String]) throws {
    let guest = try HostedGuest("test/site")
    let slow = try guest.start(
      "slowhttptest",
      kind.dropFirst() + [
        "-c", "300", "-r", "600", "-l", "30", "-u", "http://10.0.0.2/\(kind[0])",
      ],
      seconds: 30, output: Pipe())
    Thread.sleep(forTimeInterval: 0.8)
    let atFirst = try openConnections(of: guest)
    #expect(atFirst > 50)
    var atLast = atFirst
    for _ in 0..<20 where atLast > 1 {
      Thread.sleep(forTimeInterval: 0.5)
      atLast = try openConnections(of: guest)
    }
    #expect(atLast == 1)
    slow.terminate()
    slow.waitUntilExit()
    guest.expectEnd()
  }

  private func openConnections(of guest: HostedGuest) throws -> Int {
    let result = try guest.run("curl", "-sf", "--max-time", "2", "http://10.0.0.2/open")
    return try #require(Int(result.output.filter { $0.isNumber }), "no answer in time")
  }

  /// h2load with many connections, each of which asks several times: no failed request.
  @Test(arguments: [(100, 1), (1000, 4), (4000, 1)])
  func manyConnectionsGetEveryAnswer(connections: Int, atOnce: Int) throws {
    let guest = try HostedGuest("web")
    let result = try guest.run(
      "h2load", "--h1", "-n", "40000", "-c", "\(connections)", "-m", "\(atOnce)",
      "http://10.0.0.2/")
    #expect(
      result.output.contains("40000 succeeded, 0 failed, 0 errored, 0 timeout"),
      "\(result.output.suffix(800))")
    guest.expectEnd()
  }

  @Test(arguments: [
    ("0-9", "206 10"), ("600-", "206 12"), ("-5", "206 5"), ("0-99999", "206 612"),
    ("9999-", "416 0"), ("5-1", "200 612"), ("0-1,3-4", "200 612"), ("x", "200 612"),
  ])
  func rangesOfAFileAreSent(range: String, answer: String) throws {
    let guest = try HostedGuest("web")
    let result = try guest.run(
      "curl", "-s", "--max-time", "5", "-o", "/dev/null", "-w", "%{http_code} %{size_download}",
      "-H", "Range: bytes=\(range)", "http://10.0.0.2/")
    #expect(result.output == answer)
    guest.expectEnd()
  }
}
