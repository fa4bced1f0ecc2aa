#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""What a guest makes of odd packets of IPv6 and its ICMP."""
from peer import GUEST6, IP6, MAC, Peer, is_echo, is_error, ping6
from scapy.all import (
    TCP, UDP, Ether, ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6MLReport, ICMPv6ND_NA, ICMPv6ND_NS,
    ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, PadN, Raw)

peer = Peer()
base = {"src": IP6, "dst": GUEST6}
PROBLEM = 4


def packet(*layers, **fields):
    whole = IPv6(**{**base, **fields})
    for layer in layers:
        whole = whole / layer
    return whole


def option(kind):
    return Raw(bytes([58, 0, kind, 4, 0, 0, 0, 0]))


def headers():
    peer.answered("an ordinary ping", is_echo, packet(ping6()))
    peer.silent("version 5", Ether(src=MAC, dst=peer.guest, type=0x86DD) /
                Raw(b"\x50" + bytes(packet(ping6()))[1:]))
    peer.silent("a packet larger than its frame", packet(ping6(), plen=1000))
    peer.silent("a packet smaller than its payload", packet(ping6(), plen=3))
    peer.silent("a wrong checksum", packet(ICMPv6EchoRequest(cksum=1)))
    for source in ("ff02::1", "::1", "::", GUEST6):
        peer.silent(f"a SYN from {source}", packet(TCP(sport=80, dport=80), src=source))
        peer.silent(f"a datagram from {source}", packet(UDP(sport=80, dport=80), src=source))
    for target in ("ff02::1", "::1", "fd00::3", "ff02::99"):
        peer.silent(f"a SYN to {target}", packet(TCP(dport=80), dst=target))
        peer.silent(f"a datagram to {target}", packet(UDP(dport=9), dst=target))
    everybody = Ether(src=MAC, dst="33:33:00:00:00:01")
    peer.silent("a SYN in a frame to everybody", everybody / packet(TCP(dport=80)))
    peer.answered("a closed port", is_error(1, 4), packet(UDP(dport=9)))
    peer.silent("a datagram without a checksum", packet(UDP(dport=9, chksum=0)))


def chains():
    pad = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
    peer.answered("options for each hop", is_echo,
                  packet(IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)]), ping6()))
    peer.answered("options twice", is_echo, packet(pad, pad, ping6()))
    echo = bytes(packet(ping6()))[40:]
    for kind, wanted in [(0x1E, is_echo), (0x5E, None), (0x9E, is_error(PROBLEM, 2, 42)),
                         (0xDE, is_error(PROBLEM, 2, 42))]:
        odd = packet(option(kind), Raw(echo), nh=60)
        if wanted:
            peer.answered(f"option {kind:#x}", wanted, odd)
        else:
            peer.silent(f"option {kind:#x}", odd)
    peer.silent("an option behind the end",
                packet(Raw(bytes([58, 0, 0x1E, 40, 0, 0, 0, 0])), Raw(echo), nh=60))
    peer.answered("options for each hop behind others", is_error(PROBLEM, 1),
                  packet(pad, IPv6ExtHdrHopByHop(), ping6()))
    peer.answered("another protocol", is_error(PROBLEM, 1, 6), packet(Raw(bytes(8)), nh=99))
    peer.silent("no payload", packet(nh=59))
    peer.answered("the end of a route", is_echo,
                  packet(IPv6ExtHdrRouting(type=0, segleft=0, addresses=["fd00::9"]), ping6()))
    for kind in (0, 4, 99):
        route = IPv6ExtHdrRouting(type=kind, segleft=1, addresses=["fd00::9"])
        peer.answered(f"a route of type {kind}", is_error(PROBLEM, 0, 42), packet(route, ping6()))
    many = peer.answers(packet(*[pad] * 150, ping6()))
    peer.expect("150 headers", len(many) <= 1)
    peer.silent("a header behind the end", packet(Raw(bytes([58, 200, 1, 4, 0, 0, 0, 0])), nh=60))
    peer.silent("a header of 3 bytes", packet(Raw(bytes([58, 0, 1])), nh=60))


