"""`lvscompile trace` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

FILES = {
    "lvs1/etc/sysctl.conf": "net.ipv4.ip_forward = 0\n",
    "lvs1/etc/sysconfig/iptables": """\
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
""",
    "lvs1/etc/keepalived/keepalived.conf": """\
vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.10/24
    }
}
virtual_server 192.0.2.10 80 {
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.5 80 {
    }
}
virtual_server 192.0.2.10 81 {
    lb_kind DR
    protocol TCP
    real_server 10.0.0.5 81 {
    }
}
""",
}
DRAWN = """\
lvs1: tcp 192.0.2.77 -> 192.0.2.10:80, in by eth1 (the route to 192.0.2.77 leads there)

  the client's packet, on lvs1: tcp 192.0.2.77 -> 192.0.2.10:80, in by eth1
    routing              192.0.2.10 is an address of this host
                           lvs1/etc/keepalived/keepalived.conf:5: 192.0.2.10/24 dev eth1
    INPUT filter         ACCEPT
                           lvs1/etc/sysconfig/iptables:5: -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
    IPVS                 service 192.0.2.10:80 sends it to 10.0.0.5:80 by masquerading
                           lvs1/etc/keepalived/keepalived.conf:11: real server 10.0.0.5:80
    POSTROUTING          sent by an interface that no input tells

  the answer on the director, on lvs1: tcp 10.0.0.5:80 -> 192.0.2.77
    routing              192.0.2.77 is reached by eth1
                           lvs1/etc/keepalived/keepalived.conf:5: 192.0.2.10/24 dev eth1
    routing              dropped: this host does not forward what comes in
                           lvs1/etc/sysctl.conf:1: net.ipv4.ip_forward = 0

  NOT served: the answer on the director: lvs1: routing: dropped: this host does not forward what comes in (not certain)
    lvs1/etc/sysctl.conf:1: net.ipv4.ip_forward = 0
  not told: lvs1: no input tells all routes of table main: 10.0.0.5 is taken to have one
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_what_is_drawn(lvscompile: Run, host: Path) -> None:
    done = lvscompile("trace", "192.0.2.77", "192.0.2.10:80", "lvs1", cwd=host)
    assert (done.out, done.status) == (DRAWN, 1)


def test_as_json(lvscompile: Run, host: Path) -> None:
    done = lvscompile("trace", "192.0.2.77", "192.0.2.10:80", "lvs1", "--format", "json", cwd=host)
    found = json.loads(done.out)
    assert (done.status, found["version"], found["served"]) == (1, 1, False)
    (director,) = found["hosts"]
    (way,) = director["ways"]
    assert (way["service"], way["real_server"], way["method"]) == ("192.0.2.10:80", "10.0.0.5:80", "NAT")
    assert [part["end"] for part in way["parts"]] == ["sent", "dropped"]
    assert way["parts"][1]["steps"][-1] == {
        "hook": "routing", "table": None, "chain": None, "what": "dropped: this host does not forward what comes in",
        "text": "net.ipv4.ip_forward = 0", "file": "lvs1/etc/sysctl.conf", "line": 1, "certain": True,
    }  # fmt: skip


def test_the_status_tells_whether_clients_are_served(lvscompile: Run, host: Path) -> None:
    (host / "lvs1/etc/sysctl.conf").write_text("net.ipv4.ip_forward = 1\n")
    assert lvscompile("trace", "192.0.2.77", "192.0.2.10:80", "lvs1", cwd=host).status == 0
    refused = lvscompile("trace", "192.0.2.77", "192.0.2.10:81", "lvs1", cwd=host)
    assert refused.status == 1
    assert "lvs1/etc/sysconfig/iptables:2: :INPUT DROP" in refused.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("web", "192.0.2.10:80"), "'web' is no IP address"),
        (("192.0.2.77", "192.0.2.10"), "'192.0.2.10' names no port: VIP:PORT is wanted for tcp"),
        (("192.0.2.77", "192.0.2.10:0"), "'192.0.2.10:0' names no port"),
        (("192.0.2.77", "www:80"), "'www:80' is not VIP:PORT"),
        (("192.0.2.77", "[2001:db8::1]:80"), "the client and the VIP are not of one family"),
    ],
)
def test_questions_that_make_no_sense(lvscompile: Run, host: Path, arguments: tuple[str, ...], message: str) -> None:
    done = lvscompile("trace", *arguments, "lvs1", cwd=host)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_protocols_without_ports(lvscompile: Run, host: Path) -> None:
    done = lvscompile(
        "trace", "192.0.2.77", "192.0.2.10", "lvs1", "--proto", "icmp", "--in-interface", "eth9", cwd=host
    )
    assert done.status == 1
    assert done.out.startswith("lvs1: icmp 192.0.2.77 -> 192.0.2.10, in by eth9\n")


def test_no_director_at_all(lvscompile: Run, host: Path) -> None:
    done = lvscompile("trace", "192.0.2.77", "192.0.2.10:80", "lvs1", "--role", "lvs1=real-server", cwd=host)
    assert (done.status, done.out) == (2, "")
    assert "none of these hosts is a director" in done.err
