"""LVS224, LVS225: mail and FIFOs."""

from __future__ import annotations

import pytest
from places import Findings, instance, service, shown

MINE = ("LVS224", "LVS225")
TO = "notification_email {\n        ops@example.com\n    }"
NOBODY = "notification_email {\n    }"
SERVER = "smtp_server 192.0.2.25"


def settings(*lines: str) -> str:
    """global_defs; the lines begin at line 2."""
    return "global_defs {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


CASES = {
    "alert alone": (instance("smtp_alert"), ["LVS224 warning/none 4:5-15"]),
    "alert on": (instance("smtp_alert true"), ["LVS224 warning/none 4:5-15"]),
    "alert off": (instance("smtp_alert off"), []),
    "alert no": (instance("smtp_alert no"), []),
    "alert false": (instance("smtp_alert false"), []),
    "alert of a wrong kind": (instance("smtp_alert maybe"), []),
    "no alert": (instance(), []),
    "alert, no recipient": (instance("smtp_alert") + settings(SERVER), ["LVS224 warning/none 4:5-15"]),
    "alert, an empty list": (instance("smtp_alert") + settings(SERVER, NOBODY), ["LVS224 warning/none 4:5-15"]),
    "alert, no server": (settings(TO) + instance("smtp_alert"), ["LVS224 warning/none 2:5-23"]),
    "recipients, no server": (settings(TO) + instance(), ["LVS224 warning/none 2:5-23"]),
    "a second list": (settings(NOBODY, TO) + instance(), ["LVS224 warning/none 4:5-23"]),
    "a server in other globals": (settings(TO) + settings(SERVER) + instance("smtp_alert"), []),
    "everything": (settings(SERVER, TO) + instance("smtp_alert"), []),
    "global alert": (settings("smtp_alert") + instance(), ["LVS224 warning/none 2:5-15"]),
    "alert of instances": (settings("smtp_alert_vrrp") + instance(), ["LVS224 warning/none 2:5-20"]),
    "alert of checkers": (settings("smtp_alert_checker") + instance(), ["LVS224 warning/none 2:5-23"]),
    "alert of a group": (
        instance() + instance(name="B", vips=("192.0.2.20/24",))
        + "vrrp_sync_group G {\n    group {\n        VI_1\n        B\n    }\n    smtp_alert\n}\n",
        ["LVS224 warning/none 20:5-15"],
    ),
    "alert of a real server": (service("smtp_alert"), ["LVS224 warning/none 6:9-19"]),
    "alert of a service": (
        service().replace("    protocol", "    smtp_alert\n    protocol"), ["LVS224 warning/none 4:5-15"]
    ),
    "globals that are cut short": ("global_defs {\n    " + TO + "\n" + instance("smtp_alert"), []),
    "something else that is cut short": (instance("smtp_alert") + "vrrp_script x {\n", ["LVS224 warning/none 4:5-15"]),
    # LVS225
    "no FIFO": (settings("notify_fifo", "vrrp_notify_fifo /run/f"), []),
    "one for all and for VRRP": (
        settings("notify_fifo /run/f", "vrrp_notify_fifo /run/f"), ["LVS225 warning/none 3:22-28 +2:17-23"]
    ),
    "one for LVS and for all": (
        settings("lvs_notify_fifo /run/f", "notify_fifo /run/f"), ["LVS225 warning/none 2:21-27 +3:17-23"]
    ),
    "one for VRRP and LVS": (
        settings("vrrp_notify_fifo /run/f", "lvs_notify_fifo /run/f"), ["LVS225 warning/none 3:21-27 +2:22-28"]
    ),
    "one for everything": (
        settings("notify_fifo /run/f", "vrrp_notify_fifo /run/f", "lvs_notify_fifo /run/f"),
        ["LVS225 warning/none 3:22-28 +2:17-23", "LVS225 warning/none 4:21-27 +2:17-23"],
    ),
    "three": (settings("notify_fifo /run/f", "vrrp_notify_fifo /run/g", "lvs_notify_fifo /run/h"), []),
    "the first counts": (settings("notify_fifo /run/f", "notify_fifo /run/g", "vrrp_notify_fifo /run/g"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text) if finding.code in MINE] == expected


@pytest.mark.parametrize("text", [instance("smtp_alert"), settings(TO)])
def test_a_missing_include_may_say_more(text: str, findings: Findings) -> None:
    assert [f.code for f in findings("include none.conf\n" + text) if f.code in MINE] == []


def test_what_a_shared_fifo_does(findings: Findings) -> None:
    twice, mixed = (
        next(f for f in findings(settings(f"{name} /run/f", "lvs_notify_fifo /run/f")) if f.code == "LVS225")
        for name in ("notify_fifo", "vrrp_notify_fifo")
    )
    assert "arrives twice" in twice.message
    assert "or remove it" in twice.help
    assert "mixed" in mixed.message
    assert "remove" not in mixed.help
