"""LVS104, LVS105, LVS112 and LVS242 where a value is odd, and does no harm."""

from __future__ import annotations

import pytest
from places import Findings, instance, service, shown


def vrid_51(*lines: str) -> str:
    return instance(*lines).replace("router_id 61", "router_id 51")


def password(text: str, kind: str = "PASS") -> tuple[str, ...]:
    return "authentication {", f"    auth_type {kind}", f"    auth_pass {text}", "}"


def defs(line: str) -> str:
    return f"global_defs {{\n    {line}\n}}\n"


CASES: dict[str, tuple[str, list[str]]] = {
    # LVS104
    "an odd word for backup": (instance("state SLAVE"), ["LVS104 warning/none 4:11-16"]),
    "backup in small letters": (instance("state backup"), ["LVS104 warning/none 4:11-17"]),
    "master in small letters": (instance("state master"), ["LVS104 error/none 4:11-17"]),
    # LVS105
    "an interval of 0": (defs("vrrp_garp_interval 0"), ["LVS105 info/none 2:24-25"]),
    "an interval of 0.0": (defs("vrrp_gna_interval 0.0"), ["LVS105 info/none 2:23-26"]),
    "an interval of 5000": (defs("vrrp_garp_interval 5000"), ["LVS105 error/none 2:24-28"]),
    "a priority of 0": (instance("priority 0"), ["LVS105 error/none 4:14-15"]),
    "a timeout of 0": (service().replace("lb_algo rr", "persistence_timeout 0"), ["LVS105 info/none 2:25-26"]),
    # LVS112
    "a source with a mask": (instance("unicast_src_ip 192.0.2.1/24"), ["LVS112 info/none 4:20-32"]),
    "a source with anything": (instance("unicast_src_ip 192.0.2.1/x/y"), ["LVS112 info/none 4:20-33"]),
    "a source with a range": (instance("unicast_src_ip 192.0.2.1-9"), ["LVS112 warning/none 4:20-31"]),
    "a source with a range and a mask": (instance("unicast_src_ip 192.0.2.1/24-9"), ["LVS104 error/none 4:20-34"]),
    "a source that is none": (instance("unicast_src_ip 192.0.2/24"), ["LVS104 error/none 4:20-30"]),
    "a source with a mask, and more": (
        instance("unicast_src_ip 192.0.2.1/24 x"),
        ["LVS112 info/none 4:20-32", "LVS112 warning/none 4:33-34"],
    ),
    "a peer with a mask": (
        instance("unicast_peer {", "    192.0.2.3/24 min_ttl 2", "}"),
        ["LVS112 info/none 5:9-21"],
    ),
    "a peer that is none": (instance("unicast_peer {", "    192.0.2/24", "}"), ["LVS129 error/latent 5:9-19"]),
    "a group with a mask": (defs("vrrp_mcast_group4 224.0.0.19/24"), ["LVS112 info/none 2:23-36"]),
    "a group that is none, with a mask": (defs("vrrp_mcast_group4 192.0.2.1/24"), ["LVS104 error/none 2:23-35"]),
    "an option with a mask": (
        defs("lvs_sync_daemon eth0 VI_1 group 224.0.0.81/24") + instance(),
        ["LVS112 info/none 2:37-50"],
    ),
    "a route is read otherwise": (
        instance("virtual_routes {", "    198.51.100.0/24 via 192.0.2.1-9 dev eth0", "}"),
        ["LVS129 error/latent 5:29-40"],
    ),
    "a netmask is read otherwise": (
        service().replace("lb_algo rr", "persistence_granularity 255.255.255.0/24"),
        ["LVS104 error/none 2:29-45"],
    ),
    # LVS242
    "the VRID of tutorials": (vrid_51(), ["LVS242 info/latent 3:23-25"]),
    "with their password": (vrid_51(*password("1111")), ["LVS242 info/latent 3:23-25"]),
    "with a password of one's own": (vrid_51(*password("k3epOut")), []),
    "with a password, in version 3": (
        vrid_51("version 3", *password("k3epOut")),
        ["LVS242 info/latent 3:23-25"],
    ),
    "with a password without a type": (
        vrid_51("authentication {", "    auth_pass k3epOut", "}"),
        ["LVS242 info/latent 3:23-25"],
    ),
    "among unicast peers": (vrid_51("unicast_peer {", "    192.0.2.3", "}"), []),
}
OURS = ("LVS104", "LVS105", "LVS112", "LVS129", "LVS242")


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    wanted = [line for line in expected if line.startswith(OURS)]
    assert [line for line in map(shown, findings(text)) if line.startswith(OURS)] == wanted


def test_what_is_read_is_what_counts(findings: Findings) -> None:
    """Peers that list each other with masks do list each other."""
    one = instance("priority 150", "unicast_src_ip 192.0.2.2/24", "unicast_peer {", "    192.0.2.3/24", "}")
    other = instance("priority 100", "unicast_src_ip 192.0.2.3/24", "unicast_peer {", "    192.0.2.2/24", "}")
    assert {found.code for found in findings(a=one, b=other)} == {"LVS112"}
    stranger = other.replace("192.0.2.2/24", "192.0.2.9/24")
    assert "LVS310" in {found.code for found in findings(a=one, b=stranger)}


def test_a_server_with_a_mask_is_a_server(findings: Findings) -> None:
    server = "    real_server 198.51.100.1%s 80 {\n        TCP_CHECK {\n        }\n    }\n"
    text = "virtual_server 192.0.2.10/32 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind NAT\n" + "%s%s}\n"
    found = findings(text % (server % "/24", server % ""))
    assert [f.code for f in found] == ["LVS112", "LVS112", "LVS403"]
    assert "192.0.2.10" in found[0].message
