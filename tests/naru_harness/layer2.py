"""Layer 2 in the tests: naru's speaker alone, and frames made and read by hand."""

import json
import os
import select
import socket
import struct
import subprocess
import threading
import time

from .process import _die_with_parent
from .wait import until

BROADCAST = "ff:ff:ff:ff:ff:ff"
NOBODY = "00:00:00:00:00:00"
ARP, IPV6 = 0x0806, 0x86DD


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw):
    return ":".join(f"{byte:02x}" for byte in raw)


def arp(operation, sender, sender_ip, target_ip, *, target=NOBODY, source=None, destination=BROADCAST):
    """An ARP frame; 1 requests, 2 replies."""
    head = mac_bytes(destination) + mac_bytes(source or sender) + struct.pack("!HHHBBH", ARP, 1, 0x800, 6, 4, operation)
    addresses = [mac_bytes(sender), socket.inet_aton(sender_ip), mac_bytes(target), socket.inet_aton(target_ip)]
    return head + b"".join(addresses)


def checksum(source, destination, icmp):
    data = source + destination + struct.pack("!II", len(icmp), 58) + icmp
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ndp(kind, mac, source, destination, target, *, flags=0, option=None, hop_limit=255, damage=0, to=None):
    """A neighbour solicitation (135) or advertisement (136), with the option's MAC address."""
    source, destination, target = (socket.inet_pton(socket.AF_INET6, x) for x in (source, destination, target))
    body = bytes([flags, 0, 0, 0]) + target
    if option:
        body += bytes([1 if kind == 135 else 2, 1]) + mac_bytes(option)
    right = checksum(source, destination, bytes([kind, 0, 0, 0]) + body)
    icmp = bytes([kind, 0]) + struct.pack("!H", right ^ damage) + body
    ip = struct.pack("!IHBB", 6 << 28, len(icmp), 58, hop_limit) + source + destination
    return mac_bytes(to or mac_text(b"\x33\x33" + destination[12:])) + mac_bytes(mac) + struct.pack("!H", IPV6) + ip + icmp


def read_arp(frame):
    """Its fields, or None."""
    if len(frame) < 42 or frame[12:20] != struct.pack("!HHHBB", ARP, 1, 0x800, 6, 4):
        return None
    return {
        "to": mac_text(frame[0:6]),
        "from": mac_text(frame[6:12]),
        "operation": struct.unpack("!H", frame[20:22])[0],
        "sender": mac_text(frame[22:28]),
        "sender_ip": socket.inet_ntoa(frame[28:32]),
        "target": mac_text(frame[32:38]),
        "target_ip": socket.inet_ntoa(frame[38:42]),
    }


def read_ndp(frame):
    """Its fields, or None; `sound` tells that length, hop limit and checksum are right."""
    if len(frame) < 78 or frame[12:14] != b"\x86\xdd" or frame[20] != 58 or frame[54] not in (135, 136):
        return None
    icmp = frame[54 : 54 + struct.unpack("!H", frame[18:20])[0]]
    return {
        "to": mac_text(frame[0:6]),
        "from": mac_text(frame[6:12]),
        "source": socket.inet_ntop(socket.AF_INET6, frame[22:38]),
        "destination": socket.inet_ntop(socket.AF_INET6, frame[38:54]),
        "kind": icmp[0],
        "flags": icmp[4],
        "target": socket.inet_ntop(socket.AF_INET6, icmp[8:24]),
        "option": mac_text(icmp[26:32]) if len(icmp) >= 32 else None,
        "sound": frame[21] == 255 and len(frame) == 54 + len(icmp) and checksum(frame[22:38], frame[38:54], icmp) == 0,
    }


class Wire:
    """A packet socket on a machine's interface: sends frames, and keeps those that arrive with their times."""

    def __init__(self, place, device="eth0"):
        self.socket = place.inside(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
        self.socket.bind((device, 3))
        self.socket.setblocking(False)
        self.frames = []  # (seconds of time.monotonic(), bytes)

    def send(self, frame):
        while True:
            try:
                return self.socket.send(frame)
            except (BlockingIOError, OSError) as error:
                if not isinstance(error, BlockingIOError) and error.errno != 105:  # ENOBUFS
                    raise
                select.select([], [self.socket], [], 0.01)

    def take(self):
        """All that has arrived until now, from others."""
        while True:
            try:
                frame, origin = self.socket.recvfrom(2048)
            except BlockingIOError:
                return self.frames
            if origin[2] != socket.PACKET_OUTGOING:
                self.frames.append((time.monotonic(), frame))

    def read(self, reader, since=0.0, **wanted):
        """The (time, fields) of frames that arrived since, and have these fields."""
        read = [(at, reader(frame)) for at, frame in self.take() if at >= since]
        return [(at, found) for at, found in read if found and all(found[k] == v for k, v in wanted.items())]

    def wait(self, reader, what, since=0.0, timeout=15, **wanted):
        return until(lambda: self.read(reader, since, **wanted), what, timeout)[0]

    def close(self):
        self.socket.close()


class Layer2Speaker:
    """naru-layer2-speaker in a network namespace. `events` grows as things happen."""

    def __init__(self, build, place, *before):
        self.events = []  # (seconds of time.monotonic(), fields)
        self._answers, self._done = [], 0
        self.popen = subprocess.Popen(
            [*place.prefix, *before, str(build.directory / "naru-layer2-speaker")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            preexec_fn=_die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.popen.stdout:
            fields = json.loads(line)
            if fields["event"] == "done":
                self._done += 1
            elif fields["event"] in ("conflict", "cleared", "interfaces"):
                self.events.append((time.monotonic(), fields))
            else:
                self._answers.append(fields)

    def tell(self, command, *words):
        """Returns when it is done: what was said meanwhile."""
        done, count = self._done, len(self._answers)
        self.popen.stdin.write(" ".join([command, *words]) + "\n")
        until(lambda: self._done > done, f"{command} is done", interval=0.0005)
        return self._answers[count:]

    def announce(self, *addresses):
        self.tell("announce", *addresses)

    def serve(self, *addresses):
        """As a node that serves these addresses, whoever announces them: held, and guarded from the kernel."""
        assert self.tell("guard", *addresses) == []
        self.tell("hold", *addresses)

    def show(self):
        return self.tell("show")[-1]

    def count(self, protocol, verdict):
        return self.show()[protocol][verdict]

    def happened(self, event, since=0.0, **wanted):
        found = [x for at, x in self.events if at >= since and x["event"] == event]
        return [x for x in found if all(x[key] == value for key, value in wanted.items())]

    def signal(self, number):
        os.kill(self.popen.pid, number)  # nsenter became the program
        return self.popen.wait(10)

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        self._reader.join(5)
        self.popen.stdin.close()
        self.popen.stdout.close()
