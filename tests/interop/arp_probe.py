"""Run in a network namespace of its own: who answers ARP for an address on lo, and with which address it asks itself."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import time

ASKED = socket.inet_aton("10.9.9.9")


def sh(command: str) -> None:
    subprocess.run(command, shell=True, check=True)


def frame(mac: bytes, sender: bytes, target: bytes) -> bytes:
    head = b"\xff" * 6 + mac + b"\x08\x06"
    return head + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + mac + sender + b"\0" * 6 + target


def replies(link: socket.socket, wanted: int, seconds: float) -> list[bytes]:
    """The ARP packets of one operation that came out of va0."""
    end = time.monotonic() + seconds
    found = []
    while time.monotonic() < end:
        link.settimeout(max(end - time.monotonic(), 0.01))
        try:
            data, where = link.recvfrom(2048)
        except TimeoutError:
            break
        if where[2] != socket.PACKET_OUTGOING and data[12:14] == b"\x08\x06" and data[21] == wanted:
            found.append(data)
            break
    return found


def main() -> None:
    sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1")
    sh("ip link set lo up; ip link add va0 type veth peer name va1; ip link set va0 up; ip link set va1 up")
    sh("ip addr add 10.0.0.1/24 dev va0; ip addr add 10.9.9.9/32 dev lo")
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    link.bind(("va1", 0x0806))
    mac = link.getsockname()[4]
    seen = []
    number = 10
    for every in (0, 1, 2):
        for mine in (0, 1, 2):
            sh(f"sysctl -qw net.ipv4.conf.all.arp_ignore={every} net.ipv4.conf.va0.arp_ignore={mine}")
            sh(f"sysctl -qw net.ipv4.conf.all.arp_announce={every} net.ipv4.conf.va0.arp_announce={mine}")
            link.send(frame(mac, socket.inet_aton("10.0.0.77"), ASKED))
            answered = bool(replies(link, 2, 0.25))
            number += 1
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
                speaker.bind(("10.9.9.9", 0))
                speaker.sendto(b"x", (f"10.0.0.{number}", 9))
            asked = replies(link, 1, 1.0)
            seen.append((every, mine, answered, socket.inet_ntoa(asked[0][28:32]) if asked else ""))
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
