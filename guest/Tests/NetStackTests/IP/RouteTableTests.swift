// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

private func address(_ text: String) throws -> IPAddress {
  try #require(IPAddress(text))
}

private func prefix(_ text: String) throws -> IPPrefix {
  if let prefix = IPv4Prefix(text) {
    return .v4(prefix)
  }
  return .v6(try #require(IPv6Prefix(text)))
}

struct RouteTableTests {
  private func table(_ routes: [(String, Int)]) throws -> RouteTable {
    var table = RouteTable()
    for (text, interface) in routes {
      table.add(RouteTable.Route(try prefix(text), interface: interface))
    }
    return table
  }

  @Test func theLongestPrefixDecides() throws {
    let table = try table([
      ("0.0.0.0/0", 0), ("10.1.2.0/24", 1), ("10.0.0.0/8", 2), ("::/0", 3), ("2001:db8::/32", 4),
    ])
    #expect(table.route(to: try address("10.1.2.3"))?.interface == 1)
    #expect(table.route(to: try address("10.1.3.3"))?.interface == 2)
    #expect(table.route(to: try address("11.1.3.3"))?.interface == 0)
    #expect(table.route(to: try address("2001:db8::1"))?.interface == 4)
    #expect(table.route(to: try address("2001:db9::1"))?.interface == 3)
  }

  @Test func theCheapestOfSeveralIsTaken() throws {
    var table = RouteTable()
    let all = try prefix("0.0.0.0/0")
    table.add(RouteTable.Route(all, interface: 0, metric: 10))
    table.add(RouteTable.Route(all, interface: 1, metric: 5))
    table.add(RouteTable.Route(all, interface: 2, metric: 5))
    #expect(table.route(to: try address("1.2.3.4"))?.interface == 1)
    #expect(table.route(to: try address("1.2.3.4"), interface: 0)?.interface == 0)
    table.removeAll { $0.interface == 1 }
    #expect(table.route(to: try address("1.2.3.4"))?.interface == 2)
    #expect(table.routes.count == 2)
  }

  @Test func withoutARouteThereIsNoWay() throws {
    let table = try table([("10.0.0.0/8", 0)])
    #expect(table.route(to: try address("11.0.0.1")) == nil)
    #expect(table.route(to: try address("::1")) == nil)
  }
}
