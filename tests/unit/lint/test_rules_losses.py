"""7xx: what a conversion leaves out, and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import instance, service, shown, write

from lvscompile.app.convert import to_keepalived
from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version
from lvscompile.syntax.findings import Finding

TRACKED = instance("track_script {", "    web", "}")
WEB = "vrrp_script web {\n    script /bin/true\n}\n"
STATIC = "static_ipaddress {\n    198.51.100.5/24 dev eth1 track_group G\n}\n"
GROUP = "track_group G {\n    group {\n        VI_1\n    }\n}\n"
LONG = "x" * 60


def losses(folder: Path, text: str, target: str = "") -> list[Finding]:
    path = write(folder, text)
    wanted = Target(parse_version(target) if target else None)
    report = to_keepalived(load([f"lvs1={path}"], kinds={str(path): "keepalived"}, target=wanted), wanted).losses
    assert not report.crashes
    return report.findings


# What is converted, for which version → what is lost, and a part of the message.
CASES = {
    "nothing": (instance(), "", [], ""),
    "unknown": (instance("prority 150"), "", ["LVS701 warning/none 4:5-12"], "`prority` is left out: keepalived ignores"),
    "obsolete": (instance("track_vips"), "", ["LVS702 info/none 4:5-15"], "`track_vips` is left out: no keepalived"),
    "obsolete in another block": (
        instance("nat_mask 255.255.255.0"), "", ["LVS702 info/none 4:5-13"], "`nat_mask` is left out: no keepalived",
    ),
    "skipped": (
        "vrrp_instance A B { # why\n}\n", "", ["LVS703 warning/none 1:1-18"], "`vrrp_instance A B` is left out with all",
    ),
    "rejected": (
        instance("priority 300 # why"), "", ["LVS704 warning/none 4:5-17"],
        "`priority 300` is left out: keepalived rejects it, and goes on with 100",
    ),
    "rejected, no default": (
        instance("smtp_alert maybe"), "", ["LVS704 warning/none 4:5-21"],
        "`smtp_alert maybe` is left out: keepalived rejects it",
    ),
    "rejected, as long as is shown": (
        instance(f"priority {LONG[9:]}"), "", ["LVS704 warning/none 4:5-65"], f"`priority {LONG[9:]}` is left out",
    ),
    "rejected, longer": (
        instance(f"priority {LONG[8:]}"), "", ["LVS704 warning/none 4:5-66"], "`priority ...` is left out",
    ),
    "newer": (
        instance("timer_expired_backup 3"), "2.2.7", ["LVS705 warning/none 4:5-25"],
        "it came with keepalived 2.2.8, and the target does not have it",
    ),
    "in no release": (
        "global_defs {\n    set_supplementary_groups\n}\n", "2.4.3", ["LVS705 warning/none 2:5-29"],
        "it is in no release yet, and the target does not have it",
    ),
    "a quote alone": (instance('"x'), "", ["LVS701 warning/none 4:5-7"], '`"x` is left out'),
    "before what it needs": (
        service("weight 1").replace("    protocol", "    sorry_server_inhibit\n    sorry_server 192.0.2.9 80\n    protocol"),
        "", ["LVS706 warning/latent 4:5-25"], "it stands before the `sorry_server` that it needs",
    ),
    "newer, a guard": (
        instance("no_virtual_ipaddress", vips=()), "2.2.7", ["LVS705 error/latent 4:5-25"],
        "the target does not have it; without it the hosts are guarded less than they were",
    ),
    "too early": (
        TRACKED + WEB, "", ["LVS706 warning/latent 5:9-12"],
        "`web` is left out: it is defined only further down, so keepalived ignores the line",
    ),
    "too early, a group's": (
        STATIC + GROUP + instance(), "", ["LVS706 warning/latent 2:5-20"],
        "`track_group` of `198.51.100.5/24` is left out: the group",
    ),
    "a service": (service("TCP_CHECK {", "}"), "", [], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_losses(name: str, tmp_path: Path) -> None:
    text, target, expected, message = CASES[name]
    found = losses(tmp_path, text, target)
    assert [shown(f) for f in found] == expected
    assert all(message in f.message for f in found)


def test_no_default_is_said_where_none_is_known(tmp_path: Path) -> None:
    [found] = losses(tmp_path, instance("smtp_alert maybe"))
    assert found.message.endswith(": keepalived rejects it")


def test_what_to_do_about_a_newer_word(tmp_path: Path) -> None:
    [plain] = losses(tmp_path, instance("timer_expired_backup 3"), "2.2.7")
    [guard] = losses(tmp_path, instance("no_virtual_ipaddress", vips=()), "2.2.7")
    assert plain.message.endswith("does not have it")
    assert (plain.help, guard.help) == (
        "choose a newer --target-keepalived", "choose a newer --target-keepalived, or say --allow-lossy"
    )  # fmt: skip
