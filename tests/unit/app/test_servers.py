"""What the real servers' side is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.app.load import load
from lvscompile.app.servers import needs

SERVICE = "ipvsadm -A -t 192.0.2.10:80 -s rr\nipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1 {}\n"
INSIDE = "ip addr add 198.51.100.254/24 dev eth1\n"
WEB = "ip addr add 198.51.100.1/24 dev eth0\n"


def told(folder: Path, method: str, web: str = "") -> tuple[str, list[str]]:
    """The line about the server, and the files."""
    words = []
    for name, text in {"lvs1": INSIDE + SERVICE.format(method), **({"web1": WEB + web} if web else {})}.items():
        (folder / f"{name}.sh").write_text(text)
        words.append(f"{name}={folder / f'{name}.sh'}")
    loaded = load(words)
    found = needs(loaded.hosts[0].director, loaded)
    (line,) = [line for note in found.notes for line in note.split("\n") if line.startswith("- ")]
    return line, sorted(found.files)


@pytest.mark.parametrize(
    ("web", "line"),
    [
        ("", "- 198.51.100.1: `ip route replace default via 198.51.100.254`"),
        ("ip route add default via 198.51.100.254\n", "- 198.51.100.1 (web1): its gateway is 198.51.100.254 already; leave it so"),
        ("ip route add default via 198.51.100.9\n", "- 198.51.100.1 (web1): `ip route replace default via 198.51.100.254`"),
        ("ip route add 10.0.0.0/8 via 198.51.100.254\n", "- 198.51.100.1 (web1): `ip route replace default via 198.51.100.254`"),
    ],
)  # fmt: skip
def test_masqueraded_servers(tmp_path: Path, web: str, line: str) -> None:
    assert told(tmp_path, "-m", web) == (line, [])


FILES = ["real-servers/direct-routing.conf", "real-servers/direct-routing.sh"]


@pytest.mark.parametrize(
    ("web", "line", "files"),
    [
        ("", "- 198.51.100.1", FILES),
        ("ip addr add 192.0.2.10/32 dev lo\n", "- 198.51.100.1 (web1): has the addresses on lo already; leave it so", []),
        ("ip addr add 192.0.2.10/32 dev dummy0\n", "- 198.51.100.1 (web1): has the addresses on lo already; leave it so", []),
        ("ip addr add 192.0.2.10/32 dev eth0\n", "- 198.51.100.1 (web1)", FILES),
        ("iptables -t nat -A PREROUTING -d 192.0.2.10 -j REDIRECT\n", "- 198.51.100.1 (web1): takes them by REDIRECT already; leave it so", []),
    ],
)  # fmt: skip
def test_servers_of_direct_routing(tmp_path: Path, web: str, line: str, files: list[str]) -> None:
    assert told(tmp_path, "-g", web) == (line, files)
