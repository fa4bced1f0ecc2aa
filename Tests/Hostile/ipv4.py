#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""What a guest makes of odd packets of IPv4, ICMP and UDP."""
from peer import GUEST4, IP4, MAC, Peer, is_echo, is_error, ping4
from scapy.all import ICMP, IP, TCP, UDP, Ether, Raw
from scapy.utils import checksum

peer = Peer()
base = {"src": IP4, "dst": GUEST4}


def fragment(offset, more, data, identification, protocol=1):
    return IP(id=identification, flags="MF" if more else 0, frag=offset // 8,
              proto=protocol, **base) / Raw(data)


def with_options(options):
    """A ping whose header has options of any bytes."""
    message = bytes(ping4())[20:]
    size = 20 + len(options)
    header = bytes(IP(ihl=size // 4, len=size + len(message), proto=1, chksum=0, **base))
    header = header[:20] + options
    header = header[:10] + checksum(header).to_bytes(2, "big") + header[12:]
    return Ether(src=MAC, dst=peer.guest, type=0x0800) / Raw(header + message)


def tiny(whole, identification):
    return [fragment(at, at + 8 < len(whole), whole[at:at + 8], identification)
            for at in range(0, len(whole), 8)]


def headers():
    peer.answered("an ordinary ping", is_echo, ping4())
    peer.silent("a wrong checksum", ping4(chksum=1))
    peer.silent("version 5", ping4(version=5))
    peer.silent("a header of 16 bytes", ping4(ihl=4))
    peer.silent("a header behind the packet's end", ping4(ihl=15))
    peer.silent("a packet larger than its frame", ping4(len=1000))
    peer.silent("a packet smaller than its header", ping4(len=19))
    peer.silent("a frame of nothing", Ether(src=MAC, dst=peer.guest, type=0x0800))
    echo = peer.answered("a padded frame", is_echo, ping4(1))
    peer.expect("an answer's length", echo is None or echo[IP].len == 29)
    peer.silent("an echo with a wrong checksum", IP(**base) / ICMP(chksum=1, id=1))
    peer.silent("an echo of 4 bytes", IP(proto=1, **base) / Raw(b"\x08\0\xf7\xff"))


def options():
    for name, bits in [("no operation", b"\1" * 4), ("record route", b"\7\7\4\0\0\0\0\0"),
                       ("an unknown option", b"\x5e\4\0\0"), ("an end", b"\0\x28\4\0"),
                       ("the end of a route", b"\x83\7\x08\x0a\0\0\x63\0")]:
        peer.answered(name, is_echo, with_options(bits))
    for name, bits in [("length 0", b"\x5e\0\0\0"), ("length 1", b"\x5e\1\0\0"),
                       ("an option behind the end", b"\7\x28\4\0"),
                       ("an option of one byte", b"\1\1\1\x5e")]:
        peer.silent(name, with_options(bits))
    for kind in (b"\x83", b"\x89"):
        route = kind + b"\7\4\x0a\0\0\x63\0"
        peer.silent(f"a source route of type {kind[0]}", with_options(route))


def addresses():
    for source in ("255.255.255.255", "10.0.0.255", "224.0.0.1", "127.0.0.1", "0.0.0.0", GUEST4):
        peer.silent(f"a ping from {source}", IP(src=source, dst=GUEST4) / ICMP(id=1))
        peer.silent(f"a SYN from {source}", IP(src=source, dst=GUEST4) / TCP(sport=80, dport=80))
    for target in ("255.255.255.255", "10.0.0.255", "224.0.0.1", "10.0.0.3", "127.0.0.1"):
        peer.silent(f"a ping to {target}", IP(src=IP4, dst=target) / ICMP(id=1))
        peer.silent(f"a SYN to {target}", IP(src=IP4, dst=target) / TCP(dport=80))
    everybody = Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff")
    peer.silent("a SYN in a frame to everybody", everybody / IP(**base) / TCP(dport=80))
    peer.silent("a datagram in a frame to everybody", everybody / IP(**base) / UDP(dport=9))
    peer.silent("a frame to another", Ether(src=MAC, dst="02:00:00:00:00:99") / ping4())


def fragments():
    whole = bytes(IP(**base) / ICMP(id=1) / Raw(bytes(range(256)) * 5))[20:]
    peer.answered("fragments", is_echo, fragment(0, True, whole[:800], 1),
                  fragment(800, False, whole[800:], 1))
    peer.answered("fragments out of order", is_echo, fragment(800, False, whole[800:], 2),
                  fragment(0, True, whole[:800], 2))
    small = bytes(ping4(800))[20:]
    peer.answered("101 fragments of 8 bytes", is_echo, *tiny(small, 3))
    peer.silent("161 fragments of 8 bytes", *tiny(whole, 12))
    segment = bytes(IP(**base) / TCP(sport=2000, dport=81, seq=5))[20:]
    peer.answered("a segment's header in three fragments",
                  lambda p: TCP in p and p[TCP].flags == "RA" and p[TCP].ack == 6,
                  fragment(0, True, segment[:8], 4, 6), fragment(16, False, segment[16:], 4, 6),
                  fragment(8, True, segment[8:16], 4, 6))
    peer.silent("overlapping fragments", fragment(0, True, whole[:808], 5),
                fragment(800, False, whole[800:], 5), fragment(800, False, whole[800:], 5))
    peer.silent("an overlapping first fragment", fragment(800, False, whole[800:], 6),
                fragment(0, True, whole[:816], 6))
    peer.silent("two ends", fragment(800, False, whole[800:], 7),
                fragment(800, False, whole[800:808], 7), fragment(0, True, whole[:800], 7))
    peer.silent("an odd size", fragment(0, True, whole[:801], 8),
                fragment(808, False, whole[808:], 8))
    peer.silent("nothing in a fragment", fragment(0, True, b"", 9), fragment(8, True, b"", 9))
    peer.silent("a packet over 65535 bytes", fragment(0, True, whole[:8], 10),
                fragment(65528, False, whole[:800], 10))
    peer.silent("thousands of first fragments",
                *[fragment(0, True, whole[:800], 1000 + number) for number in range(3000)])
    peer.answered("fragments behind them", is_echo, fragment(0, True, whole[:800], 11),
                  fragment(800, False, whole[800:], 11))


def datagrams():
    closed = is_error(3, 3)
    peer.answered("a closed port", closed, IP(**base) / UDP(dport=9))
    peer.answered("no checksum", closed, IP(**base) / UDP(dport=9, chksum=0))
    peer.silent("a datagram's wrong checksum", IP(**base) / UDP(dport=9, chksum=1) / Raw(b"abc"))
    peer.silent("a datagram larger than its packet", IP(**base) / UDP(dport=9, len=100))
    peer.silent("a datagram of 7 bytes", IP(**base) / UDP(dport=9, len=7))
    peer.answered("another protocol", is_error(3, 2), IP(proto=99, **base) / Raw(bytes(16)))
    peer.answered("another protocol without payload", is_error(3, 2), IP(proto=99, **base))
    error = ICMP(type=3, code=3)
    peer.silent("an error about an error", IP(**base) / error / IP(src=GUEST4, dst=IP4) / error)
    peer.silent("an error about nothing", IP(**base) / error / Raw(b"\x45"))
    peer.silent("an error about itself", IP(**base) / ICMP(type=3, code=4, nexthopmtu=1) /
                IP(src=GUEST4, dst=GUEST4) / TCP(sport=80, dport=80))
    count = len(peer.answers(*[IP(**base) / UDP(dport=9) for _ in range(400)]))
    peer.expect(f"{count} answers to 400 datagrams", 0 < count < 200)


headers()
options()
addresses()
fragments()
datagrams()
peer.finish()
