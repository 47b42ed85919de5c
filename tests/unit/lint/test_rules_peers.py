"""3xx: pairs of hosts."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

TWO = ("192.0.2.10/24", "192.0.2.11/24")


def peer(priority: int, *lines: str, name: str = "VI_1", vips: tuple[str, ...] = TWO[:1]) -> str:
    return instance(f"priority {priority}", *lines, name=name, vips=vips)


def unicast(priority: int, own: str, *others: str) -> str:
    return peer(priority, f"unicast_src_ip {own}", "unicast_peer {", *(f"    {other}" for other in others), "}")


def auth(kind: str, password: str) -> tuple[str, ...]:
    return ("authentication {", f"    auth_type {kind}", f"    auth_pass {password}", "}")


def held(priority: int) -> str:
    """Another instance, in one sync group with VI_1."""
    other = peer(priority, name="VI_2", vips=("198.51.100.1/24",)).replace("61", "53")
    return other + "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}\n"


A, B = peer(150), peer(100)
U1, U2 = unicast(150, "192.0.2.1", "192.0.2.2"), unicast(100, "192.0.2.2", "192.0.2.1")

# Both hosts → what is found, the primary place on the first, the related one on the second.
CASES = {
    "sound": (A, B, []),
    "sound unicast": (U1, U2, []),
    "both masters": (
        peer(150, "state MASTER"), peer(100, "state MASTER"), ["LVS301 error/latent 5:11-17 +5:11-17"],
    ),
    "one master": (peer(150, "state MASTER"), peer(100, "state BACKUP"), []),
    "the other is master": (peer(100, "state BACKUP"), peer(150, "state MASTER"), []),
    "one master, one silent": (peer(150, "state MASTER"), peer(100), []),
    "one silent, one master": (peer(100), peer(150, "state MASTER"), []),
    "other vrid": (A, B.replace("61", "52"), ["LVS302 error/split 3:23-25 +3:23-25"]),
    "other vrid, held back by a group": (
        A + held(150), B.replace("61", "52") + held(100), ["LVS302 error/latent 3:23-25 +3:23-25"],
    ),
    "other vrid, other addresses": (A, peer(100, vips=("198.51.100.1/24",)).replace("61", "52", 1), []),
    "other version": (A, peer(100, "version 3"), ["LVS303 error/split 1:15-19 +5:13-14"]),
    "other version, for all": (
        A, "global_defs {\n    vrrp_version 3\n}\n" + B, ["LVS303 error/split 1:15-19 +4:15-19"],
    ),
    "other interval": (A, peer(100, "advert_int 2"), ["LVS304 error/split 1:15-19 +5:16-17"]),
    "other interval, the same when rounded": (
        A, peer(100, "advert_int 1.2"), ["LVS210 warning/none 5:16-19"],
    ),
    "other version and interval": (
        A, peer(100, "version 3", "advert_int 2"), ["LVS303 error/split 1:15-19 +5:13-14"],
    ),
    "other interval in version 3": (
        peer(150, "version 3"), peer(100, "version 3", "advert_int 2"), ["LVS304 warning/none 1:15-19 +6:16-17"],
    ),
    "other password": (
        peer(150, *auth("PASS", "one")), peer(100, *auth("PASS", "two")), ["LVS305 error/split 7:19-22 +7:19-22"],
    ),
    "same first 8 bytes": (
        peer(150, *auth("PASS", "abcdefgh")), peer(100, *auth("PASS", "abcdefghi")), ["LVS207 warning/none 7:19-28"],
    ),
    "other type": (
        peer(150, *auth("AH", "one")), peer(100, *auth("PASS", "one")), ["LVS305 error/split 6:19-21 +6:19-23"],
    ),
    "a password on one side": (peer(150, *auth("PASS", "one")), B, ["LVS305 error/split 6:19-23 +1:15-19"]),
    "a password on one side, nothing in the block of the other": (
        peer(150, *auth("PASS", "one")), peer(100, "authentication {", "}"), ["LVS305 error/split 6:19-23 +5:5-19"],
    ),
    "a password on one side, in version 3": (
        peer(150, "version 3", *auth("PASS", "one")), peer(100, "version 3"), ["LVS209 warning/none 6:5-19"],
    ),
    "an address more": (
        peer(150, vips=TWO), B, ["LVS306 error/split 7:9-22 +5:5-22"],
    ),
    "other addresses": (
        A, peer(100, vips=("192.0.2.12/24",)), ["LVS306 error/split 6:9-22 +6:9-22"],
    ),
    "other order and mask": (
        peer(150, vips=TWO), peer(100, vips=("192.0.2.11/24", "192.0.2.10/25")), ["LVS324 info/latent 6:9-22 +7:9-22"],
    ),
    "an excluded address more": (
        A, peer(100, "virtual_ipaddress_excluded {", "    192.0.2.99/24", "}"),
        ["LVS325 warning/latent 6:9-22 +1:15-19"],
    ),
    "unicast and multicast": (U1, B, ["LVS307 error/split 6:5-17 +1:15-19"]),
    "multicast and unicast": (A, U2, ["LVS307 error/split 1:15-19 +6:5-17"]),
    "other group": (A, peer(100, "mcast_dst_ip 224.0.0.118"), ["LVS308 error/split 1:15-19 +5:18-29"]),
    "other group, for all": (
        A, "global_defs {\n    vrrp_mcast_group4 224.0.0.118\n}\n" + B, ["LVS308 error/split 1:15-19 +4:15-19"],
    ),
    "the standard group, written out": (A, peer(100, "mcast_dst_ip 224.0.0.18"), []),
    "same priority": (A, A, ["LVS309 warning/latent 4:14-17 +4:14-17"]),
    "no priority": (instance(), instance(), ["LVS309 warning/latent 1:15-19 +1:15-19"]),
    "one priority is the default": (peer(100), instance(), ["LVS309 warning/latent 4:14-17 +1:15-19"]),
    "backup not listed": (
        unicast(150, "192.0.2.1", "192.0.2.3"), U2, ["LVS310 error/split 6:5-17 +5:20-29"],
    ),
    "backup not listed, its address said otherwise": (
        unicast(150, "192.0.2.1", "192.0.2.3"), U2.replace("unicast_src_ip", "mcast_src_ip"),
        ["LVS310 error/split 6:5-17 +5:18-27"],
    ),
    "a copied source address": (U1, U1.replace("150", "100"), ["LVS328 error/latent 5:20-29 +5:20-29"]),
    "a near miss differs in everything": (
        peer(255, "state MASTER", "advert_int 2"), peer(255, "state MASTER").replace("61", "52"),
        ["LVS302 error/split 3:23-25 +3:23-25"],
    ),
    "a near miss in unicast": (
        unicast(150, "192.0.2.1", "192.0.2.3"), U2.replace("id 61", "id 62"), ["LVS302 error/split 3:23-25 +3:23-25"],
    ),
    "a near miss with the same priority": (A, A.replace("61", "52"), ["LVS302 error/split 3:23-25 +3:23-25"]),
    "a near miss with another list": (peer(150, vips=TWO), B.replace("61", "52"), ["LVS302 error/split 3:23-25 +3:23-25"]),
    "one owner": (peer(255), peer(100), []),
    "the other is the owner": (peer(100), peer(255), []),
    "no VRID": (
        A.replace("    virtual_router_id 61\n", ""), B.replace("    virtual_router_id 61\n", ""),
        ["LVS202 error/outage 1:15-19"] * 2,
    ),
    "no VRID on one": (A, B.replace("    virtual_router_id 61\n", ""), ["LVS202 error/outage 1:15-19"]),
    "no VRID on the other": (A.replace("    virtual_router_id 61\n", ""), B, ["LVS202 error/outage 1:15-19"]),
    "two owners": (peer(255), peer(255), ["LVS311 error/latent 4:14-17 +4:14-17"]),
    "a peer more": (unicast(150, "192.0.2.1", "192.0.2.2", "192.0.2.3"), U2, []),
    "another name": (A, peer(100, name="VI_9"), []),
    "another interface": (A, B.replace("eth0", "bond0"), []),
    "strangers with one vrid": (
        peer(150, name="X"), peer(100, "version 3", name="Y", vips=("198.51.100.1/24",)), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    one, other, expected = CASES[name]
    assert [shown(finding) for finding in findings(lvs1=one, lvs2=other)] == expected


def test_master_not_listed_is_on_the_other_host(findings: Findings) -> None:
    [found] = findings(lvs1=U1, lvs2=unicast(100, "192.0.2.2", "192.0.2.3"))
    assert shown(found) == "LVS310 warning/latent 6:5-17 +5:20-29"
    assert found.span.source.name.endswith("lvs2/keepalived.conf")


@pytest.mark.parametrize(
    ("target", "expected"),
    [("2.2.7", "error/split"), ("2.3.2", "error/split"), ("2.3.3", "warning/latent"), ("2.4.3", "warning/latent"), ("", "error/split")],
)  # fmt: skip
def test_address_lists_depend_on_the_target(target: str, expected: str, findings: Findings) -> None:
    [found] = findings(lvs1=peer(150, vips=TWO), lvs2=B, target=target)
    assert shown(found) == f"LVS306 {expected} 7:9-22 +5:5-22"


def test_both_masters_without_priorities(findings: Findings) -> None:
    text = instance("state MASTER")
    assert {f.code for f in findings(lvs1=text, lvs2=text)} == {"LVS205", "LVS301", "LVS311"}
    # Before 2.0 the priority was 100 on both.
    assert {f.code for f in findings(lvs1=text, lvs2=text, target="1.4.5")} == {"LVS301", "LVS309"}


def test_three_hosts(findings: Findings) -> None:
    found = findings(lvs1=A, lvs2=B, lvs3=peer(50).replace("61", "52"))
    assert [(f.code, f.host) for f in found] == [("LVS302", "lvs1"), ("LVS302", "lvs2")]


def test_the_related_place_is_on_the_other_host(findings: Findings) -> None:
    [found] = findings(lvs1=A, lvs2=B.replace("61", "52"))
    assert found.span.source.name.endswith("lvs1/keepalived.conf")
    assert [note.span.source.name.endswith("lvs2/keepalived.conf") for note in found.related] == [True]
    assert found.help == "use one VRID on both"


def message(findings: Findings, code: str, one: str, other: str, target: str = "") -> str:
    return next(f.message for f in findings(lvs1=one, lvs2=other, target=target) if f.code == code)


def test_instances_are_called_by_their_names(findings: Findings) -> None:
    assert message(findings, "LVS309", A, A).startswith("`VI_1` on lvs1 and lvs2 both")
    assert message(findings, "LVS309", A, peer(150, name="W")).startswith("`VI_1` on lvs1 and `W` on lvs2 both")


@pytest.mark.parametrize(
    ("target", "old", "new"), [("", True, True), ("1.4.5", True, False), ("2.0", False, True), ("2.2.7", False, True)]
)
def test_what_two_masters_do_depends_on_the_target(target: str, old: bool, new: bool, findings: Findings) -> None:
    said = message(findings, "LVS301", peer(150, "state MASTER"), peer(100, "state MASTER"), target)
    assert ("1.x claims" in said, "2.x elects" in said) == (old, new)
    assert "address owners" not in said


@pytest.mark.parametrize(
    ("priorities", "more", "losers"),
    [
        ((150, 100), ("", ""), ["lvs2"]),
        ((100, 150), ("", ""), ["lvs1"]),
        ((100, 100), ("", ""), ["lvs1", "lvs2"]),
        ((150, 100), ("nopreempt", ""), ["lvs1", "lvs2"]),
        ((150, 100), ("", "nopreempt"), ["lvs1", "lvs2"]),
    ],
)
def test_who_gives_in(
    priorities: tuple[int, int], more: tuple[str, str], losers: list[str], findings: Findings
) -> None:
    one, other = (peer(*each[:1], "state MASTER", *each[1:]) for each in zip(priorities, more, strict=True))
    [found] = [f for f in findings(lvs1=one, lvs2=other) if f.code == "LVS301"]
    assert found.fix is not None
    assert found.fix.title.endswith("on both") == (len(losers) == 2)
    assert [edit.span.source.name.split("/")[-2] for edit in found.fix.edits] == losers


def test_two_masters_without_priorities_are_owners(findings: Findings) -> None:
    bare, stated = instance("state MASTER"), peer(100, "state MASTER")
    assert "both are address owners" in message(findings, "LVS301", bare, bare)
    assert "address owners" not in message(findings, "LVS301", bare, stated)
    assert "address owners" not in message(findings, "LVS301", stated, bare)


def test_addresses_are_counted(findings: Findings) -> None:
    other = B.replace("61", "52")
    assert "share a virtual address but" in message(findings, "LVS302", A, other)
    assert "share 2 virtual addresses but" in message(
        findings, "LVS302", peer(150, vips=TWO), peer(100, vips=TWO).replace("61", "52")
    )
    many = [f"192.0.2.{n}/24" for n in range(10, 15)]
    three = message(findings, "LVS306", peer(150, vips=tuple(many[:4])), B)
    assert ": 3 only on lvs1 (192.0.2.11, 192.0.2.12, 192.0.2.13); before" in three
    assert "(192.0.2.11, 192.0.2.12, 192.0.2.13 and 1 more); before" in message(
        findings, "LVS306", peer(150, vips=tuple(many)), B
    )


def test_what_other_addresses_do_depends_on_the_target(findings: Findings) -> None:
    one = peer(150, vips=TWO)
    both, old, new = (message(findings, "LVS306", one, B, target) for target in ("", "2.2.7", "2.3.3"))
    assert ("before 2.3.3" in both, "later only log" in both) == (True, True)
    assert ("before 2.3.3" in old, "later only log" in old) == (True, False)
    assert ("before 2.3.3" in new, "later only log" in new) == (False, True)


def test_kinds_are_said(findings: Findings) -> None:
    assert "(PASS and none)" in message(findings, "LVS305", peer(150, *auth("PASS", "one")), B)
    assert "by unicast and by multicast" in message(findings, "LVS307", U1, B)
    assert "by multicast and by unicast" in message(findings, "LVS307", A, U2)


def test_what_becomes_of_a_host_that_is_not_listed(findings: Findings) -> None:
    lost = unicast(150, "192.0.2.1", "192.0.2.3")
    assert "lvs2 never hears the master" in message(findings, "LVS310", lost, U2)
    assert "harmless while lvs2 is master" in message(findings, "LVS310", lost.replace("150", "50"), U2)
    [found] = [f for f in findings(lvs1=lost, lvs2=U2.replace("100", "150")) if f.code == "LVS310"]
    assert shown(found).startswith("LVS310 warning/latent")
