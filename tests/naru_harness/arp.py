"""Asks by ARP who has an address, and hears everybody who says so."""

import socket
import struct
import time

_ETHERTYPE_ARP, _REQUEST, _REPLY = 0x0806, 1, 2
_PACKET = struct.Struct("!6s6sHHHBBH6s4s6s4s")  # Ethernet and ARP header


def _mac(raw):
    return raw.hex(":")


def who_has(address, source, device="eth0", wait=0.15, again=0.05):
    """The MAC addresses that answer within `wait` seconds, asked anew every `again`. In the network of the caller."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP)) as wire:
        wire.bind((device, _ETHERTYPE_ARP))
        own, target = wire.getsockname()[4], socket.inet_aton(address)
        question = _PACKET.pack(
            b"\xff" * 6, own, _ETHERTYPE_ARP, 1, 0x0800, 6, 4, _REQUEST, own, socket.inet_aton(source), bytes(6), target
        )
        found, end, ask = set(), time.monotonic() + wait, 0.0
        while (now := time.monotonic()) < end:
            if now >= ask:
                wire.send(question)
                ask = now + again
            wire.settimeout(max(min(ask, end) - now, 0.001))
            try:
                frame = wire.recv(2048)
            except TimeoutError:
                continue
            if len(frame) >= _PACKET.size:
                fields = _PACKET.unpack_from(frame)
                if fields[7] == _REPLY and fields[9] == target and fields[0] == own:
                    found.add(_mac(fields[8]))
        return found
