"""describe() and draw(): a set-up as plain data and as lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lvscompile.app.load import load
from lvscompile.app.show import describe, draw
from lvscompile.ir.core import Target

PLAIN = """\
vrrp_script web {
    script "/usr/bin/check --password hush"
    interval 0.5
    weight -20
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority PRIO
    MORE
    authentication {
        auth_type PASS
        auth_pass hush
    }
    track_script {
        web
    }
    virtual_ipaddress {
        10.0.0.1/24 dev eth1 label eth1:1
    }
    virtual_ipaddress_excluded {
        10.0.0.9
    }
}
virtual_server 10.0.0.1 80 {
    delay_loop 10
    lb_algo rr
    lb_kind DR
    protocol TCP
    sorry_server 10.0.0.8
    real_server 10.0.0.2 80 {
        TCP_CHECK {
        }
    }
    real_server 10.0.0.3 80 {
    }
}
"""


def described(tmp_path: Path, *texts: str, target: Target | None = None, compare: bool = True) -> dict[str, Any]:
    words = []
    for number, text in enumerate(texts, 1):
        path = tmp_path / f"{number}.conf"
        path.write_text(text)
        words.append(f"lvs{number}={path}")
    return describe(load(words, target=target), compare=compare)


def text(priority: int = 100, more: str = "") -> str:
    return PLAIN.replace("PRIO", str(priority)).replace("MORE", more)


def test_one_host(tmp_path: Path) -> None:
    found = described(tmp_path, text())
    assert json.loads(json.dumps(found)) == found
    assert (found["version"], found["keepalived"], found["clusters"]) == (1, "2.4.3", [])
    (host,) = found["hosts"]
    (instance,) = host["instances"]
    assert instance == {
        "name": "VI_1", "vrid": 61, "family": 4, "vrrp_version": 2, "interface": "eth0", "state": "BACKUP",
        "priority": 100, "advert_ms": 1000, "skew_ms": 609.375, "master_down_ms": 3609.375, "preempt": True,
        "preempt_delay_ms": 0, "excluded": [{"address": "10.0.0.9", "prefix": None, "device": None, "label": None}],
        "addresses": [{"address": "10.0.0.1", "prefix": 24, "device": "eth1", "label": "eth1:1"}],
        "peers": [], "group": "224.0.0.18", "source": None, "auth": "PASS", "sync_group": None,
        "trackers": [{"kind": "script", "name": "web", "weight": None}],
    }  # fmt: skip
    (service,) = host["services"]
    assert (service["address"], service["port"], service["protocol"]) == ("10.0.0.1", 80, "TCP")
    assert service["sorry_server"] == {"address": "10.0.0.8", "port": 80, "method": "DR"}
    checked, unchecked = service["real_servers"]
    assert (checked["worst_detection_ms"], checked["likely_detection_ms"]) == (21000, 11000)
    assert checked["checks"] == [
        {"kind": "TCP_CHECK", "delay_loop_ms": 10000, "timeout_ms": 5000, "retry": 1, "delay_before_retry_ms": 1000,
         "warmup_ms": 10000, "alpha": False, "worst_detection_ms": 21000, "likely_detection_ms": 11000}
    ]  # fmt: skip
    assert (unchecked["checks"], unchecked["worst_detection_ms"]) == ([], None)
    assert host["scripts"] == [
        {"name": "web", "command": "/usr/bin/check --password ****", "interval_ms": 500, "weight": -20, "rise": 1,
         "fall": 1}
    ]  # fmt: skip


def test_secrets_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    secret = text().replace("VI_1", "hush").replace("eth1:1", "hush")
    found = described(tmp_path, secret, secret)
    assert "hush" not in json.dumps(found)
    assert "hush" not in "\n".join(draw(found))


def router(tmp_path: Path, a: str, b: str, target: Target | None = None) -> dict[str, Any]:
    (cluster,) = described(tmp_path, a, b, target=target)["clusters"]
    assert cluster["hosts"] == ["lvs1", "lvs2"]
    (found,) = cluster["routers"]
    assert isinstance(found, dict)
    return found


def test_the_higher_priority_is_master(tmp_path: Path) -> None:
    found = router(tmp_path, text(150), text(100))
    assert (found["master"], found["because"], found["deaf"]) == ("lvs1", "priority 150 against 100", [])
    assert (found["worst_failover_crash_ms"], found["worst_failover_stop_ms"]) == (3609.375, 609.375)
    assert [(m["host"], m["skew_ms"], m["master_down_ms"]) for m in found["members"]] == [
        ("lvs1", 414.062, 3414.062),
        ("lvs2", 609.375, 3609.375),
    ]
    assert found["addresses"][0]["hosts"] == ["lvs1", "lvs2"]
    assert router(tmp_path, text(100), text(150))["master"] == "lvs2"


def test_among_equals_the_first_is_master(tmp_path: Path) -> None:
    found = router(tmp_path, text(100), text(100))
    assert (found["master"], found["because"]) == (None, "equal priorities: whoever is up first")
    assert found["worst_failover_crash_ms"] == 3609.375
    found = router(tmp_path, text(100, "mcast_src_ip 10.0.0.5"), text(100, "mcast_src_ip 10.0.0.6"))
    assert (found["master"], "higher source address" in found["because"]) == (None, True)


@pytest.mark.parametrize(
    ("a", "b", "deaf"),
    [
        ("advert_int 1", "advert_int 2", ["interval"]),
        ("version 3", "version 2", ["auth", "version"]),
        ("", "unicast_peer {\n10.0.0.5\n}", ["casting"]),
        (
            "unicast_src_ip 10.0.0.5\nunicast_peer {\n10.0.0.6\n}",
            "unicast_src_ip 10.0.0.7\nunicast_peer {\n10.0.0.5\n}",
            ["peers"],
        ),
    ],
)
def test_two_masters(tmp_path: Path, a: str, b: str, deaf: list[str]) -> None:
    found = router(tmp_path, text(150, a), text(100, b))
    assert (found["master"], found["deaf"]) == (None, deaf)
    assert (found["worst_failover_crash_ms"], found["worst_failover_stop_ms"]) == (None, None)
    lines = draw(described(tmp_path, text(150, a), text(100, b)))
    assert "BOTH ARE MASTER, lvs1 and lvs2 do not hear each other" in lines[1]
    assert lines[2] == "   `- 10.0.0.1/24 on eth1 (eth1:1), held by both"


def test_other_addresses_matter_to_old_versions_only(tmp_path: Path) -> None:
    other = text(100).replace("10.0.0.1/24 dev", "10.0.0.1/24\n10.0.0.7/24 dev")
    assert router(tmp_path, text(150), other)["master"] == "lvs1"
    assert router(tmp_path, text(150), other, Target((2, 2, 8)))["deaf"] == ["addresses"]
    assert "   |- 10.0.0.7/24 on eth1 (eth1:1), known to lvs2 only" in draw(described(tmp_path, text(150), other))


def test_peers_may_be_left_alone(tmp_path: Path) -> None:
    assert described(tmp_path, text(150), text(100), compare=False)["clusters"] == []


def test_drawing(tmp_path: Path) -> None:
    assert draw(described(tmp_path, text(150, "nopreempt"), text(100))) == [
        "lvs1 and lvs2",
        "`- VRID 61 (VI_1): lvs1 is master, priority 150 against 100; nopreempt: it does not take back what it lost",
        "   |- 10.0.0.1/24 on eth1 (eth1:1), held by lvs1",
        "   `- crash of lvs1: lvs2 takes over within 3.6 s; planned stop: 0.6 s",
        "",
        "lvs1 (as keepalived 2.4.3 runs it)",
        "|- VI_1: VRID 61 on eth0, VRRP 2, state BACKUP, priority 150, advertises every 1 s, authentication PASS, "
        "nopreempt",
        "|  |- 10.0.0.9, not advertised",
        "|  `- tracks script web",
        "|- web: runs /usr/bin/check --password **** every 0.5 s, weight -20",
        "`- 10.0.0.1:80: TCP, rr, DR",
        "   |- 10.0.0.2:80, weight 1, TCP_CHECK every 10 s, a dead server is out after 21.0 s at worst, after 11.0 s "
        "if it refuses",
        "   |- 10.0.0.3:80, weight 1, no check: a dead server is never taken out",
        "   `- 10.0.0.8:80 when too few are left (sorry server)",
        "",
        "lvs2 (as keepalived 2.4.3 runs it)",
        "|- VI_1: VRID 61 on eth0, VRRP 2, state BACKUP, priority 100, advertises every 1 s, authentication PASS",
        "|  |- 10.0.0.9, not advertised",
        "|  `- tracks script web",
        "|- web: runs /usr/bin/check --password **** every 0.5 s, weight -20",
        "`- services: the same as on lvs1",
    ]


def test_box_characters(tmp_path: Path) -> None:
    lines = draw(described(tmp_path, text()), box=True)
    assert [line[:3] for line in lines[1:4]] == ["\u251c\u2500 ", "\u2502  ", "\u2502  "]
    assert lines[-1].startswith("   \u2514\u2500 ")
    plain = draw(described(tmp_path, text()))
    assert len(plain) == len(lines)
    assert all(line.isascii() for line in plain)


def test_nothing_to_run(tmp_path: Path) -> None:
    assert draw(described(tmp_path, "global_defs {\n}\n")) == [
        "lvs1 (as keepalived 2.4.3 runs it)",
        "`- nothing to run",
    ]


def test_what_is_not_stated_does_not_stop_it(tmp_path: Path) -> None:
    bare = (
        "vrrp_instance V {\n}\nvirtual_server 2001:db8::1 80 {\n}\nvirtual_server fwmark 7 {\n}\nvrrp_script s {\n}\n"
    )
    assert draw(described(tmp_path, bare, bare))[0:1] == ["lvs1 (as keepalived 2.4.3 runs it)"]
    lines = draw(described(tmp_path, bare))
    assert "|- V: VRID ? on ?, VRRP 2, state BACKUP, priority 100, advertises every 1 s" in lines
    assert "|- s: runs nothing every 1 s" in lines
    assert "|- [2001:db8::1]:80: UDP, wlc, NAT; no real server: keepalived ignores it" in lines
    assert "`- fwmark 7: wlc, NAT; no real server: keepalived ignores it" in lines


def test_a_weight_behind_another_option_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.conf"
    path.write_text(
        "vrrp_instance A {\n    interface eth0\n    virtual_router_id 61\n"
        "    track_interface {\n        eth1 reverse weight 20\n        eth2 weight\n    }\n}\n"
    )
    (instance,) = load([str(path)]).site.directors[0].vrrp
    assert [(each.name, each.weight) for each in instance.trackers] == [("eth1", 20), ("eth2", None)]
