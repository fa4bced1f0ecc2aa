#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""What a guest makes of stations that lie about who they are."""
import time

from peer import GUEST4, IP4, MAC, Peer, is_echo, ping4
from scapy.all import ARP, Dot1Q, Ether, Raw

peer = Peer()
EVERYBODY, LIAR = "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:66"


def arp(source=MAC, target=EVERYBODY, **fields):
    return Ether(src=source, dst=target) / ARP(**{"hwsrc": source, "psrc": IP4, "pdst": GUEST4,
                                                  **fields})


def is_reply(packet):
    return ARP in packet and packet[ARP].op == 2 and packet[ARP].psrc == GUEST4


def malformed():
    peer.answered("a question", is_reply, arp())
    peer.answered("a question from nobody", is_reply, arp(psrc="0.0.0.0"))
    peer.silent("a question for another", arp(pdst="10.0.0.3"))
    peer.silent("another hardware", arp(hwtype=6))
    peer.silent("another protocol", arp(ptype=0x86DD))
    peer.silent("an address of 8 bytes", arp(hwlen=8))
    peer.silent("another operation", arp(op=3))
    peer.silent("a packet of 20 bytes", Ether(bytes(arp())[:34]))
    peer.silent("the guest's own address", arp(psrc=GUEST4), arp(op=2, psrc=GUEST4))
    peer.silent("a group as the sender", arp(hwsrc="01:00:5e:00:00:01"))
    peer.silent("a frame of another network", Ether(src=MAC, dst=peer.guest) / Dot1Q(vlan=7) /
                ping4())
    peer.silent("a tag without a frame", Ether(src=MAC, dst=peer.guest, type=0x8100))
    peer.silent("a frame of another type", Ether(src=MAC, dst=peer.guest, type=0x9000) / Raw(b"a"))
    peer.silent("a frame with a length", Ether(src=MAC, dst=peer.guest, type=46) / Raw(b"a"))


def floods():
    peer.answered("a ping", is_echo, ping4())
    crowd = []
    for number in range(3000):
        high, low = divmod(number % 200 + 51, 256)
        station = f"02:01:00:00:{number >> 8:02x}:{number & 255:02x}"
        crowd.append(arp(station, psrc=f"10.0.{high}.{low}", op=1 + number % 2))
    peer.silent("thousands of stations", *crowd)
    peer.answered("a ping behind them", is_echo, ping4())
    # The last word counts (RFC 826), and who is asked for tells the truth.
    peer.send(arp(LIAR, op=2), ping4())
    peer.expect("an answer to the liar",
                peer.receive(time.monotonic() + 1, is_echo, station=LIAR) is not None)
    peer.answered("the truth", is_reply, arp())
    peer.answered("a ping behind the truth", is_echo, ping4())


malformed()
floods()
peer.finish()
