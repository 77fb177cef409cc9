"""What leaves the machine of a test's world (world.py), packet by packet."""

import collections
import ipaddress
import os
import socket
import struct
import threading

from pace import paced

HEAD_BYTES = 128
BUFFER_BYTES = 8 << 20
SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
ETH_ALL, ETH_IP, ETH_ARP, ETH_V6 = 3, 0x800, 0x806, 0x86dd
SO_RCVBUFFORCE = 33
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
DISCARD = 9
# The kernel tells its neighbours of groups that it has joined by itself:
# reports of IGMP and MLD.
REPORTS = ("224.0.0.22", "ff02::16")

# The port is 0 where a protocol has none.
Packet = collections.namedtuple("Packet", "protocol source destination port")


def parsed(frame):
    """(the packet of an Ethernet frame, where its payload begins)"""
    kind, = struct.unpack_from("!H", frame, 12)
    if kind == ETH_IP:
        number, at = frame[23], 14 + (frame[14] & 15) * 4
        source, destination = frame[26:30], frame[30:34]
    elif kind == ETH_V6:
        number, at = frame[20], 54
        source, destination = frame[22:38], frame[38:54]
    elif kind == ETH_ARP:
        return Packet("arp", *(str(ipaddress.ip_address(frame[i:i + 4]))
                               for i in (28, 38)), 0), 42
    else:
        return Packet(f"ethernet {kind:#x}", "", "", 0), 14
    protocol = PROTOCOLS.get(number, str(number))
    port = 0
    if protocol in ("tcp", "udp") and len(frame) >= at + 4:
        port, = struct.unpack_from("!H", frame, at + 2)
    return Packet(protocol, str(ipaddress.ip_address(source)),
                  str(ipaddress.ip_address(destination)), port), at


class Capture:
    """Counts the packets that arrive at the world's end of the link."""

    def __init__(self, tap, link, sender, world):
        self.tap, self.sender, self.world = tap, sender, world
        self.found = collections.Counter()
        self.lock = threading.Condition()
        self.marker = None  # the payload of the last one that arrived
        tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        tap.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        tap.bind((link, ETH_ALL))
        self.thread = threading.Thread(target=self.count, daemon=True)
        self.thread.start()

    def count(self):
        while True:
            frame = self.tap.recv(HEAD_BYTES)
            packet, at = parsed(frame)
            with self.lock:
                if packet.protocol == "udp" and (
                        packet.destination, packet.port) == (self.world,
                                                             DISCARD):
                    self.marker = frame[at + 8:]
                    if self.marker == b"end":
                        return
                    self.lock.notify_all()
                elif packet.destination not in REPORTS:
                    self.found[packet] += 1

    def send_marker(self, marker):
        self.sender.sendto(marker, (self.world, DISCARD))

    def packets(self):
        """{Packet: how many of them there were}, up to now.

        A packet of our own is sent behind those that are on their way.
        """
        marker = os.urandom(8)
        self.send_marker(marker)
        with self.lock:
            if not self.lock.wait_for(lambda: self.marker == marker,
                                      paced(20)):
                raise TimeoutError("the capture is stuck")
            # Reading the statistics clears them.
            _, lost = struct.unpack("II", self.tap.getsockopt(
                SOL_PACKET, PACKET_STATISTICS, 8))
            if lost:
                raise RuntimeError(f"{lost} packets weren't counted")
            return dict(self.found)

    def stop(self):
        self.send_marker(b"end")
        self.thread.join(paced(20))
        self.tap.close()
        self.sender.close()
