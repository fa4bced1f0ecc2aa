// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The zone that this image serves (RFC 1035, section 5.1).
let zoneText = #"""
  $ORIGIN example.org.
  $TTL 1h
  @       IN SOA ns1 hostmaster (
              2026010100  ; serial
              2h 30m 2w   ; refresh, retry, expire
              5m )        ; how long a name is known not to be there
          NS ns1
          NS ns2.example.net.
          MX 10 mail
          TXT "v=spf1 mx -all"
  ns1     A 10.0.0.2
          AAAA 2001:db8::2
  mail    A 10.0.0.3
  www     CNAME web
  web     A 10.0.0.4
          AAAA 2001:db8::4
  *.users TXT "one of many"
  _http._tcp SRV 0 5 80 web
  sub     NS ns.sub
  ns.sub  A 10.0.0.5
  """#
