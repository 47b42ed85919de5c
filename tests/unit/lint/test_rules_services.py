"""4xx: what each rule points at, and what it leaves alone."""

from __future__ import annotations

import pytest
from places import Findings, shown

VRRP = """vrrp_instance A {
    interface eth0
    virtual_router_id 77
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


def service(*lines: str, head: str = "192.0.2.1 80", kind: str = "NAT", protocol: str = "TCP") -> str:
    """A service that begins in line 9, its own lines in line 13."""
    inside = "".join(f"    {line}\n" for line in lines)
    return f"virtual_server {head} {{\n    lb_algo wrr\n    lb_kind {kind}\n    protocol {protocol}\n{inside}}}\n"


def server(address: str, *lines: str) -> str:
    """A real server of four lines."""
    check = "\n        PING_CHECK {\n        }\n"
    return f"real_server {address} {{ {' '.join(lines)}{check}    }}"


ONE = server("198.51.100.1 80")
LOST = "include lost.conf"
BAD = {
    "port under DR": (service(server("198.51.100.1 8080"), kind="DR"), ["LVS401 error/latent 13:30-34 +11:13-15"]),
    "port under TUN": (service(server("198.51.100.1 8080"), kind="TUN"), ["LVS401 error/latent 13:30-34 +11:13-16"]),
    "same service twice": (service(ONE) + service(ONE), ["LVS402 error/latent 18:16-25 +9:16-25"]),
    "same mark twice": (
        service(ONE, head="fwmark 5").replace("    protocol TCP\n", "") * 2,
        ["LVS402 error/latent 17:16-22 +9:16-22"],
    ),
    "same mark twice, of two protocols": (
        service(ONE, head="fwmark 5") + service(ONE, head="fwmark 5", protocol="UDP"),
        ["LVS407 warning/none 12:5-13", "LVS402 error/latent 18:16-22 +9:16-22", "LVS407 warning/none 21:5-13"],
    ),
    "same server twice": (service(ONE, ONE), ["LVS403 error/none 17:17-29 +13:17-29"]),
    "same server, port left out": (
        service(ONE, server("198.51.100.1")),
        ["LVS403 error/none 17:17-29 +13:17-29"],
    ),
    "on no virtual address": (service(ONE, head="192.0.2.9 80"), ["LVS404 warning/latent 9:16-25"]),
    "on no virtual address, an include is missing": (
        service(ONE, head="192.0.2.9 80") + LOST,
        ["LVS404 info/latent 9:16-25", "LVS120 warning/none 18:1-18"],
    ),
    "on no virtual address of an instance that is cut short": (
        service(ONE, head="192.0.2.9 80") + VRRP.replace("A {", "B {").replace("77", "78").replace("2.1", "2.3").removesuffix("    }\n}\n"),
        ["LVS106 error/outage 22:5-22"],
    ),
    "on no virtual address, beside a group": (
        "virtual_server_group G {\n    192.0.2.9 81\n}\n" + service(ONE, head="192.0.2.9 80"),
        ["LVS404 warning/latent 12:16-25"],
    ),
    "quorum": (service("quorum 3", ONE, server("198.51.100.2 80")), ["LVS405 error/latent 13:12-13"]),
    "quorum of weights": (service("quorum 9", "weight 4", ONE, server("198.51.100.2 80")), ["LVS405 error/latent 13:12-13"]),
    "no server": (service(), ["LVS406 error/outage 9:16-25"]),
    "no server, but a quorum": (service("quorum 3"), ["LVS406 error/outage 9:16-25"]),
    "no server in what is cut short": (service().removesuffix("}\n"), ["LVS106 error/outage 9:1-28"]),
    "no server but one refused": (service(server("999.1.1.1 80")), ["LVS104 error/outage 13:17-26"]),
    "no server in what an include may hold": (service(LOST), ["LVS120 warning/none 13:5-22"]),
    "a sorry server alone": (service("sorry_server 198.51.100.9 80"), ["LVS406 error/outage 9:16-25"]),
}  # fmt: skip
GOOD = {
    "port under NAT": service(server("198.51.100.1 8080")),
    "the same port under DR": service(ONE, kind="DR"),
    "no port under DR": service(server("198.51.100.1"), kind="DR"),
    "NAT for one server of a DR service": service(server("198.51.100.1 8080", "lvs_method NAT"), kind="DR"),
    "TCP and UDP": service(ONE) + service(ONE, protocol="UDP"),
    "another port of one server": service(ONE, server("198.51.100.1 81")),
    "TCP and UDP of a group": "virtual_server_group G {\n    192.0.2.1 80\n}\n"
    + service(ONE, head="group G")
    + service(ONE, head="group G", protocol="UDP"),
    "a mark is on no address": service(ONE, head="fwmark 5").replace("    protocol TCP\n", ""),
    "quorum that all reach": service("quorum 2", ONE, server("198.51.100.2 80")),
    "quorum of weights": service("quorum 8", "weight 4", ONE, server("198.51.100.2 80")),
}


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str, findings: Findings) -> None:
    text, expected = BAD[name]
    assert [shown(finding) for finding in findings(VRRP + text)] == expected


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, findings: Findings) -> None:
    assert findings(VRRP + GOOD[name]) == []


def test_without_vrrp_no_address_is_missed(findings: Findings) -> None:
    assert findings(service(ONE)) == []


@pytest.mark.parametrize("block", ["virtual_ipaddress_excluded", "virtual_ipaddress"])
def test_addresses_of_every_kind_count(block: str, findings: Findings) -> None:
    more = f"    {block} {{\n        192.0.2.9/24\n    }}\n}}\n"
    assert findings(VRRP.removesuffix("}\n") + more + service(ONE, head="192.0.2.9 80")) == []


def test_a_static_address_counts(findings: Findings) -> None:
    static = "static_ipaddress {\n    192.0.2.9/24 dev eth0\n}\n"
    assert findings(static + VRRP + service(ONE, head="192.0.2.9 80")) == []


def test_no_fix_of_what_is_cut_short(findings: Findings) -> None:
    text = service(ONE, ONE)
    [whole] = findings(text)
    assert whole.fix is not None
    [again] = [finding for finding in findings(text.removesuffix("}\n")) if finding.code == "LVS403"]
    assert again.fix is None


@pytest.mark.parametrize(
    ("text", "end"),
    [(service(), "the whole service"), (service("sorry_server 198.51.100.9 80"), ", its sorry server too")],
)
def test_what_is_ignored(text: str, end: str, findings: Findings) -> None:
    [found] = findings(text)
    assert found.message.endswith(end)
