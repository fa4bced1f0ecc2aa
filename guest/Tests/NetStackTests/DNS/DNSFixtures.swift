// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire

/// The name of a text that is known to be one.
func name(_ text: String) throws -> DNSName {
  guard let name = DNSName(text) else { throw NotAName(text: text) }
  return name
}

struct NotAName: Error {
  let text: String
}

/// A zone with something of everything.
let exampleZone = #"""
  $ORIGIN example.org.
  $TTL 1h
  @       IN SOA ns1 admin\.dns (
              2026010100 ; serial
              2h 30m     ; refresh, retry
              2w 300 )
          NS ns1
          NS ns2.example.net.
          MX 10 mail
          TXT "v=spf1 -all" ; no mail
  ns1     A 10.0.0.1
          AAAA 2001:db8::1
  mail    300 IN A 10.0.0.2
  www     CNAME web
  web     A 10.0.0.3
          A 10.0.0.4
  alias   CNAME www
  out     CNAME www.example.com.
  dead    CNAME nowhere
  loop    CNAME pool
  pool    CNAME loop
  down    CNAME x.sub
  deep.er.tree TXT a "b c" d\032e "\"q\""
  *.wild  TXT anything
  *.wild  MX 5 mail
  www.wild A 10.0.0.5
  *.ali   CNAME web
  sub     NS ns.sub
          NS ns2.example.net.
  ns.sub  A 10.0.0.6
  _http._tcp SRV 1 2 80 web
  4       PTR web.example.org.
  """#
