"""2xx: gratuitous ARP."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

A = instance()
FIVE = tuple(f"192.0.2.{n}/24" for n in range(10, 15))
RULES = {"LVS267", "LVS268", "LVS287"}


def settings(*lines: str) -> str:
    return "\n".join(["global_defs {", *(f"    {line}" for line in lines), "}"]) + "\n"


def group(*lines: str) -> str:
    return settings(*lines).replace("global_defs", "garp_group")


STORM = "LVS267 warning/latent 6:5-22"
BURST = "LVS267 info/latent 5:5-22"
CASES = {
    # LVS267
    "a hundred a second": (instance("garp_master_refresh 1", "garp_master_refresh_repeat 20", vips=FIVE), [STORM]),
    "fewer a second": (instance("garp_master_refresh 1", "garp_master_refresh_repeat 19", vips=FIVE), []),
    "more seldom": (instance("garp_master_refresh 2", "garp_master_refresh_repeat 20", vips=FIVE), []),
    "no refresh": (instance("garp_master_refresh 0", "garp_master_refresh_repeat 200", vips=FIVE), []),
    "no refresh said": (instance("garp_master_delay 1", "garp_master_refresh_repeat 200", vips=FIVE), []),
    "each refreshed once": (instance("garp_master_refresh 1", vips=FIVE), []),
    "a repeat of 0 is 1": (instance("garp_master_refresh 1", "garp_master_refresh_repeat 0", vips=FIVE),
        ["LVS268 warning/none 5:32-33"]),
    "a repeat of 0 is 1, and enough": (
        settings("vrrp_garp_master_refresh_repeat 0")
        + instance("garp_master_refresh 1", vips=tuple(f"192.0.2.{n}/24" for n in range(1, 101))),
        ["LVS268 warning/none 2:37-38", "LVS267 warning/latent 8:5-22"],
    ),
    "all together": (
        instance("garp_master_refresh 1", "garp_master_refresh_repeat 10", vips=FIVE)
        + instance("garp_master_refresh 1", "garp_master_refresh_repeat 10", name="B", vips=("192.0.2.20/24", *(
            f"198.51.100.{n}/24" for n in range(1, 5)
        ))).replace("61\n", "62\n"),
        [STORM],
    ),
    "the largest is pointed at": (
        instance("garp_master_refresh 1", "garp_master_refresh_repeat 20", vips=("192.0.2.20/24",))
        + instance("garp_master_refresh 1", "garp_master_refresh_repeat 20", name="B", vips=FIVE).replace("61\n", "62\n"),
        ["LVS267 warning/latent 15:5-22"],
    ),
    "set for all instances": (
        settings("vrrp_garp_master_refresh 1", "vrrp_garp_master_refresh_repeat 20") + instance(vips=FIVE),
        ["LVS267 warning/latent 8:5-22"],
    ),
    "set for all instances, and otherwise here": (
        settings("vrrp_garp_master_refresh 1", "vrrp_garp_master_refresh_repeat 20")
        + instance("garp_master_refresh 60", vips=FIVE),
        [],
    ),
    "excluded ones count": (
        instance("garp_master_refresh 1", "garp_master_refresh_repeat 50", "virtual_ipaddress_excluded {",
            "    192.0.2.11/24", "}"),
        ["LVS267 warning/latent 9:5-22"],
    ),
    "a thousand at once": (instance("garp_master_repeat 200", vips=FIVE), [BURST]),
    "fewer at once": (instance("garp_master_repeat 199", vips=FIVE), []),
    "spaced": (settings("vrrp_garp_interval 0.001") + instance("garp_master_repeat 200", vips=FIVE), []),
    "spaced, for IPv6": (settings("vrrp_gna_interval 0.001") + instance("garp_master_repeat 200", vips=FIVE), []),
    "spaced by a group": (
        group("garp_interval 0.01", "interface eth0") + instance("garp_master_repeat 200", vips=FIVE), [],
    ),
    "spaced by a group, for IPv6": (
        group("gna_interval 0.01", "interface eth0") + instance("garp_master_repeat 200", vips=FIVE), [],
    ),
    "a steady storm, spaced": (
        settings("vrrp_garp_interval 0.001")
        + instance("garp_master_refresh 1", "garp_master_refresh_repeat 20", vips=FIVE),
        [],
    ),
    "an interval may be in a missing file": ("include none.conf\n" + instance("garp_master_repeat 200", vips=FIVE), []),
    "nothing to send": (settings("vrrp_garp_master_repeat 2000"), []),
    # LVS268
    "0 for all": (
        settings("vrrp_garp_master_repeat 0", "vrrp_garp_master_refresh_repeat 0") + A,
        ["LVS268 warning/none 2:29-30", "LVS268 warning/none 3:37-38"],
    ),
    "0 in an instance": (
        instance("garp_master_repeat 0", "garp_master_refresh_repeat 0"),
        ["LVS268 warning/none 4:24-25", "LVS268 warning/none 5:32-33"],
    ),
    "1": (instance("garp_master_repeat 1", "garp_master_refresh_repeat 1"), []),
    "0 that is meant": (instance("garp_lower_prio_repeat 0", "garp_master_delay 0", "garp_master_refresh 0"), []),
    "a value that is none, for all": (settings("vrrp_garp_master_repeat none") + A, []),
    "a value that is none": (instance("garp_master_repeat none"), []),
    "extra interfaces, no time": (instance("garp_extra_if all"), ["LVS268 warning/none 4:19-22"]),
    "extra interfaces for all, no time": (settings("vrrp_garp_extra_if all") + A, ["LVS268 warning/none 2:24-27"]),
    "extra interfaces": (instance("garp_extra_if all 10"), []),
    "extra interfaces, time alone": (instance("garp_extra_if 10"), []),
    "the old word": (instance("vmac_garp_intvl all"), ["LVS268 warning/none 4:21-24"]),
    # LVS287
    "no interval": (group("interface eth0"), ["LVS287 warning/none 1:1-11"]),
    "no interface": (group("garp_interval 0.5"), ["LVS287 warning/none 1:1-11"]),
    "neither": ("garp_group {\n}\n", ["LVS287 warning/none 1:1-11"]),
    "an interface that is none": (group("garp_interval 0.5", "interface"), []),
    "complete": (group("garp_interval 0.5", "interface eth0"), []),
    "complete, for IPv6": (group("gna_interval 0.5", "interface eth0"), []),
    "a list of interfaces": (group("garp_interval 0.5", "interfaces {", "eth0 eth1", "}"), []),
    "an interface of two groups": (
        group("garp_interval 0.5", "interface eth0") + group("garp_interval 1", "interfaces {", "eth1 eth0", "}"),
        ["LVS287 warning/none 5:1-11 +1:1-11"],
    ),
    "an interface twice in one": (group("garp_interval 0.5", "interface eth0", "interface eth0"), []),
    "two groups": (group("garp_interval 0.5", "interface eth0") + group("garp_interval 1", "interface eth1"), []),
    "never closed": ("garp_group {\n    interface eth0\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(f) for f in findings(text) if f.code in RULES] == expected


def test_the_defaults_are_five_at_once(findings: Findings) -> None:
    vips = [f"192.0.{2 + n // 200}.{n % 200 + 1}/16" for n in range(200)]
    [found] = [f for f in findings(instance(vips=tuple(vips))) if f.code == "LVS267"]
    assert "sends 1000 gratuitous ARPs at once" in found.message
    assert [f for f in findings(instance(vips=tuple(vips[1:]))) if f.code == "LVS267"] == []
