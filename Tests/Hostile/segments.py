#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""What a guest makes of odd segments of TCP, at the port of a web server."""
import time

from peer import GUEST4, IP4, Peer, is_segment
from scapy.all import IP, TCP, Raw

REQUEST = b"GET / HTTP/1.1\r\nHost: guest\r\n\r\n"
peer = Peer()
port = 20000


def segment(flags, data=b"", to=80, **fields):
    return IP(src=IP4, dst=GUEST4) / TCP(dport=to, flags=flags, **fields) / Raw(data)


class Connection:
    """One that this station has opened."""

    def __init__(self, sequence=1000, window=8192, **fields):
        global port
        port += 1
        self.port, self.window = port, window
        self.next = (sequence + 1) & 0xFFFFFFFF
        reply = peer.answered(
            f"a handshake with {fields}", is_segment("SA", acknowledgment=self.next),
            segment("S", sport=port, seq=sequence, window=window, **fields))
        self.acknowledged = (reply[TCP].seq + 1) & 0xFFFFFFFF if reply else 0
        peer.silent("the end of a handshake", self.segment("A"))

    def segment(self, flags, data=b"", offset=0, ahead=0, **fields):
        """A segment `offset` behind what the guest waits for, with an acknowledgment `ahead`."""
        fields = {"window": self.window, "seq": (self.next + offset) & 0xFFFFFFFF,
                  "ack": (self.acknowledged + ahead) & 0xFFFFFFFF, **fields}
        return segment(flags, data, sport=self.port, **fields)

    def read(self, wanted=b"</html>"):
        """What the guest sends up to some bytes, which is acknowledged."""
        content, deadline = b"", time.monotonic() + 20
        while wanted not in content:
            packet = peer.receive(deadline, lambda p: TCP in p and p[TCP].dport == self.port)
            if packet is None:
                return None
            data = bytes(packet[TCP].payload)[:packet[IP].len - 20 - packet[TCP].dataofs * 4]
            if data and packet[TCP].seq == self.acknowledged:
                content += data
                self.acknowledged = (self.acknowledged + len(data)) & 0xFFFFFFFF
                peer.send(self.segment("A"))
        return content

    def get(self, name, *packets):
        """Expects a page in answer to a request in some segments."""
        peer.send(*(packets or [self.segment("PA", REQUEST)]))
        self.next = (self.next + len(REQUEST)) & 0xFFFFFFFF
        content = self.read()
        peer.expect(name, content is not None and content.startswith(b"HTTP/1.1 200 "))

    def is_challenge(self):
        """A test for the acknowledgment of what has come so far."""
        return is_segment("A", self.acknowledged, self.next)

    def close(self):
        peer.answers(self.segment("R"))


def unconnected():
    peer.silent("a wrong checksum", segment("S", chksum=1))
    peer.silent("a header of 16 bytes", segment("S", dataofs=4))
    peer.silent("a header behind the end", segment("S", dataofs=15))
    peer.silent("a header of 19 bytes", IP(src=IP4, dst=GUEST4, proto=6) / Raw(bytes(19)))
    for flags in ("", "F", "FPU", "P", "U", "SF", "SFRPAU", "R", "RA", "SR"):
        peer.silent(f"flags {flags} at an open port", segment(flags, seq=9, sport=3000))
    for flags in ("", "F", "FPU", "S", "SF"):
        length = 3 + sum(flags.count(flag) for flag in "SF")
        peer.answered(f"flags {flags} at a closed port", is_segment("RA", 0, 9 + length),
                      segment(flags, b"abc", seq=9, to=81))
    for flags in ("A", "SA", "FA", "PA"):
        for to in (80, 81):
            peer.answered(f"flags {flags} of no connection", is_segment("R", 77),
                          segment(flags, seq=9, ack=77, sport=3001, to=to))
    peer.silent("a reset at a closed port", segment("R", to=81), segment("RA", to=81))


