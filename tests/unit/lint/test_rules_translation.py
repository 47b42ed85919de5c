"""56x and 57x: translated addresses, and dumps that do not load."""

from __future__ import annotations

import pytest
from filtered import KNOWN, REJECT, dump, found, host, ifcfg, instance, nat
from places import Findings
from test_rules_traffic import TRACKED, VIP, farm

CODES = ("LVS568", "LVS570", "LVS571", "LVS573", "LVS574")
REDIRECT = f"-A PREROUTING -d {VIP} -j REDIRECT"
INSIDE = "-A POSTROUTING -o eth1 -j MASQUERADE"
SIDES = {"eth0": ifcfg("eth0", "192.0.2.1"), "eth1": ifcfg("eth1", "198.51.100.9")}
OUTSIDE = "#!/bin/sh\nip route add default via 203.0.113.1 dev eth2\n"


def between(conf: str = "", *rules: str, **more: str) -> dict[str, str]:
    """A director between the clients on eth0 and the servers on eth1."""
    return host(conf or farm(), nat(*(rules or (INSIDE,))), **(SIDES | more))


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    # LVS568
    "taken": (host(farm(), nat(REDIRECT)), ["LVS568 error/outage 5:1-40 +1:1-29"]),
    "taken for direct routing": (host(farm("DR"), nat(REDIRECT)), ["LVS568 error/outage 5:1-40 +1:1-29"]),
    "another address is taken": (host(farm(), nat(REDIRECT.replace(VIP, "192.0.2.99"))), []),
    "taken from some": (host(farm(), nat(REDIRECT + " -s 203.0.113.1")), []),
    "taken on one side": (host(farm(), nat(REDIRECT + " -i eth1")), []),
    "sent to another host": (
        host(farm(), nat(f"-A PREROUTING -d {VIP} -j DNAT --to-destination 203.0.113.9")),
        ["LVS568 error/outage 5:1-65 +1:1-29"],
    ),
    "sent to another service": (
        host(farm() + farm(vip="192.0.2.20 80"), nat(f"-A PREROUTING -d {VIP} -j DNAT --to-destination 192.0.2.20")),
        [],
    ),
    "sent to another service of all ports": (
        host(farm() + farm(vip="192.0.2.20 0", rip="198.51.100.1 0").replace("lb_algo", "persistence_timeout 9\nlb_algo"),
             nat(f"-A PREROUTING -d {VIP} -j DNAT --to-destination 192.0.2.20")),
        [],
    ),
    "sent to another port": (
        host(farm() + farm(vip="192.0.2.20 81"), nat(f"-A PREROUTING -d {VIP} -j DNAT --to-destination 192.0.2.20")),
        ["LVS568 error/outage 5:1-64 +1:1-29"],
    ),
    "redirected to itself": (host(farm(), nat(REDIRECT), local=f"#!/bin/sh\nip addr add {VIP}/24 dev eth0\n"), []),
    "redirected to the first address": (
        host(farm(), nat(REDIRECT), local=f"#!/bin/sh\nip addr add 192.0.2.1/24 dev eth0\nip addr add {VIP}/24 dev eth0\n"),
        ["LVS568 error/outage 5:1-40 +1:1-29"],
    ),
    "perhaps marked before": (
        host(
            farm(),
            "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -s 203.0.113.1 -j MARK --set-mark 1\nCOMMIT\n"
            + nat(REDIRECT + " -m mark --mark 0"),
        ),
        [],
    ),
    "refused before": (host(farm(), "*raw\n:PREROUTING DROP\nCOMMIT\n" + nat(REDIRECT)), []),
    "on a real server": (host("", nat(REDIRECT)), []),
    "a table of which not all is known": (
        {"etc/keepalived/keepalived.conf": farm(), "session.log": f"[root@lvs1 ~]# iptables -t nat {REDIRECT}\n"},
        [],
    ),
    # LVS570
    "inside": (between(), ["LVS570 warning/none 5:1-37 +1:1-29"]),
    "inside, by address": (between("", INSIDE.replace("MASQUERADE", "SNAT --to-source 198.51.100.9")),
                           ["LVS570 warning/none 5:1-56 +1:1-29"]),
    "outside": (between("", INSIDE.replace("eth1", "eth0")), []),
    "both": (between("", INSIDE, INSIDE.replace("eth1", "eth0")), ["LVS570 info/none 5:1-37 +1:1-29"]),
    "the balanced": (between("", INSIDE + " -m ipvs --ipvs"), []),
    "what the servers send": (between("", INSIDE + " -s 198.51.100.0/24"), []),
    "all, to somewhere": (between("", INSIDE + " -d 203.0.113.0/24"), []),
    "direct routing": (between(farm("DR")), []),
    "servers of a network that is not known": (between(farm(rip="203.0.113.1 80")), []),
    "clients of a network that is not known": (between(farm(vip="203.0.113.1 80")), []),
    "clients of a network that is not known, behind a default route": (
        between(farm(vip="203.0.113.9 80"), local=OUTSIDE),
        ["LVS570 warning/none 5:1-37 +1:1-30"],
    ),
    "one network": (between(farm(vip="198.51.100.80 80")), []),
    "one network, by a default route": (between(local=OUTSIDE.replace("eth2", "eth1")), []),
    "by the addresses of an instance": (
        host(
            instance(interface="eth1", vip=f"{VIP}/24 dev eth0\n198.51.100.9/24") + farm(),
            nat(INSIDE),
        ),
        ["LVS570 warning/none 5:1-37 +10:1-29"],
    ),
    "by an address of an instance without a network": (
        host(instance(interface="eth1", vip=f"{VIP}/24 dev eth0\n198.51.100.9") + farm(), nat(INSIDE)),
        [],
    ),
    "all, for some time": (between("", INSIDE + " -m limit --limit 5/s"), []),
    "everywhere, to servers of a network that is not known": (
        between(farm(rip="203.0.113.1 80"), INSIDE.replace("-o eth1 ", "")),
        [],
    ),
    "clients behind a gateway that is on no known interface": (
        between(farm(vip="203.0.113.9 80"), local="#!/bin/sh\nip route add default via 10.9.9.9\n"),
        [],
    ),
    "an instance without an interface": (
        host(instance().replace("interface eth0\n", "") + farm(), nat(INSIDE), **SIDES),
        ["LVS570 warning/none 5:1-37 +8:1-29"],
    ),
    "accepted before": (between("", "-A POSTROUTING -d 198.51.100.0/24 -j ACCEPT", INSIDE), []),
    # LVS573
    "no end": (host("", dump(REJECT).removesuffix("COMMIT\n")), ["LVS573 error/latent 5:1-54"]),
    "an end": (host("", dump(REJECT)), []),
    "a typing error": (host("", dump(KNOWN.replace("--state", "--stade"), REJECT)), ["LVS573 error/latent 5:1-56"]),
    "two errors": (
        host("", dump("-A INPTU -j DROP", "-A INPTU -j DROP")),
        ["LVS573 error/latent 5:1-17"],
    ),
    "two dumps": (
        host("", dump("-A INPTU -j DROP"), filter6=dump("-A INPTU -j DROP")),
        ["LVS573 error/latent 5:1-17", "LVS573 error/latent 5:1-17"],
    ),
    "a host that only the machine knows": (host("", dump("-A INPUT -s client.example -j DROP")), []),
    "a protocol that only the machine knows": (host("", dump("-A INPUT -p carp -j DROP")), []),
    "a command's error": (host("", local="#!/bin/sh\niptables -A INPTU -j DROP\n"), []),
    # LVS574
    "a match of old": (
        host("", dump("-A INPUT -m psd -j DROP", "-A INPUT -j TARPIT")),
        ["LVS574 info/latent 5:1-24"],
    ),
    "a target of old": (host("", dump("-A INPUT -j ULOG2")), ["LVS573 error/latent 5:1-18"]),
    "a negation of old": (host("", dump("-A INPUT -s ! 192.0.2.1 -j DROP")), ["LVS574 info/latent 5:1-32"]),
    "a command of old": (host("", local="#!/bin/sh\niptables -A INPUT -s ! 192.0.2.1 -j DROP\n"), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_finds(case: str, findings: Findings) -> None:
    files, wanted = CASES[case]
    assert found(findings, CODES, lvs1=files) == wanted


MASQUERADE = nat("-A POSTROUTING -o eth0 -j MASQUERADE")


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (host(instance(), MASQUERADE), host(instance(), dump(REJECT)), ["lvs1 LVS571 warning/latent 5:1-37"]),
        (host(instance(), dump(REJECT)), host(instance(), MASQUERADE), ["lvs1 LVS571 warning/latent 5:1-37"]),
        (host(instance(), MASQUERADE), host(instance(), MASQUERADE), []),
        (host(instance(), MASQUERADE), host(instance()), []),
        (host(instance(), MASQUERADE), host(instance(), filter6=dump("-A INPUT -j DROP")), []),
        (host(instance(), nat("-A POSTROUTING -s client.example -j MASQUERADE")), host(instance(), dump(REJECT)), []),
        (host(instance(), nat("-A POSTROUTING -s 192.0.2.1")), host(instance(), dump(REJECT)), []),
        (host(instance(), nat("-A PREROUTING -j ACCEPT")), host(instance(), dump(REJECT)), []),
        (
            host(instance(), MASQUERADE),
            host(instance()) | {"session.log": "[root@lvs2 ~]# iptables -A INPUT -j DROP\n"},
            [],
        ),
    ],
)
def test_pairs(a: dict[str, str], b: dict[str, str], wanted: list[str], findings: Findings) -> None:
    assert found(findings, ("LVS571",), lvs1=a, lvs2=b) == wanted


