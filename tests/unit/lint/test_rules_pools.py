"""4xx: the real servers of a service. Each condition of a rule has a case that needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from farms import GROUP, MARKS, farm, server
from places import Findings, shown, write

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint
from lvscompile.lint.known import Known

ONE, TWO, SIX = server(), server("198.51.100.2 80"), server("2001:db8::1 80")
SORRY = "sorry_server 198.51.100.9 80"


def weighed(*weights: int) -> tuple[str, ...]:
    return tuple(server(f"198.51.100.{at} 80", f"weight {weight}") for at, weight in enumerate(weights, 1))


def ported(*lines: str) -> str:
    return server("198.51.100.1 80", *lines, check="TCP_CHECK {\nconnect_port 80\n}")


CASES: dict[str, tuple[str, list[str]]] = {
    # LVS401, of the sorry server
    "sorry port under DR": (
        farm("sorry_server 198.51.100.9 81", kind="DR"),
        ["LVS401 error/latent 5:27-29 +3:9-11"],
    ),
    "the same sorry port under DR": (farm(SORRY, kind="DR"), []),
    "no sorry port under DR": (farm("sorry_server 198.51.100.9", kind="DR"), []),
    "sorry port under NAT": (farm("sorry_server 198.51.100.9 81"), []),
    "sorry port under its own NAT": (
        farm("sorry_server 198.51.100.9 81", "sorry_server_lvs_method NAT", kind="DR"),
        [],
    ),
    "sorry port of a service of all ports": (
        farm("persistence_timeout 60", "sorry_server 198.51.100.9 81", head="192.0.2.10", kind="DR"),
        [],
    ),
    # LVS410
    "no check": (farm(servers=(server(check=""),)), ["LVS410 warning/latent 5:13-25"]),
    "no check in the second": (farm(servers=(ONE, server("198.51.100.2 80", check=""))), ["LVS410 warning/latent 9:13-25"]),
    "a check that is refused": (
        farm(servers=(server(check="TCP_CHECK"),)),
        ["LVS108 error/outage 6:1-10 +7:1-2"],
    ),
    "no check in what an include may hold": (
        farm(servers=(server("198.51.100.1 80", "include lost.conf", check=""),)),
        ["LVS120 warning/none 6:1-18"],
    ),
    "no check in what is cut short": (
        farm(servers=("real_server 198.51.100.1 80 {",)).removesuffix("}\n"),
        ["LVS106 error/outage 5:1-28"],
    ),
    "no check in a server that keepalived skips": (
        farm(servers=(ONE, server("198.51.100.2 0x50", check=""))),
        ["LVS104 error/outage 9:26-30"],
    ),
    # LVS417
    "inhibit and persistence": (
        farm("persistence_timeout 60", "inhibit_on_failure"),
        ["LVS417 warning/latent 6:1-19 +5:1-20"],
    ),
    "inhibit in a server and persistence": (
        farm("persistence_timeout 60", servers=(ONE, server("198.51.100.2 80", "inhibit_on_failure on"))),
        ["LVS417 warning/latent 11:1-19 +5:1-20"],
    ),
    "inhibit no and persistence": (
        farm("persistence_timeout 60", servers=(server("198.51.100.1 80", "inhibit_on_failure no"),)),
        [],
    ),
    "inhibit alone": (farm("inhibit_on_failure"), []),
    "persistence alone": (farm("persistence_timeout 60"), []),
    "inhibit in a server without a word and persistence": (
        farm("persistence_timeout 60", servers=(server("198.51.100.1 80", "inhibit_on_failure"),)),
        ["LVS417 warning/latent 7:1-19 +5:1-20"],
    ),
    # LVS418
    "sorry server in the pool": (
        farm("sorry_server 198.51.100.2 80", servers=(ONE, TWO)),
        ["LVS418 warning/latent 5:14-26 +10:13-25"],
    ),
    "sorry server in the pool, ports left out": (
        farm("sorry_server 198.51.100.1", servers=(server("198.51.100.1"),)),
        ["LVS418 warning/latent 5:14-26 +6:13-25"],
    ),
    "sorry server on another port": (farm("sorry_server 198.51.100.1 81"), []),
    "sorry server on the port of the service": (
        farm("sorry_server 198.51.100.1", servers=(server("198.51.100.1 81"),)),
        [],
    ),
    "sorry server elsewhere": (farm(SORRY), []),
    # LVS420
    "family": (farm(servers=(ONE, SIX)), ["LVS420 error/latent 9:13-24"]),
    "family through a tunnel": (farm(kind="TUN", servers=(ONE, SIX)), []),
    "family through a tunnel of its own": (
        farm(servers=(server("2001:db8::1 80", "lvs_method TUN"),)),
        [],
    ),
    "family with NAT of its own": (
        farm(kind="TUN", servers=(server("2001:db8::1 80", "lvs_method NAT"),)),
        ["LVS420 error/latent 5:13-24"],
    ),
    "family, the tunnel is said too late": (
        farm(kind="", servers=(SIX, "lb_kind TUN")),
        ["LVS420 error/latent 4:13-24"],
    ),
    "family through a tunnel by its other name": (farm("lvs_method TUN", kind="", servers=(SIX,)), []),
    "family of the sorry server": (
        farm("sorry_server 2001:db8::9 80"),
        ["LVS420 error/latent 5:14-25"],
    ),
    "family of the sorry server through a tunnel": (farm("sorry_server 2001:db8::9 80", kind="TUN"), []),
    "family of the sorry server through its own tunnel": (
        farm("sorry_server 2001:db8::9 80", "sorry_server_lvs_method TUN"),
        [],
    ),
    "family of the sorry server, method left out": (
        farm("sorry_server 2001:db8::9 80", kind=""),
        ["LVS426 warning/none 1:16-26", "LVS420 error/latent 4:14-25"],
    ),
    "family of a mark": (
        farm(head="fwmark 5", protocol="", servers=(ONE, SIX)),
        ["LVS420 error/latent 8:13-24"],
    ),
    "family that a mark states": (
        farm("ip_family inet6", head="fwmark 5", protocol="", servers=(ONE, SIX)),
        ["LVS420 error/latent 5:13-25"],
    ),
    "family inet that a mark states": (
        farm("ip_family inet", head="fwmark 5", protocol="", servers=(SIX, ONE)),
        ["LVS420 error/latent 5:13-24"],
    ),
    "family of a mark, a server that keepalived skips": (
        farm(head="fwmark 5", protocol="", servers=(server("2001:db8::1 0x50"), ONE, TWO)),
        ["LVS104 error/outage 4:25-29"],
    ),
    "family of a group with a refused entry": (
        GROUP.replace("}", "    2001:db8::x 80\n}") + farm(head="group G", servers=(SIX,)),
        ["LVS129 error/latent 3:5-16", "LVS420 error/latent 9:13-24"],
    ),
    "family of a mark without servers": (
        farm(SORRY, head="fwmark 5", protocol="", servers=("",)),
        ["LVS406 error/outage 1:16-22"],
    ),
    "family of a mark that is called like a group": (
        GROUP.replace("G", "5").replace("192.0.2.10", "2001:db8::10") + farm(head="fwmark 5", protocol=""),
        [],
    ),
    "family, the method is left out": (
        farm(kind="", servers=(SIX, ONE)),
        ["LVS426 warning/none 1:16-26", "LVS420 error/latent 4:13-24"],
    ),
    "family of a group": (GROUP + farm(head="group G", servers=(SIX,)), ["LVS420 error/latent 8:13-24"]),
    "family of a group of marks": (MARKS + farm(head="group G", protocol="", servers=(SIX,)), []),
    "families of a group": (
        GROUP.replace("}", "    2001:db8::10 80\n}") + farm(head="group G", servers=(SIX, ONE)),
        ["LVS450 error/outage 3:5-17 +2:5-15 +5:1-15"],
    ),
    # LVS422
    "port behind a mark": (
        farm(head="fwmark 5", kind="DR", protocol="", servers=(ported(),)),
        ["LVS422 warning/none 4:26-28"],
    ),
    "port behind a group of marks": (
        MARKS + farm(head="group G", kind="TUN", protocol="", servers=(ported(),)),
        ["LVS422 warning/none 7:26-28"],
    ),
    "port behind a mark with NAT": (farm(head="fwmark 5", protocol="", servers=(ported(),)), []),
    "port behind a mark, no method": (
        farm(head="fwmark 5", kind="", protocol=""),
        ["LVS426 warning/none 1:16-22"],
    ),
    "port behind a mark with NAT of its own": (
        farm(head="fwmark 5", kind="DR", protocol="", servers=(ported("lvs_method NAT"),)),
        [],
    ),
    "port behind a mark with DR of its own": (
        farm(head="fwmark 5", protocol="", servers=(ported("lvs_method DR"),)),
        ["LVS422 warning/none 4:26-28"],
    ),
    "port behind an address": (farm(kind="DR"), []),
    "port behind a group of addresses": (GROUP + farm(head="group G", kind="DR"), []),
    "sorry port behind a mark": (
        farm(SORRY, head="fwmark 5", kind="DR", protocol="", servers=(ported().replace(" 80 {", " {"),)),
        ["LVS422 warning/none 4:27-29"],
    ),
    "sorry port behind a mark with NAT": (
        farm(SORRY, "sorry_server_lvs_method NAT", head="fwmark 5", kind="DR", protocol="",
             servers=(ported().replace(" 80 {", " {"),)),
        [],
    ),
    "no sorry port behind a mark": (
        farm("sorry_server 198.51.100.9", head="fwmark 5", kind="DR", protocol="",
             servers=(ported().replace(" 80 {", " {"),)),
        [],
    ),
    # LVS423
    "quorum of one": (farm("quorum 2", servers=weighed(2, 5)), ["LVS423 warning/latent 5:8-9"]),
    "quorum of one, drained ones left out": (
        farm("quorum 2", servers=weighed(0, 2)),
        ["LVS423 warning/latent 5:8-9"],
    ),
    "quorum of one, by the default weight": (
        farm("quorum 2", "weight 2", servers=(ONE, TWO)),
        ["LVS423 warning/latent 5:8-9"],
    ),
    "quorum of two": (farm("quorum 2", servers=weighed(1, 5)), []),
    "quorum of one, said": (farm("quorum 1", servers=weighed(2, 5)), []),
    "quorum in weights": (farm("quorum 3", servers=weighed(4, 5)), []),
    "no quorum": (farm(servers=weighed(4, 5)), []),
    # LVS424
    "hysteresis as large as the quorum": (
        farm("quorum 2", "hysteresis 2", servers=(ONE, TWO)),
        ["LVS424 warning/none 6:12-13 +5:8-9"],
    ),
    "hysteresis without quorum": (farm("hysteresis 1"), ["LVS424 warning/none 5:12-13"]),
    "hysteresis below the quorum": (farm("quorum 2", "hysteresis 1", servers=(ONE, TWO)), []),
    "hysteresis 0": (farm("hysteresis 0"), []),
    "hysteresis and a quorum refused": (
        farm("quorum two", "hysteresis 1"),
        ["LVS104 error/none 5:8-11"],
    ),
    # LVS434
    "all weights 0": (farm(servers=weighed(0, 0)), ["LVS434 warning/outage 6:8-9"]),
    "one weight 0": (farm(servers=weighed(0, 1)), []),
    "one weight 0, the other unsaid": (farm(servers=(*weighed(0), TWO)), []),
    "all weights 0, but a sorry server": (farm(SORRY, servers=weighed(0, 0)), []),
    "all weights 0 in what is cut short": (
        farm(servers=weighed(0)).removesuffix("}\n"),
        ["LVS106 error/outage 1:1-29"],
    ),
    # LVS447
    "thresholds": (
        farm(servers=(server("198.51.100.1 80", "lthreshold 11", "uthreshold 10"),)),
        ["LVS447 error/latent 6:12-14 +7:12-14"],
    ),
    "lower threshold alone": (
        farm(servers=(server("198.51.100.1 80", "lthreshold 1"),)),
        ["LVS447 error/latent 6:12-13"],
    ),
    "equal thresholds": (farm(servers=(server("198.51.100.1 80", "lthreshold 9", "uthreshold 9"),)), []),
    "upper threshold alone": (farm(servers=(server("198.51.100.1 80", "uthreshold 9"),)), []),
    "upper threshold refused": (
        farm(servers=(server("198.51.100.1 80", "lthreshold 9", "uthreshold x"),)),
        ["LVS104 error/none 7:12-13"],
    ),
    "lower threshold said again": (
        farm(servers=(server("198.51.100.1 80", "lthreshold 11", "uthreshold 10", "lthreshold 9"),)),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text)] == expected


def test_how_many_have_no_check(findings: Findings) -> None:
    bare = server(check="")
    [one] = findings(farm(servers=(bare, TWO)))
    assert one.message.startswith("`198.51.100.1` has no health check: ")
    [two] = findings(farm(servers=(bare, server("198.51.100.2 80", check=""), server("198.51.100.3 80"))))
    assert "so it is with 1 more of the 3 servers" in two.message


def test_how_many_ports_mean_nothing(findings: Findings) -> None:
    [found] = findings(farm(head="fwmark 5", kind="DR", protocol="", servers=(ported(),)))
    assert "ignores port 80, but for the checks" in found.message
    more = ported().replace("100.1", "100.2")
    [found] = findings(farm(head="fwmark 5", kind="DR", protocol="", servers=(ported(), more)))
    assert "port 80, and 1 more of the servers' ports" in found.message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("lthreshold 11", "uthreshold 10"), "lthreshold 11 is above uthreshold 10:"),
        (("lthreshold 11",), "lthreshold 11 is above uthreshold (0, as nothing else is said):"),
    ],
)
def test_the_upper_threshold_is_told(lines: tuple[str, ...], message: str, findings: Findings) -> None:
    [found] = findings(farm(servers=(server("198.51.100.1 80", *lines),)))
    assert found.message.startswith(message)


NEAR, FAR = server("192.0.2.20 80"), server("203.0.113.1 80")
VRRP = "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 203.0.113.9/24\n192.0.2.10/24\n}\n}\n"


@pytest.mark.parametrize(
    ("text", "subnets", "expected"),
    [
        (farm(kind="DR", servers=(NEAR, FAR)), ("192.0.2.0/24",), ["LVS429 error/latent 9:13-24"]),
        (farm(kind="DR", servers=(NEAR, FAR)), ("192.0.2.0/24", "203.0.113.0/25"), []),
        (farm(kind="DR", servers=(FAR,)), (), []),
        (farm(servers=(FAR,)), ("192.0.2.0/24",), []),
        (
            farm(servers=(server("203.0.113.1 80", "lvs_method DR"),)),
            ("192.0.2.0/24",),
            ["LVS429 error/latent 5:13-24"],
        ),
        (farm(kind="DR", servers=(FAR,)), ("2001:db8::/64",), []),
        (VRRP + farm(kind="DR", servers=(FAR,)), ("192.0.2.0/24",), []),
        (
            "static_ipaddress {\n203.0.113.9/24 dev eth0\n}\n" + farm(kind="DR", servers=(FAR,)),
            ("192.0.2.0/24",),
            [],
        ),
        ("include lost.conf\n" + farm(kind="DR", servers=(FAR,)), ("192.0.2.0/24",), []),
    ],
)
def test_direct_routing(text: str, subnets: tuple[str, ...], expected: list[str], tmp_path: Path) -> None:
    main = write(tmp_path, text)
    loaded = load([f"lvs1={main}"], kinds={str(main): "keepalived"}, target=Target(None))
    report = lint(loaded.hosts, Target(None), known=Known(subnets))
    assert [shown(finding) for finding in report.findings if finding.code == "LVS429"] == expected
