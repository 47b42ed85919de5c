"""55x: marks, policy rules and routing tables."""

from __future__ import annotations

import json

import pytest
from filtered import found, host, instance, mangle
from places import Findings
from test_rules_traffic import VIP, farm

CODES = ("LVS55",)
MARK = f"iptables -t mangle -A PREROUTING -d {VIP} -j MARK --set-mark 1"
RULE = "ip rule add prio 100 fwmark 1 table 100"
ROUTE = "ip route add local 0/0 dev lo table 100"
OTHER = "ip rule add from 203.0.113.9 table main"
DEFAULT = "ip route add default via 192.0.2.254 dev eth0"
SET = f"-A PREROUTING -d {VIP} -j MARK --set-mark 1"
MARKED = farm(vip="fwmark 1").replace("protocol TCP\n", "")


def script(*commands: str) -> str:
    """A boot script; its first command stands in line 2."""
    return "\n".join(("#!/bin/sh", *commands, ""))


def local(*commands: str, conf: str = "", filter4: str = "", **more: str) -> dict[str, str]:
    """A director with a service by direct routing, and a boot script."""
    return host(conf or farm("DR"), filter4, local=script(*commands), **more)


STATIC = "static_rules {\n%s\n}\nstatic_routes {\n%s\n}\n"

CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "the recipe": (local(MARK, RULE, ROUTE), []),
    "the recipe with a mask": (
        local(MARK.replace("-mark 1", "-xmark 0x1/0x1"), RULE.replace("fwmark 1", "fwmark 1/1"), ROUTE),
        [],
    ),
    "the recipe by keepalived": (
        local(MARK, conf=STATIC % ("fwmark 1 lookup 100 preference 100", "local 0.0.0.0/0 dev lo table 100") + farm("DR"), sysctl=""),
        [],
    ),
    # LVS550
    "for nobody": (local(MARK, OTHER), ["LVS550 warning/none 2:10-68"]),
    "for nobody, rules are not told": (local(MARK), []),
    "for a rule of another mark": (
        local(MARK, RULE.replace("fwmark 1", "fwmark 2"), ROUTE),
        ["LVS550 warning/none 2:10-68 +3:4-40", "LVS552 warning/outage 3:4-40 +2:10-68"],
    ),
    "for a rule of some bits": (local(MARK.replace("-mark 1", "-mark 5"), RULE.replace("fwmark 1", "fwmark 1/1"), ROUTE), []),
    "for a service": (local(MARK, OTHER, conf=MARKED), []),
    "for a service of another mark": (
        local(MARK, OTHER, conf=farm() + MARKED.replace("fwmark 1", "fwmark 2")),
        ["LVS554 warning/outage 8:1-24 +2:10-68"],
    ),
    "for a service beside another one": (
        local(MARK, MARK.replace("-mark 1", "-mark 2").replace(VIP, "192.0.2.99"), OTHER, conf=farm() + MARKED.replace("fwmark 1", "fwmark 2")),
        ["LVS550 warning/none 2:10-68"],
    ),
    "for another rule": (local(MARK, "iptables -A INPUT -m mark --mark 1 -j ACCEPT", OTHER), []),
    "for another rule about another mark": (
        local(MARK, "iptables -A INPUT -m mark --mark 2 -j ACCEPT", OTHER),
        ["LVS550 warning/none 2:10-68"],
    ),
    "for the connection": (local(MARK, "iptables -t mangle -A PREROUTING -j CONNMARK --save-mark", OTHER), []),
    "for traffic control": (local(MARK, OTHER, "tc filter add dev eth0 protocol ip handle 1 fw flowid 1:1"), []),
    "for a service, beside one by address": (local(MARK, OTHER, conf=farm() + MARKED), []),
    "for a service of another family": (
        local(MARK, OTHER, conf=farm() + MARKED.replace("198.51.100.1", "2001:db8::1")),
        ["LVS550 warning/none 2:10-68"],
    ),
    "for a rule of another family": (local(MARK, OTHER, "ip -6 rule add fwmark 1 table main"), ["LVS550 warning/none 2:10-68 +4:4-35"]),
    "of everything, beside another service": (
        local(MARK.replace(f"-d {VIP} ", ""), MARK.replace("-mark 1", "-mark 2").replace(VIP, "192.0.2.99"), OTHER,
              conf=farm() + MARKED.replace("fwmark 1", "fwmark 2")),
        [],
    ),
    "for another program": (local(MARK, OTHER, "nft add rule ip filter input meta mark 1 accept"), []),
    "a mark that another program sets": (
        local("iptables -A INPUT -j ACCEPT", RULE, ROUTE, "nft add rule ip raw prerouting meta mark set 1"),
        [],
    ),
    "a service whose mark another program sets": (
        host(MARKED, mangle(), local=script("nft add rule ip raw prerouting meta mark set 1")),
        [],
    ),
    "of no service": (local(MARK.replace(VIP, "192.0.2.99"), OTHER), []),
    "of all but a service": (local(MARK.replace("-d", "! -d"), OTHER), []),
    "of everything": (local(MARK.replace(f"-d {VIP} ", ""), OTHER), []),
    "of no mark": (local(MARK.replace("-mark 1", "-mark 0"), OTHER), []),
    "of a real server": (host("", local=script(MARK, OTHER, f"ip addr add {VIP}/32 dev lo")), []),
    "in what an include may hold": (
        local(MARK, OTHER, conf="include lost.conf\n" + farm("DR")),
        [],
    ),
    # LVS551
    "an empty table": (local(MARK, RULE, DEFAULT), ["LVS551 warning/latent 3:4-40"]),
    "an empty table, routes are not told": (local(MARK, RULE), []),
    "an empty table, in what an include may hold": (local(MARK, RULE, DEFAULT, conf="include lost.conf\n" + farm("DR")), []),
    "keepalived's rule without a table": (local(DEFAULT, conf=STATIC % ("from 203.0.113.9 preference 9", "") + farm("DR")), []),
    "a table of another number": (
        local(MARK, RULE, ROUTE.replace("100", "101")),
        ["LVS551 warning/latent 3:4-40 +4:4-40", "LVS557 warning/outage 4:4-40"],
    ),
    "a table that keepalived fills": (
        local(MARK, RULE, DEFAULT, conf=STATIC % ("", "local 0.0.0.0/0 dev lo table 100") + farm("DR")),
        [],
    ),
    "a table of another family": (
        local(MARK, RULE, "ip -6 route add local ::/0 dev lo table 100"),
        ["LVS551 warning/latent 3:4-40", "LVS557 warning/outage 4:4-44"],
    ),
    "the main table": (local(OTHER, DEFAULT), []),
    # LVS552
    "a mark that nobody sets": (
        local("iptables -t mangle -A PREROUTING -j ACCEPT", RULE, ROUTE),
        ["LVS552 warning/outage 3:4-40"],
    ),
    "a mark that nobody sets, filters are not told": (local(RULE, ROUTE), []),
    "a mark that nobody sets, for something else": (
        local("iptables -A INPUT -j ACCEPT", RULE, "ip route add default via 192.0.2.254 dev eth0 table 100"),
        [],
    ),
    "a mark that is restored": (
        local("iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark", RULE, ROUTE),
        [],
    ),
    "a mark that a mask makes": (local("iptables -t mangle -A PREROUTING -j MARK --set-xmark 4/4", RULE, ROUTE), []),
    "a rule without a mark": (local("iptables -A INPUT -j ACCEPT", "ip rule add from 203.0.113.9 table 100", ROUTE), []),
    "a rule that cannot be read": (local(RULE, ROUTE, filter4=mangle(SET.replace(f"-d {VIP}", "-s client.example"))), []),
    # LVS554
    "a service without a mark": (host(MARKED, mangle("-A PREROUTING -j ACCEPT")), ["LVS554 warning/outage 1:1-24"]),
    "a service with a mark": (host(MARKED, mangle(SET)), []),
    "a service with a mark of a mask": (host(MARKED, mangle(SET.replace("-mark 1", "-xmark 4/4"))), []),
    "a service without a mark, filters are not told": (host(MARKED, sysctl="net.ipv4.ip_forward = 0\n"), []),
    "a service without a mark, restored": (host(MARKED, mangle("-A PREROUTING -j CONNMARK --restore-mark")), []),
    "a service without a mark, perhaps": (
        {"etc/keepalived/keepalived.conf": MARKED, "session.log": "[root@lvs1 ~]# iptables -A INPUT -j DROP\n"},
        [],
    ),
    # LVS555
    "too late": (
        host(MARKED, mangle(SET.replace("PREROUTING", "FORWARD"))),
        ["LVS555 error/outage 7:1-46 +1:1-24"],
    ),
    "just in time": (host(MARKED, mangle(SET.replace("PREROUTING", "INPUT"))), []),
    "too late for the routing": (
        local(MARK.replace("PREROUTING", "INPUT"), RULE, ROUTE),
        ["LVS555 error/outage 2:10-63 +3:4-40"],
    ),
    "in a chain of its own": (
        host(MARKED, mangle("-A PREROUTING -j M", SET.replace("PREROUTING", "M")).replace("*mangle\n", "*mangle\n:M - [0:0]\n")),
        [],
    ),
    "in a chain that nobody calls": (
        host(MARKED, mangle(SET.replace("PREROUTING", "M")).replace("*mangle\n", "*mangle\n:M - [0:0]\n")),
        ["LVS555 error/outage 8:1-40 +1:1-24"],
    ),
    "too late, but restored": (
        host(MARKED, mangle(SET.replace("PREROUTING", "FORWARD"), "-A PREROUTING -j CONNMARK --restore-mark")),
        [],
    ),
    "too late, and in time": (host(MARKED, mangle(SET.replace("PREROUTING", "FORWARD"), SET)), []),
    "too late for two": (
        host(MARKED + MARKED.replace("198.51.100.1", "198.51.100.2"), mangle(SET.replace("PREROUTING", "OUTPUT")),
             local=script(RULE, ROUTE)),
        ["LVS555 error/outage 7:1-45 +1:1-24"],
    ),
    "too late for a rule that delivers nothing": (
        local(MARK.replace("PREROUTING", "OUTPUT"), RULE, "ip route add default via 192.0.2.254 dev eth0 table 100"),
        [],
    ),
    # LVS556
    "TOS": (
        local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10"),
        ["LVS556 error/outage 5:10-51 +2:10-68"],
    ),
    "DSCP": (
        local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -p tcp -j DSCP --set-dscp 10"),
        ["LVS556 error/outage 5:10-58 +2:10-68"],
    ),
    "TOS of others": (local(MARK, RULE, ROUTE, f"iptables -t mangle -A OUTPUT ! -d {VIP} -j TOS --set-tos 0x10"), []),
    "TOS of what is perhaps forwarded": (local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -o eth0 -j TOS --set-tos 0x10"), []),
    "TOS elsewhere": (local(MARK, RULE, ROUTE, "iptables -t mangle -A POSTROUTING -j TOS --set-tos 0x10"), []),
    "TOS of what is translated": (local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10", conf=farm()), []),
    "TOS without a mark": (local(RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10"), ["LVS552 warning/outage 2:4-40"]),
    "TOS without a rule": (local(MARK, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10"), []),
    "TOS for another service": (
        local(MARK.replace(VIP, "192.0.2.99"), RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10"),
        [],
    ),
    "TOS by rules that cannot be read, or do nothing": (
        local(RULE, ROUTE, filter4=mangle(SET, "-A OUTPUT -p tcp", "-A OUTPUT -s client.example -j TOS --set-tos 0x10")),
        [],
    ),
    "TOS for a firewall mark service": (
        local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10", conf=MARKED.replace("NAT", "DR")),
        [],
    ),
    "another change": (local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TTL --ttl-set 64"), []),
    # LVS557
    "everything is local": (local("ip route add local 0/0 dev lo"), ["LVS557 error/outage 2:4-30"]),
    "everything is local in the main table": (local("ip route add local 0/0 dev lo table main"), ["LVS557 error/outage 2:4-41"]),
    "everything is local for all": (
        local("ip rule add prio 100 table 100", ROUTE),
        ["LVS557 error/outage 3:4-40"],
    ),
    "everything is local for nobody": (local(ROUTE, OTHER), ["LVS557 warning/outage 2:4-40"]),
    "everything is local for nobody, rules are not told": (local(ROUTE), []),
    "everything is local for some": (local(ROUTE, "ip rule add to 192.0.2.10 table 100"), []),
    "one address is local": (local(f"ip route add local {VIP} dev lo"), []),
    "everything is local, by keepalived's rule": (local(ROUTE, OTHER, conf=STATIC % ("fwmark 1 lookup 100", "") + farm("DR")), []),
    "everything is local, in what an include may hold": (local(ROUTE, OTHER, conf="include lost.conf\n" + farm("DR")), []),
    # LVS558
    "behind the main table": (
        local(MARK, RULE.replace("prio 100", "prio 40000"), ROUTE, DEFAULT),
        ["LVS558 warning/outage 3:4-42"],
    ),
    "behind the main table without a default route": (local(MARK, RULE.replace("prio 100", "prio 40000"), ROUTE), []),
    "behind the main table, of another family": (
        local(MARK, RULE.replace("prio 100", "prio 40000"), ROUTE, "ip -6 route add default via 2001:db8::1 dev eth0"),
        [],
    ),
    "just before the main table": (local(MARK, RULE.replace("prio 100", "prio 32765"), ROUTE, DEFAULT), []),
    "beside the main table": (local(MARK, RULE.replace("prio 100", "prio 32766"), ROUTE, DEFAULT), []),
    "behind the main table with another route": (
        local(MARK, RULE.replace("prio 100", "prio 40000"), ROUTE, "ip route add 203.0.113.0/24 via 192.0.2.254 dev eth0"),
        [],
    ),
    "without a preference": (local(MARK, RULE.replace("prio 100 ", ""), ROUTE, DEFAULT), []),
    "behind it, for something else": (
        local(MARK, RULE, ROUTE, DEFAULT, "ip rule add prio 40000 fwmark 2 table 101", "ip route add 203.0.113.0/24 dev eth1 table 101"),
        [],
    ),
    "behind it, by address": (
        local(MARK, RULE, ROUTE, DEFAULT, "ip rule add prio 40000 from 203.0.113.1 table 100"),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_finds(case: str, findings: Findings) -> None:
    files, wanted = CASES[case]
    assert found(findings, CODES, lvs1=files) == wanted


BASE = instance() + farm("DR")
ACCEPT = "iptables -A INPUT -j ACCEPT"


@pytest.mark.parametrize(
    ("commands", "wanted", "told"),
    [
        ((MARK, RULE, ROUTE), "", ""),
        ((), "", ""),
        ((ACCEPT,), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no mark for it:"),
        ((OTHER,), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no rule for the mark:"),
        ((DEFAULT,), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no local route in the table:"),
        ((MARK,), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no rule for the mark and no local route in the table:"),
        ((RULE, ROUTE), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no mark for it:"),
        ((MARK, RULE), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no local route in the table:"),
        ((MARK, ROUTE), "LVS553 warning/latent 3:4-40 +2:10-68", "there is no rule for the mark:"),
        ((MARK.replace("-mark 1", "-mark 2"), RULE.replace("fwmark 1", "fwmark 2"), ROUTE), "", ""),
        (("nft add rule ip raw prerouting meta mark set 1", RULE, ROUTE), "", ""),
        (
            (MARK, "ip -6 rule add fwmark 1 table 100", ROUTE),
            "LVS553 warning/latent 3:4-40 +2:10-68",
            "there is no rule for the mark:",
        ),
        (
            (MARK, RULE.replace("table 100", "table 101"), ROUTE),
            "LVS553 warning/latent 3:4-40 +2:10-68",
            "there is no local route in the table:",
        ),
        (
            (MARK.replace("-mark 1", "-mark 2"), RULE, ROUTE),
            "LVS553 warning/latent 3:4-40 +2:10-68",
            "there is no rule for the mark:",
        ),
        (
            (MARK.replace(VIP, "192.0.2.99"), RULE, ROUTE),
            "LVS553 warning/latent 3:4-40 +2:10-68",
            "there is no mark for it:",
        ),
        (("iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark", RULE, ROUTE), "", ""),
        ((MARK, RULE.replace("table 100", "table 101"), ROUTE.replace("100", "101")), "", ""),
    ],
)  # fmt: skip
def test_the_peer_lacks_a_part(commands: tuple[str, ...], wanted: str, told: str, findings: Findings) -> None:
    here = local(MARK, RULE, ROUTE, conf=BASE)
    there = local(*commands, conf=BASE) if commands else host(BASE)
    every = [each for each in findings(lvs1=here, lvs2=there) if each.code == "LVS553" and told in each.message]
    assert found(findings, ("LVS553",), lvs1=here, lvs2=there) == ([f"lvs1 {wanted}"] if wanted else [])
    assert bool(every) == bool(wanted)


@pytest.mark.parametrize(
    "commands",
    [
        (MARK, RULE),
        (MARK.replace("PREROUTING", "INPUT"), RULE, ROUTE),
        (MARK.replace(f"-d {VIP} ", ""), RULE, ROUTE),
        (MARK.replace("-mark 1", "-mark 2"), RULE, ROUTE),
        (RULE, ROUTE),
        (MARK, ROUTE),
    ],
)
def test_what_is_no_recipe_is_not_compared(commands: tuple[str, ...], findings: Findings) -> None:
    hosts = {"lvs1": local(*commands, conf=BASE), "lvs2": local(OTHER, DEFAULT, ACCEPT, conf=BASE)}
    assert found(findings, ("LVS553",), **hosts) == []


def test_the_peer_fills_the_table_by_keepalived(findings: Findings) -> None:
    there = local(MARK, conf=STATIC % ("fwmark 1 lookup 100 preference 9", "local 0.0.0.0/0 dev lo table 100") + BASE)
    assert found(findings, ("LVS553",), lvs1=local(MARK, RULE, ROUTE, conf=BASE), lvs2=there) == []


FACTS = {
    "lvscompile_facts": 1,
    "hostname": "lvs1",
    "routes": [
        {"family": 4, "type": "unicast", "destination": "192.0.2.0/24", "table": "main", "hops": [{"device": "eth0"}]}
    ],
    "rules": [
        {"family": 4, "preference": 0, "action": "lookup", "table": "local"},
        {"family": 4, "preference": 100, "action": "lookup", "table": "100", "mark": "0x1"},
        {"family": 4, "preference": 32766, "action": "lookup", "table": "main"},
    ],
    "filters": {"iptables-save": ["*mangle", ":PREROUTING ACCEPT [0:0]", "COMMIT"]},
}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ["LVS551 error/latent", "LVS554 error/outage"]),
        (
            {
                "routes": [
                    {
                        "family": 4,
                        "type": "local",
                        "destination": "0.0.0.0/0",
                        "table": "101",
                        "hops": [{"device": "lo"}],
                    }
                ]
            },
            ["LVS551 error/latent", "LVS554 error/outage", "LVS557 error/outage"],
        ),
    ],
)
def test_what_is_told_in_full_is_certain(change: dict[str, object], wanted: list[str], findings: Findings) -> None:
    files = host(MARKED) | {"facts.json": json.dumps(FACTS | change, indent=1)}
    assert sorted(each.rpartition(" ")[0] if "+" not in each else " ".join(each.split()[:2])
                  for each in found(findings, CODES, lvs1=files)) == wanted  # fmt: skip


def test_a_peer_told_in_full_surely_lacks_it(findings: Findings) -> None:
    facts = FACTS | {"hostname": "lvs2", "rules": [], "routes": []}
    there = host(BASE) | {"facts.json": json.dumps(facts, indent=1)}
    [each] = found(findings, ("LVS553",), lvs1=local(MARK, RULE, ROUTE, conf=BASE), lvs2=there)
    assert each == "lvs1 LVS553 error/latent 3:4-40 +2:10-68"


def test_hosts_of_which_nothing_else_is_known(findings: Findings) -> None:
    alone = STATIC % ("fwmark 1 lookup 100 preference 9", "local 0.0.0.0/0 dev lo table 100") + BASE
    assert found(findings, ("LVS553",), lvs1={"keepalived.conf": alone}, lvs2=local(ACCEPT, conf=BASE)) == []


@pytest.mark.parametrize(
    ("files", "code", "message", "help"),
    [
        (
            local(MARK, OTHER),
            "LVS550",
            "this marks packets to 192.0.2.10 with 0x1, and nothing asks for that mark: no policy rule, no firewall mark service, no "
            "other rule",
            "for local delivery: `ip rule add fwmark 0x1 table 100`; else remove the rule",
        ),
        (
            local(MARK, RULE, DEFAULT),
            "LVS551",
            "this rule looks into table 100, and there is no route in it: the packets go on to the next rule as if this one were not "
            "there",
            "`ip route add local 0.0.0.0/0 dev lo table 100` for local delivery",
        ),
        (
            local("ip rule add from 203.0.113.9 table 100", DEFAULT),
            "LVS551",
            "this rule looks into table 100, and there is no route in it: the packets go on to the next rule as if this one were not "
            "there",
            "add its routes: `ip route add … table 100`",
        ),
        (
            local("ip -6 rule add fwmark 1 table 100", "ip -6 route add default via 2001:db8::1 dev eth0"),
            "LVS551",
            "this rule looks into table 100, and there is no route in it: the packets go on to the next rule as if this one were not "
            "there",
            "add its routes: `ip route add … table 100`",
        ),
        (
            host(MARKED, mangle(SET.replace("PREROUTING", "FORWARD"))),
            "LVS555",
            "the mark is set in FORWARD: when IPVS looks for it, no packet has it yet",
            "set it in mangle PREROUTING: `iptables -t mangle -A PREROUTING … -j MARK --set-mark 0x1`",
        ),
        (
            host(MARKED, mangle(SET.replace("PREROUTING", "M")).replace("*mangle\n", "*mangle\n:M - [0:0]\n")),
            "LVS555",
            "no packet comes to this chain: when IPVS looks for it, no packet has it yet",
            "set it in mangle PREROUTING: `iptables -t mangle -A PREROUTING … -j MARK --set-mark 0x1`",
        ),
        (
            local(MARK, RULE, ROUTE, "iptables -t mangle -A OUTPUT -j TOS --set-tos 0x10"),
            "LVS556",
            "`-A OUTPUT -j TOS --set-tos 0x10/0xff` changes the TOS of what IPVS forwards: the kernel then routes the packet again, by "
            "its mark, back to this host, and no real server gets it",
            "leave them out: `! -d VIP`, or take the mark away before it",
        ),
    ],
)  # fmt: skip
def test_words(files: dict[str, str], code: str, message: str, help: str, findings: Findings) -> None:
    [each] = [each for each in findings(lvs1=files) if each.code == code]
    assert (each.message, each.help) == (message, help)