@pytest.mark.parametrize(
    ("files", "message", "help"),
    [
        (
            between(sysctl=TRACKED),
            "this translates what goes out by eth1, and there are the real servers: they see every client with the address of this "
            "host",
            "name the outside interface: `-o eth0`",
        ),
        (
            between(local=OUTSIDE),
            "this translates what goes out by eth1, and there are the real servers: what they send to the outside leaves with their "
            "own addresses, and with net.ipv4.vs.conntrack=1 they would see every client with the address of this host",
            "name the outside interface: `-o eth2`",
        ),
        (
            host("", dump(REJECT).removesuffix("COMMIT\n")),
            "iptables-restore stops here (COMMIT expected at line 6): nothing of the table filter is loaded",
            "end each table with a line `COMMIT`",
        ),
        (
            host("", "-A INPUT -j DROP\n" + dump()),
            "iptables-restore stops here (line 1 failed): the rest is not loaded",
            "mend or remove the line",
        ),
        (
            host("", filter6=dump("-A INPTU -j DROP")),
            "ip6tables-restore stops here (line 5 failed: No chain/target/match by that name.): nothing of the table filter is loaded",
            "mend or remove the line",
        ),
        (
            host("", dump("-A INPUT -j TARPIT")),
            "iptables itself has no target `TARPIT`, or not with these options: iptables-restore of today stops at it, and loads nothing "
            "of the table",
            "rewrite it before this host is moved to a newer system",
        ),
        (
            host("", dump("-A INPUT -s ! 192.0.2.1 -j DROP")),
            "this rule is written as old iptables did: iptables-restore of today stops at it, and loads nothing of the table",
            "rewrite it before this host is moved to a newer system",
        ),
        (
            host("", dump("-A INPUT -m psd -j DROP", "-A INPUT -m psd -j DROP")),
            "iptables itself has no match `psd`, or not with these options (and 1 more rules here): iptables-restore of today stops at "
            "it, and loads nothing of the table",
            "rewrite it before this host is moved to a newer system",
        ),
    ],
)  # fmt: skip
def test_words(files: dict[str, str], message: str, help: str, findings: Findings) -> None:
    [each] = [each for each in findings(lvs1=files) if each.code in CODES]
    assert (each.message, each.help) == (message, help)
