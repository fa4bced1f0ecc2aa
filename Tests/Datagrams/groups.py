#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""Asks the guest `datagrams` by its groups, has it leave them, and ends it: groups.py INTERFACE.
Prints what is answered."""
import socket
import sys

PORT = 5000
index = socket.if_nametoindex(sys.argv[1])


def ask(family, group, text, tries):
    """The answer to a datagram, which is sent again as long as there is none."""
    with socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.settimeout(0.5)
        if family == socket.AF_INET:
            peer.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            bytes(8) + index.to_bytes(4, sys.byteorder))
        for _ in range(tries):
            scope = (0, index) if family == socket.AF_INET6 else ()
            peer.sendto(text, (group, PORT, *scope))
            try:
                return peer.recv(100).decode()
            except TimeoutError:
                pass
    return "silence"


for family, group in (socket.AF_INET, "239.1.2.3"), (socket.AF_INET6, "ff02::1234"):
    for text, tries in (b"hello", 20), (b"leave", 1), (b"hello", 2):
        print(ask(family, group, text, tries))
print(ask(socket.AF_INET, "10.0.0.2", b"exit", 1))
