# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""A station beside the guest that sends what no kernel would, and sees every answer to it."""
import socket
import struct
import sys
import time

from scapy.all import ARP, ICMP, IP, TCP, Ether, ICMPv6EchoReply, ICMPv6EchoRequest
from scapy.all import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr
from scapy.all import IPv6, Raw, conf

INTERFACE = "tap0"
MAC, IP4, IP6 = "02:00:00:00:00:50", "10.0.0.50", "fd00::50"
GUEST4, GUEST6 = "10.0.0.2", "fd00::2"
BARRIER = 0xBA44
SOL_PACKET, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE = 263, 23, 33
conf.verb = 0


class Peer:
    def __init__(self):
        self.failures = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.socket.bind((INTERFACE, 0))
        self.guest = "ff:ff:ff:ff:ff:ff"
        self.count = 0
        self.guest = self.resolve()
        # The guest learns the address of version 6, too.
        self.send(IPv6(src=IP6, dst=GUEST6) / ICMPv6ND_NS(tgt=GUEST6) /
                  ICMPv6NDOptSrcLLAddr(lladdr=MAC))
        self.answers()

    def resolve(self):
        """The guest's hardware address, which learns this one."""
        for _ in range(20):
            self.send(Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff") /
                      ARP(op=1, hwsrc=MAC, psrc=IP4, pdst=GUEST4))
            reply = self.receive(time.monotonic() + 0.2, lambda p: ARP in p and p[ARP].op == 2)
            if reply:
                return reply[ARP].hwsrc
        sys.exit("the guest does not answer ARP")

    def send(self, *packets):
        """Sends frames, and packets in frames to the guest."""
        for packet in packets:
            if not isinstance(packet, (Ether, bytes)):
                kind = 0x86DD if isinstance(packet, IPv6) else 0x0800
                packet = Ether(src=MAC, dst=self.guest, type=kind) / packet
            self.socket.send(bytes(packet).ljust(60, b"\0"))

    def receive(self, deadline, wanted=lambda packet: True, station=MAC):
        """The next packet to a station that is wanted; None when there is none in time."""
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet = Ether(self.socket.recv(65536))
            except TimeoutError:
                return None
            if self.answer_question(packet) or packet.dst != station:
                continue
            if wanted(packet):
                return packet
        return None

    def answer_question(self, packet):
        """Tells who asks for this station's hardware address; true when somebody has."""
        if ARP in packet and packet[ARP].op == 1 and packet[ARP].pdst == IP4:
            self.send(Ether(src=MAC, dst=packet.src) /
                      ARP(op=2, hwsrc=MAC, psrc=IP4, hwdst=packet.src, pdst=packet[ARP].psrc))
            return True
        if ICMPv6ND_NS in packet and packet[ICMPv6ND_NS].tgt == IP6:
            self.send(IPv6(src=IP6, dst=packet[IPv6].src) /
                      ICMPv6ND_NA(tgt=IP6, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=MAC))
            return True
        return False

    def answers(self, *packets):
        """What the guest answers: everything that comes before it answers two pings behind that."""
        self.send(*packets)
        found = []
        for _ in range(2):
            self.count += 1
            # The tap drops what comes while its queue is full, also of pings.
            if not any(self.is_passed(found) for _ in range(5)):
                sys.exit("the guest does not answer pings any more")
        return found

    def is_passed(self, found):
        """Whether a ping is answered in a second. What comes before goes to `found`."""
        self.send(IP(src=IP4, dst=GUEST4) / ICMP(id=BARRIER, seq=self.count))
        deadline = time.monotonic() + 1
        while packet := self.receive(deadline):
            if not (ICMP in packet and packet[ICMP].type == 0 and packet[ICMP].id == BARRIER):
                found.append(packet)
            elif packet[ICMP].seq == self.count:
                return True
        return False

    def fail(self, name, found):
        self.failures.append(name)
        print(f"{name}: {[packet.summary() for packet in found[:3]] or 'no answer'}")

    def silent(self, name, *packets):
        """Expects no answer."""
        if found := self.answers(*packets):
            self.fail(name, found)
            self.forget(found)

    def forget(self, found):
        """Resets what was opened by mistake, which would be answered again and again."""
        for packet in found:
            if TCP in packet:
                ends = {"src": packet.payload.dst, "dst": packet.payload.src}
                layer = IP if IP in packet else IPv6
                self.send(layer(**ends) / TCP(sport=packet[TCP].dport, dport=packet[TCP].sport,
                                              seq=packet[TCP].ack, flags="R"))

    def answered(self, name, wanted, *packets):
        """Expects one answer, a wanted one, and returns it."""
        found = self.answers(*packets)
        if len(found) == 1 and wanted(found[0]):
            return found[0]
        self.fail(name, found)
        return None

    def recovers(self, name, wanted, packet):
        """Expects a wanted answer within seconds, after more neighbors than the guest can keep: it
        has forgotten this one, and its question for it goes out behind hundreds of others."""
        for _ in range(5):
            if any(wanted(answer) for answer in self.answers(packet)):
                return
            time.sleep(1)
        self.fail(name, [])

    def expect(self, name, truth):
        if not truth:
            self.failures.append(name)
            print(name)

    def finish(self):
        sys.exit(1 if self.failures else 0)


def is_echo(packet):
    """Whether a packet is the answer to a ping."""
    return ICMP in packet and packet[ICMP].type == 0 or ICMPv6EchoReply in packet


def is_error(kind, code, pointer=None):
    """A test for an error message: of version 4 below 100, else of version 6."""
    def matches(packet):
        layer = packet[IP].payload if IP in packet else packet[IPv6].payload
        if getattr(layer, "type", None) != kind or layer.code != code:
            return False
        return pointer is None or struct.unpack("!I", bytes(layer)[4:8])[0] == pointer
    return matches


def is_segment(flags, sequence=None, acknowledgment=None):
    """A test for a segment."""
    def matches(packet):
        if TCP not in packet or packet[TCP].flags != flags:
            return False
        return ((sequence is None or packet[TCP].seq == sequence) and
                (acknowledgment is None or packet[TCP].ack == acknowledgment))
    return matches


def ping4(size=8, **fields):
    return IP(src=IP4, dst=GUEST4, **fields) / ICMP(id=1) / Raw(bytes(size))


def ping6(size=8):
    return ICMPv6EchoRequest(id=1, data=bytes(size))