def part(offset, more, data, identification, protocol=58, **fields):
    head = IPv6ExtHdrFragment(nh=protocol, offset=offset // 8, m=more, id=identification)
    return packet(head, Raw(data), **fields)


def fragments():
    whole = bytes(packet(ping6(1280)))[40:]
    peer.answered("an atomic fragment", is_echo, part(0, 0, whole, 1))
    peer.answered("an atomic fragment among others", is_echo, part(0, 1, whole[:800], 2),
                  part(0, 0, whole, 2))
    peer.answered("the others", is_echo, part(800, 0, whole[800:], 2))
    peer.answered("fragments out of order", is_echo, part(800, 0, whole[800:], 3),
                  part(0, 1, whole[:800], 3))
    peer.silent("overlapping fragments", part(0, 1, whole[:808], 4), part(800, 0, whole[800:], 4),
                part(808, 0, whole[808:], 4))
    peer.answered("an odd size", is_error(PROBLEM, 0, 4), part(0, 1, whole[:801], 5))
    peer.answered("a packet over 65535 bytes", is_error(PROBLEM, 0, 42),
                  part(65528, 0, whole[:800], 6))
    peer.answered("a first fragment without the protocol's header", is_error(PROBLEM, 3),
                  part(0, 1, bytes([58, 1] + [0] * 6), 7, 60))
    peer.silent("thousands of first fragments",
                *[part(0, 1, whole[:800], 1000 + number) for number in range(2000)])
    peer.answered("fragments behind them", is_echo, part(0, 1, whole[:800], 8),
                  part(800, 0, whole[800:], 8))


def messages():
    link = ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:66")
    solicitation = ICMPv6ND_NS(tgt=GUEST6)
    peer.silent("a solicitation from afar", packet(solicitation, hlim=64))
    peer.silent("a solicitation with a wrong checksum", packet(ICMPv6ND_NS(tgt=GUEST6, cksum=1)))
    peer.silent("an option of no size", packet(solicitation, Raw(b"\1\0\0\0\0\0\0\0")))
    peer.silent("a solicitation for a group", packet(ICMPv6ND_NS(tgt="ff02::1")))
    peer.silent("a solicitation of 20 bytes", packet(Raw(bytes([135] + [0] * 19)), nh=58))
    peer.silent("unasked advertisements",
                *[packet(ICMPv6ND_NA(tgt=f"fd00::{number:x}", O=1), link) for number in range(
                    0x100, 0x500)])
    peer.silent("solicitations of many", *[
        packet(solicitation, ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:66"),
               src=f"fd00::{number:x}") for number in range(0x100, 0x900)])
    peer.silent("a redirect", packet(ICMPv6ND_Redirect(tgt="fd00::9", dst=IP6), src="fe80::1"))
    peer.silent("a router that is none", packet(ICMPv6ND_RA(), src=IP6),
                packet(ICMPv6ND_RA(routerlifetime=9000), src="fe80::1", hlim=3))
    peer.silent("a report", packet(ICMPv6MLReport(), dst="ff02::1"))
    quote = IPv6(src=GUEST6, dst=IP6) / TCP(sport=80, dport=5)
    for error in (ICMPv6DestUnreach(code=4), ICMPv6PacketTooBig(mtu=1)):
        peer.silent("an error about nothing that was sent", packet(error, quote))
        peer.silent("an error that quotes little", packet(error, Raw(b"\x60")))
        peer.silent("an error about an error", packet(error, IPv6(src=GUEST6, dst=IP6), error))
    peer.silent("errors in place of messages",
                packet(ICMPv6DestUnreach(), nh=58, dst="ff02::1"), packet(Raw(b"\1"), nh=58))
    peer.recovers("a ping after all that", is_echo, packet(ping6()))


headers()
chains()
fragments()
messages()
peer.finish()
