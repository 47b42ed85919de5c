"""LVS232, LVS240 and LVS246 to LVS251: trackers and their weights."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

OURS = ("LVS232", "LVS240", "LVS246", "LVS247", "LVS248", "LVS249", "LVS250", "LVS251")
OWNER = "priority 255"
P = "priority 150"


def track(*lines: str, kind: str = "interface") -> tuple[str, ...]:
    return (f"track_{kind} {{", *(f"    {line}" for line in lines), "}")


def second(*lines: str) -> str:
    return instance(*lines, name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52")


def group(*lines: str, members: str = "VI_1 VI_2") -> str:
    """Behind the instances, so that these keep their lines."""
    return "\n".join(["vrrp_sync_group G {", f"    group {{ {members} }}", *(f"    {line}" for line in lines), "}", ""])


def block(kind: str, *lines: str) -> str:
    return "\n".join([f"{kind} it {{", *(f"    {line}" for line in lines), "}", ""])


# Definitions of three lines each: what tracks them begins at line 4.
SCRIPT = block("vrrp_script", 'script "/bin/true"')
SCRIPT_20 = block("vrrp_script", 'script "/bin/true"', "weight -20")
FILE = block("track_file", "file /run/it")
FILE_0 = block("track_file", "file /run/it", "weight 0")
FILE_2 = block("track_file", "file /run/it", "weight 2")
PROCESS = block("vrrp_track_process", "process sshd")
PROCESS_10 = block("vrrp_track_process", "process sshd", "weight 10")
BFD_10 = block("bfd_instance", "neighbor_ip 192.0.2.3", "weight 10")

CASES: dict[str, tuple[str, list[str]]] = {
    # LVS232
    "owner, weight": (instance(OWNER, *track("eth1 weight -20")), ["LVS232 error/latent 6:9-13 +4:14-17"]),
    "owner, positive weight": (instance(OWNER, *track("eth1 weight 20")), ["LVS232 error/latent 6:9-13 +4:14-17"]),
    "owner, weight in the other order": (
        instance(OWNER, *track("eth1 reverse weight 20")),
        ["LVS232 error/latent 6:9-13 +4:14-17"],
    ),
    "owner, no weight": (instance(OWNER, *track("eth1")), []),
    "owner, weight 0": (instance(OWNER, *track("eth1 weight 0")), []),
    "nearly an owner, weight": (instance("priority 254", *track("eth1 weight -20")), []),
    "owner, its own interface": (
        instance(OWNER, *track("eth0 weight -20")),
        ["LVS246 warning/none 6:9-13 +2:15-19"],
    ),
    "owner, the script's weight": (
        SCRIPT_20 + instance(OWNER, *track("it", kind="script")),
        ["LVS232 error/latent 10:9-11 +8:14-17"],
    ),
    "owner, the script's weight undone": (SCRIPT_20 + instance(OWNER, *track("it weight 0", kind="script")), []),
    "owner, a weight for the script": (
        SCRIPT + instance(OWNER, *track("it weight 5", kind="script")),
        ["LVS232 error/latent 9:9-11 +7:14-17"],
    ),
    "owner, no such script": (instance(OWNER, *track("it weight 5", kind="script")), []),
    "owner, the script too late": (instance(OWNER, *track("it weight 5", kind="script")) + SCRIPT, []),
    "owner, a file's default": (
        FILE + instance(OWNER, *track("it", kind="file")),
        ["LVS232 error/latent 9:9-11 +7:14-17"],
    ),
    "owner, a file of weight 0": (FILE_0 + instance(OWNER, *track("it", kind="file")), []),
    "owner, a process": (PROCESS + instance(OWNER, *track("it", kind="process")), []),
    "owner, a process with a weight": (
        PROCESS_10 + instance(OWNER, *track("it", kind="process")),
        ["LVS232 error/latent 10:9-11 +8:14-17"],
    ),
    "owner by default": (instance("state MASTER", *track("eth1 weight -20")), []),
    "an owner in a group that tracks": (
        instance(OWNER) + second(OWNER) + group("track_interface {", "    eth1 weight 5", "    eth2", "}"),
        ["LVS232 error/latent 20:9-13 +4:14-17"],
    ),
    "no owner in a group that tracks": (
        instance(P) + second(P) + group("track_interface {", "    eth1 weight 5", "}"),
        [],
    ),
    "the second of the group is the owner": (
        instance(P) + second(OWNER) + group("track_interface {", "    eth1 weight 5", "}"),
        ["LVS232 error/latent 20:9-13 +12:14-17"],
    ),
    "an owner in a group that counts weights": (
        instance(OWNER, *track("eth1 weight -20")) + second(OWNER) + group("sync_group_tracking_weight"),
        ["LVS232 error/latent 6:9-13 +4:14-17"],
    ),
    "an owner in a group that counts none": (
        instance(OWNER, *track("eth1 weight -20")) + second(OWNER) + group(),
        ["LVS249 error/latent 6:9-13 +20:17-18"],
    ),
    # LVS240
    "nopreempt, weight": (
        instance(P, "nopreempt", *track("eth1", "eth2 weight -20")),
        ["LVS240 warning/latent 5:5-14 +8:9-13"],
    ),
    "nopreempt, positive weight": (
        instance(P, "nopreempt", *track("eth1 weight 20")),
        ["LVS240 warning/latent 5:5-14 +7:9-13"],
    ),
    "nopreempt, no weight": (instance(P, "nopreempt", *track("eth1")), []),
    "weight, preempting": (instance(P, *track("eth1 weight -20")), []),
    "nopreempt dropped because of MASTER": (instance(P, "nopreempt", "state MASTER", *track("eth1 weight -20")), []),
    "nopreempt, its own interface": (
        instance(P, "nopreempt", *track("eth0 weight -20")),
        ["LVS246 warning/none 7:9-13 +2:15-19"],
    ),
    "nopreempt, a file": (FILE_2 + instance(P, "nopreempt", *track("it", kind="file")), []),
    "nopreempt, a process with a fault's weight": (
        PROCESS + instance(P, "nopreempt", *track("it weight -254", kind="process")),
        [],
    ),
    "nopreempt, a process nearly with it": (
        PROCESS + instance(P, "nopreempt", *track("it weight -253", kind="process")),
        ["LVS240 warning/latent 8:5-14 +10:9-11"],
    ),
    "nopreempt, weight in a group": (
        instance(P, "nopreempt", *track("eth1 weight -20")) + second(P) + group(),
        ["LVS249 error/latent 7:9-13 +21:17-18"],
    ),
    "nopreempt, weight in a group that counts it": (
        instance(P, "nopreempt", *track("eth1 weight -20")) + second(P) + group("sync_group_tracking_weight"),
        ["LVS240 warning/latent 5:5-14 +7:9-13"],
    ),
    # LVS246
    "own interface": (instance(P, *track("eth0")), ["LVS246 info/none 6:9-13 +2:15-19"]),
    "own interface behind another": (instance(P, *track("eth1", "eth0")), ["LVS246 info/none 7:9-13 +2:15-19"]),
    "own interface, weight": (instance(P, *track("eth0 weight 5")), ["LVS246 warning/none 6:9-13 +2:15-19"]),
    "own interface, not tracked": (
        instance(P, "dont_track_primary", *track("eth0")),
        ["LVS246 error/latent 7:9-13 +2:15-19 +5:5-23"],
    ),
    "own interface, weight, not tracked": (
        instance(P, "dont_track_primary", *track("eth0 weight 5")),
        ["LVS246 error/latent 7:9-13 +2:15-19 +5:5-23"],
    ),
    "another interface": (instance(P, "dont_track_primary", *track("eth1")), []),
    "no interface": (
        instance("unicast_src_ip 192.0.2.2", "unicast_peer {", "192.0.2.3", "}", *track("eth1")).replace(
            "    interface eth0\n", ""
        ),
        [],
    ),
    "a script called like the interface": (
        SCRIPT.replace("it", "eth0") + instance(P, *track("eth0", kind="script")).replace("it", "eth0"),
        [],
    ),
    # LVS247
    "twice": (instance(P, *track("eth1", "eth1")), ["LVS247 warning/none 7:9-13 +6:9-13"]),
    "three times": (
        instance(P, *track("eth1", "eth1", "eth1")),
        ["LVS247 warning/none 7:9-13 +6:9-13", "LVS247 warning/none 8:9-13 +6:9-13"],
    ),
    "twice in two blocks": (instance(P, *track("eth1"), *track("eth1")), ["LVS247 warning/none 9:9-13 +6:9-13"]),
    "by two instances": (instance(P, *track("eth1")) + second(P, *track("eth1")), []),
    "two kinds of one name": (
        SCRIPT + PROCESS + instance(P, *track("it", kind="script"), *track("it", kind="process")),
        [],
    ),
    "twice by a group": (
        instance(P) + second(P) + group(*track("eth1", "eth1")),
        ["LVS247 warning/none 21:9-13 +20:9-13"],
    ),
    # LVS248
    "by the group as well": (
        instance(P, *track("eth1")) + second(P) + group(*track("eth1")),
        ["LVS248 warning/none 6:9-13 +23:9-13"],
    ),
    "by the group as well, weight": (
        instance(P, *track("eth1 weight -5")) + second(P) + group(*track("eth1")),
        ["LVS248 warning/none 6:9-13 +23:9-13"],
    ),
    "by the group, another": (instance(P, *track("eth1")) + second(P) + group(*track("eth2")), []),
    "by a group of others": (
        instance(P, *track("eth1"))
        + second(P)
        + second(P).replace("52", "53").replace("VI_2", "VI_3").replace("2.20", "2.30")
        + group(*track("eth1"), members="VI_2 VI_3"),
        [],
    ),
    "the group tracks the interface of its members": (
        instance(P) + second(P).replace("eth0", "eth1") + group(*track("eth1", "eth2")),
        ["LVS248 info/none 20:9-13 +10:15-19"],
    ),
    "the group tracks the interface of a member that does not": (
        instance(P) + second(P, "dont_track_primary").replace("eth0", "eth1") + group(*track("eth1")),
        [],
    ),
    "the group and the member track the member's interface": (
        instance(P, *track("eth0")) + second(P).replace("eth0", "eth1") + group(*track("eth0")),
        ["LVS246 info/none 6:9-13 +2:15-19", "LVS248 warning/none 6:9-13 +23:9-13"],
    ),
    "the group tracks, and a member has no interface": (
        instance("unicast_src_ip 192.0.2.2", "unicast_peer {", "192.0.2.3", "}").replace("    interface eth0\n", "")
        + second(P)
        + group(*track("eth1")),
        [],
    ),
    # LVS249
    "member, weight": (
        instance(P, *track("eth1 weight -5")) + second(P) + group(),
        ["LVS249 error/latent 6:9-13 +20:17-18"],
    ),
    "member, no weight": (instance(P, *track("eth1")) + second(P) + group(), []),
    "member, weights count": (
        instance(P, *track("eth1 weight -5")) + second(P) + group("sync_group_tracking_weight"),
        [],
    ),
    "member, weights count by the old word": (
        instance(P, *track("eth1 weight -5")) + second(P) + group("global_tracking"),
        [],
    ),
    "no member, weight": (instance(P, *track("eth1 weight -5")) + group(members="VI_2 VI_3"), []),
    "member, own interface": (
        instance(P, *track("eth0 weight -5")) + second(P) + group(),
        ["LVS246 warning/none 6:9-13 +2:15-19"],
    ),
    "member, script": (
        SCRIPT_20 + instance(P, *track("it", kind="script")) + second(P) + group(),
        ["LVS249 error/latent 10:9-11 +24:17-18"],
    ),
    "member, BFD": (
        BFD_10 + instance(P, *track("it", kind="bfd")) + second(P) + group(),
        ["LVS249 error/latent 10:9-11 +24:17-18"],
    ),
    "member, process": (PROCESS_10 + instance(P, *track("it", kind="process")) + second(P) + group(), []),
    "member, file": (
        FILE + instance(P, *track("it", kind="file")) + second(P) + group(),
        ["LVS249 error/latent 9:9-11 +23:17-18"],
    ),
    "member, file of weight 0": (FILE_0 + instance(P, *track("it", kind="file")) + second(P) + group(), []),
    # LVS250
    "bridge": (instance(P, *track("br0")), ["LVS250 info/latent 6:9-12"]),
    "container bridge": (instance(P, *track("br-1a2b")), ["LVS250 info/latent 6:9-16"]),
    "hypervisor bridge": (instance(P, *track("vmbr1")), ["LVS250 info/latent 6:9-14"]),
    "loopback": (instance(P, *track("lo")), ["LVS250 info/latent 6:9-11"]),
    "loopback's relative": (instance(P, *track("lo1", "bridge", "xbr0", "broad", "bond0")), []),
    "bridge, tracked by a group": (
        instance(P) + second(P) + group(*track("br0")),
        ["LVS250 info/latent 20:9-12"],
    ),
    "a script called like a bridge": (
        SCRIPT.replace("it {", "br0 {") + instance(P, *track("br0", kind="script")),
        [],
    ),
    "bridge, own interface": (
        instance(P, *track("br0")).replace("eth0", "br0"),
        ["LVS246 info/none 6:9-12 +2:15-18"],
    ),
    # LVS251
    "beyond the top": (
        instance("priority 200", *track("eth1 weight 60", "eth2 weight 60")),
        ["LVS251 warning/latent 6:9-13", "LVS251 warning/latent 7:9-13"],
    ),
    "at the top by one": (instance("priority 200", *track("eth1 weight 55")), []),
    "just at the top": (
        instance("priority 200", *track("eth1 weight 54", "eth2 weight 1")),
        ["LVS251 warning/latent 7:9-13"],
    ),
    "just below the top": (instance("priority 200", *track("eth1 weight 53", "eth2 weight 1")), []),
    "a negative one above the top": (
        instance("priority 200", *track("eth1 weight 100", "eth2 weight -40", "eth3 weight -47")),
        ["LVS251 warning/latent 7:9-13"],
    ),
    "at the bottom": (instance("priority 1", *track("eth1 weight -20")), ["LVS251 warning/latent 6:9-13"]),
    "just above the bottom": (instance("priority 2", *track("eth1 weight -20")), []),
    "by default": (instance(*track("eth1 weight 100", "eth2 weight 154")), ["LVS251 warning/latent 5:9-13"]),
    "no weight at all": (instance("priority 254", *track("eth1")), []),
    "own interface, beyond the top": (
        instance("priority 200", *track("eth0 weight 60", "eth2 weight 54")),
        ["LVS246 warning/none 6:9-13 +2:15-19"],
    ),
    "reversed": (instance("priority 254", *track("eth1 weight 10 reverse")), []),
    "with a file": (FILE_2 + instance("priority 254", *track("eth1 weight 10"), *track("it", kind="file")), []),
    "with a file of weight 0": (
        FILE_0 + instance("priority 254", *track("eth1 weight 10"), *track("it", kind="file")),
        ["LVS251 warning/latent 10:9-13"],
    ),
    "in a group": (
        instance("priority 254", *track("eth1 weight 10")) + second(P) + group("sync_group_tracking_weight"),
        [],
    ),
    "unknown priority": (instance("priority 300", *track("eth1 weight 10", "eth2 weight 253")), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text) if finding.code in OURS] == expected


@pytest.mark.parametrize(("target", "expected"), [("2.0.20", 0), ("2.1", 1), ("2.2.7", 1)])
def test_the_own_interface_counted_once(target: str, expected: int, findings: Findings) -> None:
    codes = [found.code for found in findings(instance(P, *track("eth0")), target=target)]
    assert codes.count("LVS246") == expected


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("eth1", "eth1"), "ignores this line and goes"),
        (("eth1 weight 5", "eth1"), "with another weight, and"),
        (("eth1 weight 5 reverse", "eth1 weight 5"), "with another weight, and"),
    ],
)
def test_a_second_line_with_another_weight(lines: tuple[str, ...], said: str, findings: Findings) -> None:
    [message] = [found.message for found in findings(instance(P, *track(*lines))) if found.code == "LVS247"]
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SCRIPT_20 + instance(P, *track("it", kind="script")), "drops the whole tracker"),
        (BFD_10 + instance(P, *track("it", kind="bfd")), "drops the whole tracker"),
        (instance(P, *track("eth1 weight 5")), "lowers the priority of this member alone"),
        (FILE + instance(P, *track("it", kind="file")), "sets the weight to 0"),
        (FILE_2 + instance(P, *track("it", kind="file")), "drops the whole tracker"),
    ],
)
def test_what_becomes_of_a_member_s_tracker(text: str, said: str, findings: Findings) -> None:
    [message] = [found.message for found in findings(text + second(P) + group()) if found.code == "LVS249"]
    assert said in message


def test_what_the_sums_are(findings: Findings) -> None:
    [found] = [
        f for f in findings(instance("priority 254", *track("eth1 weight 10", "eth2 weight -20"))) if f.code == "LVS251"
    ]
    assert "adds up to 264, without `eth1` to 254" in found.message


def test_a_bridge_and_the_loopback_have_reasons_of_their_own(findings: Findings) -> None:
    bridge, loopback = [f.message for f in findings(instance(P, *track("br0", "lo"))) if f.code == "LVS250"]
    assert "looks like a bridge" in bridge
    assert "is the loopback" in loopback