def options():
    for name, bits in [
            ("a length of 0", b"\x02\x00\x05\xb4"), ("a length of 1", b"\x02\x01\x05\xb4"),
            ("an option behind the end", b"\x01\x01\x01\x02"), ("a long one", b"\x08\x0a\0\0"),
            ("an unknown one", b"\xfd\x04\xf9\x89"), ("no segment size", b"\x02\x04\0\0"),
            ("a segment size of 1", b"\x02\x04\0\1"), ("a shift of 255", b"\x03\x03\xff\0"),
            ("40 bytes of nothing", b"\1" * 40),
            ("blocks in a SYN", b"\x05\x0a\0\0\0\1\xff\xff\xff\xff\0\0")]:
        syn = segment("S", sport=3100, seq=1)
        syn[TCP].dataofs = 5 + len(bits) // 4
        syn[TCP].payload = Raw(bits)
        peer.answered(name, is_segment("SA", acknowledgment=2), syn)
        peer.silent("its reset", segment("R", sport=3100, seq=2))
    for sizes in ([("MSS", 1)], [("MSS", 65535), ("WScale", 14)], [("SAckOK", b"")]):
        connection = Connection(options=sizes)
        connection.get(f"a page with {sizes}")
        connection.close()


def data():
    connection = Connection(sequence=0xFFFFFFF0)
    connection.get("a request across sequence number 0")
    peer.answered("a segment again", connection.is_challenge(),
                  connection.segment("PA", REQUEST, offset=-len(REQUEST)))
    pieces = [connection.segment("A", REQUEST[at:at + 3], offset=at)
              for at in range(0, len(REQUEST), 3)]
    connection.get("a request in pieces, the last one first", *reversed(pieces))
    pieces = [connection.segment("PA", REQUEST[at:at + 9], offset=at)
              for at in range(0, len(REQUEST), 4)]
    connection.get("a request in overlapping pieces", *pieces)
    connection.get("urgent data", connection.segment("PAU", REQUEST, urgptr=5))
    connection.close()
    connection = Connection()
    port = connection.port + 5000
    answer = peer.answered("data on a SYN", is_segment("SA"),
                           segment("S", REQUEST, sport=port, seq=1))
    connection.port, connection.next = port, answer[TCP].ack if answer else 0
    connection.acknowledged = answer[TCP].seq + 1 if answer else 0
    peer.expect("what acknowledges data on a SYN", connection.next in (2, 2 + len(REQUEST)))
    connection.get("a page behind data on a SYN")
    connection.close()


def forged():
    connection = Connection()
    challenge = connection.is_challenge()
    peer.answered("a reset inside of the window", challenge, connection.segment("R", offset=100))
    peer.silent("a reset behind the window", connection.segment("R", offset=1 << 22))
    peer.silent("a reset in front of the window", connection.segment("R", offset=-1))
    peer.answered("a SYN", challenge, connection.segment("S", offset=5))
    peer.answered("an old SYN", challenge, connection.segment("S", offset=-1000))
    peer.answered("an acknowledgment of what was not sent", challenge,
                  connection.segment("A", ahead=1000))
    peer.answered("an acknowledgment of long ago", challenge,
                  connection.segment("A", ahead=-1000000))
    peer.answered("data with a wrong acknowledgment", challenge,
                  connection.segment("PA", REQUEST, ahead=100000))
    peer.answered("data behind the window", challenge,
                  connection.segment("PA", REQUEST, offset=1 << 22))
    peer.silent("data without an acknowledgment", connection.segment("P", REQUEST))
    peer.answered("a keep-alive probe", challenge, connection.segment("A", offset=-1))
    count = len(peer.answers(*[connection.segment("S", offset=9) for _ in range(100)]))
    peer.expect(f"{count} challenges to 100 segments", count <= 10)
    connection.get("a page in spite of all that")
    peer.silent("a reset at the right number", connection.segment("R"))
    peer.answered("data behind a reset", is_segment("R"), connection.segment("PA", REQUEST))
    connection = Connection()
    blocks = [("NOP", None), ("NOP", None), ("SAck", (5, 1, 0xFFFFFFFF, 0, 7, 7, 0, 1 << 31))]
    connection.get("blocks that mean nothing",
                   connection.segment("PA", REQUEST, options=blocks))
    connection.close()


def windows():
    connection = Connection(window=0)
    peer.send(connection.segment("PA", REQUEST))
    connection.next += len(REQUEST)
    probe = peer.receive(time.monotonic() + 3,
                         lambda p: TCP in p and p[TCP].dport == connection.port
                         and p[TCP].payload and p[IP].len > 40)
    peer.expect("a probe of a closed window", probe is not None)
    connection.window = 8192
    peer.send(connection.segment("A"))
    content = connection.read()
    peer.expect("a page once the window opens", content is not None)
    connection.close()
    connection = Connection(window=1)
    connection.get("a page through a window of one byte")
    connection.close()


unconnected()
options()
data()
forged()
windows()
peer.finish()
