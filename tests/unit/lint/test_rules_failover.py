"""3xx: what the failover simulator says. The sums are those of live keepalived (tests/interop/test_failover_live.py)."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

SCRIPT = "vrrp_script web {\n    script /bin/true\n    weight %s\n}\n"
WANTED = ("LVS316", "LVS317", "LVS318", "LVS326", "LVS333")


def tracks(*items: str, kind: str = "script") -> tuple[str, ...]:
    return (f"track_{kind} {{", *(f"    {item}" for item in items), "}")


WEB = tracks("web")


def host(priority: int, *lines: str, weight: int | str = "", above: str = "", below: str = "") -> str:
    return above + (SCRIPT % weight if weight != "" else "") + instance(f"priority {priority}", *lines) + below


def said(findings: Findings, *texts: str, target: str = "") -> list[str]:
    hosts = {f"lvs{n}": text for n, text in enumerate(texts, 1)}
    return [shown(f) for f in findings(target=target, **hosts) if f.code in WANTED]


def both(a: int, b: int, weight: int | str, *lines: str) -> tuple[str, str]:
    return host(a, *WEB, *lines, weight=weight), host(b, *WEB, *lines, weight=weight)


SMALL = ["LVS316 warning/latent 3:12-15 +8:14-17 +8:14-17"]
FILE = tracks("f", kind="file")
DEFINED = "track_file f {\n    file /run/f\n}\n"
CASES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "too small": (both(150, 100, -20), SMALL),
    "the other way round": (both(100, 150, -20), SMALL),
    "one short of it": (both(150, 100, -49), SMALL),
    "a tie": (both(150, 100, -50), ["LVS318 warning/latent 3:12-15 +8:14-17 +8:14-17"]),
    "just enough": (both(150, 100, -51), []),
    "too small, positive": (both(150, 100, 20), ["LVS316 warning/latent 3:12-14 +8:14-17 +8:14-17"]),
    "a tie, positive": (both(150, 100, 50), ["LVS318 warning/latent 3:12-14 +8:14-17 +8:14-17"]),
    "just enough, positive": (both(150, 100, 51), []),
    "a fault": (both(150, 100, 0), []),
    "the weight on the line": (
        (host(150, *tracks("web weight -20"), weight=-90), host(100, *WEB, weight=-90)),
        ["LVS316 warning/latent 10:20-23 +8:14-17 +8:14-17"],
    ),
    "only together": (
        (host(150, *tracks("eth1 weight -30", "eth2 weight -30", kind="interface")), host(100, *tracks("eth1", kind="interface"))),
        [],
    ),
    "only when the backup gains": (
        (host(150, *WEB, weight=-20), host(100, *tracks("web weight 40 reverse"), weight=-20)), SMALL,
    ),
    "not even together": (
        (host(150, *tracks("eth1 weight -20", "eth2 weight -30", kind="interface")), host(100, *tracks("eth1", kind="interface"))),
        ["LVS316 warning/latent 6:21-24 +4:14-17 +4:14-17", "LVS316 warning/latent 7:21-24 +4:14-17 +4:14-17"],
    ),
    "a file": (
        (host(150, *tracks("web weight -20"), *tracks("f", kind="file"), weight=0, above="track_file f {\n    file /run/f\n}\n"),
         host(100, *WEB, weight=0)), [],
    ),
    "nopreempt": (both(150, 100, -20, "nopreempt"), []),
    "an owner": (both(255, 100, -20), []),
    "clamped": (both(254, 100, 20), []),  # said by another rule
    "backup overtakes": (
        (host(150, *tracks("eth1", kind="interface")), host(100, *WEB, weight=60)),
        ["LVS317 warning/none 3:12-14 +4:14-17 +8:14-17"],
    ),
    "backup overtakes, the other way round": (
        (host(100, *WEB, weight=60), host(150, *tracks("eth1", kind="interface"))),
        ["LVS317 warning/none 3:12-14 +4:14-17 +8:14-17"],
    ),
    "backup draws level": ((host(150, *tracks("eth1", kind="interface")), host(100, *WEB, weight=50)), []),
    "backup is called master": (
        (host(150, *tracks("eth1", kind="interface")), host(100, "state MASTER", *WEB, weight=60)), [],
    ),
    "state and priority": ((host(100, "state MASTER"), host(150)), ["LVS333 warning/none 5:11-17 +4:14-17 +4:14-17"]),
    "state and priority, the other way round": (
        (host(150), host(100, "state MASTER")), ["LVS333 warning/none 5:11-17 +4:14-17 +4:14-17"],
    ),
    "state and priority agree": ((host(150, "state MASTER"), host(100, "state BACKUP")), []),
    "two masters": ((host(100, "state MASTER"), host(150, "state MASTER")), []),
    "equal": ((host(100, "state MASTER"), host(100)), []),
    "weights agree with the state": (
        (host(100, "state MASTER", *WEB, weight=60), host(150, *tracks("eth1", kind="interface"))), [],
    ),
    "no contest": ((host(100, "state MASTER"), host(150, "version 3")), []),
    "no contest of weights": ((host(150, *WEB, "version 3", weight=-20), host(100, *WEB, weight=-20)), []),
    "no contest of overtaking": ((host(150, *tracks("eth1", kind="interface")), host(100, "version 3", *WEB, weight=60)), []),
    "one tracks": ((host(150, *WEB, weight=0), host(100)), ["LVS326 info/latent 10:9-12 +1:15-19"]),
    "the other tracks": ((host(150), host(100, *WEB, weight=0)), ["LVS326 info/latent 10:9-12 +1:15-19"]),
    "one tracks, the other wants to": ((host(150, *WEB, weight=0), host(100, *WEB)), []),
    "one tracks, and they are strangers": ((host(150, *WEB, weight=0), host(100).replace("61", "52")), []),
    "a near miss": ((host(150, *WEB, weight=-20), host(100, *WEB, weight=-20).replace("61", "52")), []),
    "a near miss with states": ((host(100, "state MASTER"), host(150).replace("61", "52")), []),
    "equal, but for the weights": ((host(100, *tracks("eth1", kind="interface")), host(100, *WEB, weight=60)), ["LVS318 warning/latent 3:12-14 +8:14-17 +4:14-17"]),
    "equal, but for the weights, the other way round": (
        (host(100, *WEB, weight=60), host(100, *tracks("eth1", kind="interface"))), ["LVS318 warning/latent 3:12-14 +8:14-17 +4:14-17"],
    ),
    "overtaking, the leader in doubt": (
        (host(150, *FILE, above=DEFINED), host(100, *WEB, weight=60)), [],
    ),
    "overtaking, the backup in doubt": (
        (host(150, *tracks("eth1", kind="interface")), host(100, *WEB, *FILE, weight=60, above=DEFINED)), [],
    ),
    "states, one in doubt": ((host(100, "state MASTER", *FILE, above=DEFINED), host(150, *tracks("eth1", kind="interface"))), []),
    "states, the other in doubt": (
        (host(100, "state MASTER", *tracks("eth1", kind="interface")), host(150, *FILE, above=DEFINED)), [],
    ),
    "one tracks, the other is cut short": (
        (host(150, *WEB, weight=0), instance("priority 100", "}", "track_interface {", "    eth1", "}")), [],
    ),
    "a lone host": ((host(150, *WEB, weight=-20),), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    texts, expected = CASES[name]
    assert said(findings, *texts) == expected


def test_the_numbers(findings: Findings) -> None:
    a, b = both(150, 100, -20)
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS316"]
    assert "150 - 20 = 130 is still above 100 of lvs2" in found.message
    assert found.message.endswith("and no other weight changes that")
    assert found.help.startswith("use a weight of -51 or below")
    assert found.host == "lvs1"
    a, b = both(150, 100, 20)
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS316"]
    assert "170 - 20 = 150 is still above 120 of lvs2" in found.message
    assert found.help.startswith("bring the priorities closer together")
    a, b = both(150, 100, -50)
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS318"]
    assert "150 - 50 = 100 equals the priority of lvs2" in found.message
    assert found.help.startswith("use a weight of -51 or below")
    # No weight is large enough.
    a, b = both(254, 1, -253)
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS318"]
    assert found.help.startswith("bring the priorities closer together")
    [found] = [
        f
        for f in findings(lvs1=host(150, *WEB, weight="20 reverse"), lvs2=host(100, *WEB, weight="20 reverse"))
        if f.code == "LVS316"
    ]
    assert found.help.startswith("bring the priorities closer together")


def test_a_reversed_weight_is_not_made_smaller(findings: Findings) -> None:
    a, b = both(150, 100, "-20 reverse")
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS316"]
    assert "170 - 20 = 150 is still above 120 of lvs2" in found.message
    assert found.help.startswith("bring the priorities closer together")


def test_what_is_cut_off_is_said(findings: Findings) -> None:
    a, b = host(100, *WEB, weight=-150), host(1, *WEB, weight=-150)
    [found] = [f for f in findings(lvs1=a, lvs2=b) if f.code == "LVS318"]
    assert "100 - 150 makes 1 equals" in found.message


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (2, "; so it is in 1 more instance"), (3, "; so it is in 2 more instances")]
)
def test_one_definition_is_one_finding(count: int, more: str, findings: Findings) -> None:
    def several(priority: int) -> str:
        each = (
            instance(f"priority {priority}", *WEB, name=f"V{n}", vips=(f"192.0.2.{n}/24",)).replace("61", str(n))
            for n in range(60, 60 + count)
        )
        return SCRIPT % -20 + "".join(each)

    found = [f for f in findings(lvs1=several(150), lvs2=several(100)) if f.code == "LVS316"]
    assert [f.message.partition("changes that")[2] for f in found] == [more]


def test_three_hosts(findings: Findings) -> None:
    # The second takes over from the first; what it would do to the third does not matter.
    assert said(findings, *(host(p, *WEB, weight=-20) for p in (110, 100, 10))) == []
    assert said(findings, *(host(p, *WEB, weight=-20) for p in (150, 100, 10))) == SMALL
    # One of the rivals is in doubt.
    doubtful = host(100, *tracks("f", kind="file"), above="track_file f {\n    file /run/f\n}\n")
    assert said(findings, host(150, *WEB, weight=-20), host(100, *WEB, weight=-20), doubtful) == []
    # One of them does not hear the others.
    deaf = host(100, "version 3", *WEB, weight=-20)
    assert said(findings, host(150, *WEB, weight=-20), host(100, *WEB, weight=-20), deaf) == []


def test_a_group_tracks_for_its_members(findings: Findings) -> None:
    def grouped(priority: int, weight: int) -> str:
        group = "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n    track_script {\n        web\n    }\n}\n"
        more = instance(f"priority {priority}", name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52")
        return host(priority, weight=weight, below=more).replace(
            "}\nvrrp_instance VI_1", "}\n" + group + "vrrp_instance VI_1"
        )

    assert said(findings, grouped(150, -20), grouped(100, -20)) == ["LVS316 warning/latent 3:12-15 +17:14-17 +17:14-17"]
    assert said(findings, grouped(150, -60), grouped(100, -60)) == []
    # Both members of the second host are blind, and the line is one.
    bare = host(100, below=instance("priority 100", name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52"))
    assert said(findings, grouped(150, 0), bare) == ["LVS326 info/latent 11:9-12 +1:15-19"]
    # It is the group that says so, though what it names is not there.
    lost = grouped(100, 0).replace("vrrp_script web", "vrrp_script wab")
    assert said(findings, grouped(150, 0), lost) == []


@pytest.mark.parametrize("missing", ["lvs1", "lvs2"])
def test_a_missing_include(missing: str, findings: Findings) -> None:
    texts = dict(zip(("lvs1", "lvs2"), both(150, 100, -20), strict=True))
    texts[missing] += "include gone.conf\n"
    assert said(findings, *texts.values()) == []


def test_a_rejected_priority(findings: Findings) -> None:
    assert (
        said(
            findings,
            host(150, "priority x", *WEB, weight=-20).replace("    priority 150\n", ""),
            host(90, *WEB, weight=-20),
        )
        == []
    )
