"""The rules about what a reboot loses, and about inputs that contradict each other."""

from __future__ import annotations

import json

import pytest
from places import Findings, instance, shown

from lvscompile.syntax.findings import Finding

MINE = {"LVS580", "LVS581", "LVS582", "LVS583", "LVS584", "LVS585", "LVS591", "LVS593", "LVS595"}
QUIET = "#!/bin/sh\ntouch /var/lock/subsys/local\n"
Files = dict[str, str]

SERVICE = ("ipvsadm -A -t 192.0.2.10:80 -s lc", "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1:80 -m")
DUMP = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 80 -j ACCEPT\nCOMMIT\n"
BALANCED = """virtual_server 192.0.2.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.1 80 {
        TCP_CHECK {
        }
    }
}
"""


def typed(*commands: str, rc: str = QUIET, **files: str) -> Files:
    """A host with a session on it. `rc` is its rc.local; the others are by path, `__` for a slash."""
    log = "".join(f"[root@lvs1 ~]# {command}\n" for command in commands)
    named = {name.replace("__", "/"): text for name, text in files.items()}
    return {"session.log": log, **({"etc/rc.d/rc.local": rc} if rc else {}), **named}


def mine(found: list[Finding]) -> list[str]:
    return [shown(finding) for finding in found if finding.code in MINE]


KEEPALIVED = "etc/keepalived/keepalived.conf"
HOSTS: dict[str, tuple[Files, list[str]]] = {
    # LVS580
    "a service": (typed(*SERVICE), ["LVS580 warning/latent 1:16-49"]),
    "a mark": (typed("ipvsadm -A -f 1 -s lc"), ["LVS580 warning/latent 1:16-37"]),
    "two services": (
        typed(SERVICE[0], "ipvsadm -A -u 192.0.2.11:53 -s rr"),
        ["LVS580 warning/latent 1:16-49 +2:16-49"],
    ),
    "a service, and nothing of the boot": (typed(*SERVICE, rc=""), []),
    "a service that is deleted": (typed(*SERVICE, "ipvsadm -D -t 192.0.2.10:80"), []),
    "a service that is saved": (typed(*SERVICE, "ipvsadm -Sn > /etc/sysconfig/ipvsadm"), []),
    "a service that the service saves": (typed(*SERVICE, "service ipvsadm save"), []),
    "a service in rc.local": (typed(*SERVICE, rc="\n".join(("#!/bin/sh", *SERVICE, ""))), []),
    "a service by variable": (typed(*SERVICE, rc="#!/bin/sh\nVIP=192.0.2.10\n"), []),
    "a longer address in rc.local": (typed(*SERVICE, rc="#!/bin/sh\nping -c 1 192.0.2.101\n"), ["LVS580 warning/latent 1:16-49"]),
    "a service in a saved table": (typed(*SERVICE, etc__sysconfig__ipvsadm="-A -t 192.0.2.10:80 -s lc\n"),
                                   ["LVS580 warning/latent 2:16-65"]),
    "a real server in a saved table": (
        typed(*SERVICE, etc__sysconfig__ipvsadm="-A -t 192.0.2.10:80 -s lc\n-a -t 192.0.2.10:80 -r 198.51.100.1:80 -m\n"), []),
    "a service of keepalived": (typed(*SERVICE, **{KEEPALIVED: BALANCED}), []),
    "another service than keepalived's": (
        typed(SERVICE[0].replace("80", "81"), **{KEEPALIVED: BALANCED}),
        ["LVS580 warning/latent 1:16-49"],
    ),
    "a service, and an include is missing": (typed(*SERVICE, **{KEEPALIVED: "include none.conf\n" + instance()}), []),
    "a service, and rc.local runs something": (typed(*SERVICE, rc="#!/bin/sh\n/usr/local/sbin/lvs start\n"), []),
    "a service, and rc.local sources something": (typed(*SERVICE, rc="#!/bin/sh\n. lvs.sh\n"), []),
    "a service, and a manager": (typed(*SERVICE, "service ldirectord start"), []),
    "a service, and a manager is stopped": (typed(*SERVICE, "service heartbeat stop"), ["LVS580 warning/latent 1:16-49"]),
    "a script of unknown use": ({"etc/rc.d/rc.local": QUIET, "lvs.sh": "\n".join(("#!/bin/sh", *SERVICE, ""))}, []),
    "a service, and rc.local has a word that only it knows": (typed(*SERVICE, rc="#!/bin/sh\nip addr add $1 dev eth0\n"), []),
    # LVS581
    "an address": (typed("ip addr add 192.0.2.10/24 dev eth1"), ["LVS581 warning/latent 1:16-50"]),
    "an address in ifcfg": (
        typed(
            "ip addr add 192.0.2.10/24 dev eth1",
            **{"etc/sysconfig/network-scripts/ifcfg-eth1": "DEVICE=eth1\nIPADDR=192.0.2.10\nNETMASK=255.255.255.0\n"},
        ),
        [],
    ),
    "an address of an instance": (typed("ip addr add 192.0.2.10/24 dev eth0", **{KEEPALIVED: instance()}), []),
    "an excluded address": (
        typed("ip addr add 192.0.2.77/24 dev eth0", **{KEEPALIVED: instance("virtual_ipaddress_excluded {", "192.0.2.77/24", "}")}),
        [],
    ),
    "a static address of keepalived": (
        typed("ip addr add 192.0.2.77/24 dev eth0", **{KEEPALIVED: "static_ipaddress {\n192.0.2.77/24 dev eth0\n}\n" + instance()}),
        [],
    ),
    "an address that is a route's destination": (
        typed("ip addr add 203.0.113.7/24 dev eth0", **{KEEPALIVED: "static_routes {\n203.0.113.7/32 via 192.0.2.1\n}\n" + instance()}),
        ["LVS581 warning/latent 1:16-51"],
    ),
    "an address in the filter alone": (
        typed(
            "ip addr add 192.0.2.10/24 dev eth1",
            etc__sysconfig__iptables=DUMP.replace("-p tcp", "-d 192.0.2.10/32 -p tcp"),
        ),
        ["LVS581 warning/latent 1:16-50"],
    ),
    # LVS582
    "a rule": (typed("iptables -A INPUT -p vrrp -j ACCEPT"), ["LVS582 warning/latent 1:16-51"]),
    "a rule that is saved": (typed("iptables -A INPUT -p vrrp -j ACCEPT", "service iptables save"), []),
    "a rule saved for the other family": (
        typed("iptables -A INPUT -p vrrp -j ACCEPT", "ip6tables-save > /etc/sysconfig/ip6tables"),
        ["LVS582 warning/latent 1:16-51"],
    ),
    "a rule in the dump": (typed("iptables -A INPUT -p tcp --dport 80 -j ACCEPT", etc__sysconfig__iptables=DUMP), []),
    "a rule beside the dump": (
        typed("iptables -I INPUT -p vrrp -j ACCEPT", etc__sysconfig__iptables=DUMP),
        ["LVS582 warning/latent 1:16-51"],
    ),
    "a rule in rc.local": (
        typed(
            "iptables -A INPUT -p tcp --dport 81 -j ACCEPT",
            rc="#!/bin/sh\nP=81\niptables -A INPUT -p tcp --dport $P -j ACCEPT\niptables -F\n",
        ),
        [],
    ),
    "a rule of another table in rc.local": (
        typed("iptables -A OUTPUT -j ACCEPT", rc="#!/bin/sh\niptables -t nat -A OUTPUT -j ACCEPT\niptables -t nat -F\n"),
        ["LVS582 warning/latent 1:16-44"],
    ),
    # LVS583
    "a rule and a route": (
        typed("ip rule add prio 100 fwmark 1 table 100", "ip route add local 0/0 dev lo table 100"),
        ["LVS583 warning/latent 2:16-55 +1:16-55"],
    ),
    "both in rc.local": (
        typed(
            "ip rule add prio 100 fwmark 1 table 100",
            "ip route add local 0/0 dev lo table 100",
            rc="#!/bin/sh\nip rule add prio 100 fwmark 1 table 100\nip route add local 0/0 dev lo table 100\n",
        ),
        [],
    ),
    "a route by keepalived": (
        typed(
            "ip route add 203.0.113.0/24 via 192.0.2.1",
            "ip addr add 192.0.2.2/24 dev eth0",
            rc="#!/bin/sh\nip addr add 192.0.2.2/24 dev eth0\n",
            **{KEEPALIVED: "static_routes {\n203.0.113.0/24 via 192.0.2.1\n}\n" + instance()},
        ),
        [],
    ),
    "a rule by table": (typed("ip rule add from 192.0.2.0/24 table 7"), ["LVS583 warning/latent 1:16-53"]),
    "a rule by table in a file": (
        typed("ip rule add from 192.0.2.0/24 table 7", **{"etc/sysconfig/network-scripts/rule-eth0": "from 192.0.2.0/24 table 7\n"}),
        [],
    ),
    # LVS585
    "two values in two files": (
        {"etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n", "etc/sysctl.d/10-lvs.conf": "net.ipv4.vs.conntrack = 0\n"},
        ["LVS585 info/none 1:1-26 +1:1-26"],
    ),
    "two values in one file": (
        {"etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n\nnet.ipv4.vs.conntrack = 0\n"},
        ["LVS585 info/none 3:1-26 +1:1-26"],
    ),
    "two values in rc.local": (
        {"etc/rc.local": "#!/bin/sh\nsysctl -w net.ipv4.vs.conntrack=1\nsysctl -w net.ipv4.vs.conntrack=0\n"},
        ["LVS585 info/none 3:1-34 +2:1-34"],
    ),
    "the same value twice": ({"etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\nnet.ipv4.vs.conntrack=1\n"}, []),
    "a default of the distribution": (
        {"etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n", "usr/lib/sysctl.d/50.conf": "net.ipv4.vs.conntrack = 0\n"},
        [],
    ),
    "two values, and the distribution has others": (
        {
            "usr/lib/sysctl.d/50.conf": "net.ipv4.vs.nat_icmp_send = 1\n",
            "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\nnet.ipv4.vs.conntrack = 0\n",
        },
        ["LVS585 info/none 2:1-26 +1:1-26"],
    ),
    "a dump without rules": (
        {"etc/sysconfig/iptables": DUMP, "etc/iptables/rules.v4": "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"},
        [],
    ),
    "another value in rc.local": (
        {
            "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n",
            "etc/rc.local": "#!/bin/sh\necho 0 > /proc/sys/net/ipv4/vs/conntrack\n",
        },
        ["LVS585 warning/latent 2:1-7 +1:1-26"],
    ),
    # LVS591
    "a module": (typed("modprobe ip_vs_ftp"), ["LVS591 warning/latent 1:16-34"]),
    "a module that comes by itself": (typed("modprobe ip_vs_rr"), []),
    "a module that is unloaded": (typed("modprobe -r ip_vs_ftp"), []),
    "a module in a file": (typed("modprobe ip_vs_ftp", **{"etc/modules-load.d/lvs.conf": "ip-vs-ftp\n"}), []),
    # LVS595
    "a setting": (typed("sysctl -w net.ipv4.vs.conntrack=1"), ["LVS595 warning/latent 1:16-49"]),
    "two settings by one command": (
        typed("sysctl -w net.ipv4.vs.conntrack=1 net.ipv4.vs.nat_icmp_send=1"),
        ["LVS595 warning/latent 1:16-77"],
    ),
    "a setting in a file": (
        typed("sysctl -w net.ipv4.vs.conntrack=1", **{"etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n"}),
        [],
    ),
    "another value in a file": (
        typed("sysctl -w net.ipv4.vs.conntrack=1", **{"etc/sysctl.conf": "net.ipv4.vs.conntrack = 0\n"}),
        ["LVS595 warning/latent 1:16-49"],
    ),
    "a setting by pattern": (
        typed("sysctl -w net.ipv4.conf.eth0.rp_filter=0", **{"etc/sysctl.conf": "net.ipv4.conf.*.rp_filter = 0\n"}),
        [],
    ),
    "a setting in a loop": (
        typed("sysctl -w net.ipv4.conf.eth0.rp_filter=0", rc="#!/bin/sh\nfor f in `ls /proc`; do echo 0 > $f/rp_filter; done\n"),
        [],
    ),
    "forwarding has rules of its own": (typed("sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv4.conf.eth0.forwarding=1"), []),
    "a setting of something else": (typed("sysctl -w kernel.panic=1"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTS)
def test_one_host(name: str, findings: Findings) -> None:
    files, expected = HOSTS[name]
    assert mine(findings(lvs1=files)) == expected


def test_what_is_lost_is_listed(findings: Findings) -> None:
    """One finding a kind, however much it is."""
    found = findings(lvs1=typed(*(f"ip addr add 192.0.2.1{n}/24 dev eth1" for n in range(5))))
    message = next(finding.message for finding in found if finding.code == "LVS581")
    assert message.startswith(
        "`192.0.2.10/24 on eth1`, `192.0.2.11/24 on eth1`, `192.0.2.12/24 on eth1` and 2 more were typed"
    )


def message(findings: Findings, name: str, code: str) -> str:
    return next(finding.message for finding in findings(lvs1=HOSTS[name][0]) if finding.code == code)


def test_words(findings: Findings) -> None:
    assert message(findings, "a module", "LVS591") == (
        "`ip_vs_ftp` was typed at a prompt, and nothing that is read at boot has it: after a reboot it is missing, as nothing "
        "asks for it by itself"
    )
    assert message(findings, "two services", "LVS580") == (
        "`TCP 192.0.2.10:80` and `UDP 192.0.2.11:53` were typed at a prompt, and nothing that is read at boot has them: after "
        "a reboot clients are refused"
    )
    assert message(findings, "two values in one file", "LVS585") == (
        "`net.ipv4.vs.conntrack` is 0 here, and was written 1 before: this one counts"
    )
    assert message(findings, "another value in rc.local", "LVS585").endswith(
        "this one counts, until somebody loads the files again with `sysctl -p` or `sysctl --system`"
    )


def test_a_file_that_says_otherwise_is_quoted(findings: Findings) -> None:
    found = [each for each in findings(lvs1=HOSTS["another value in a file"][0]) if each.code == "LVS595"]
    assert (
        "`net.ipv4.vs.conntrack = 1` was typed at a prompt, and the file that is read at boot says 0"
        in found[0].message
    )


# LVS584


def running(**told: object) -> str:
    """What `lvscompile facts` prints on a host: the one of FILES, with some things otherwise."""
    facts: dict[str, object] = {
        "lvscompile_facts": 1,
        "hostname": "lvs1",
        "kernel": "6.1.0",
        "sysctls": [{"key": "net.ipv4.vs.conntrack", "value": "1"}, {"key": "net.ipv4.ip_forward", "value": "0"}],
        "links": [{"name": "eth0", "up": True}],
        "addresses": [address("192.0.2.2"), address("192.0.2.10")],
        "routes": [],
        "rules": [],
        "modules": [],
        "keepalived": {},
        "ipvs": {"ipvsadm-save": ["-A -t 192.0.2.80:80 -s lc", "-a -t 192.0.2.80:80 -r 198.51.100.1:80 -m -w 1"]},
        "filters": {"iptables-save": DUMP.splitlines()},
        "missing": [],
    }
    return json.dumps(facts | told, indent=1)


def address(text: str, device: str = "eth0") -> dict[str, object]:
    return {"family": 4, "address": text, "prefix": 24, "device": device}


FILES = {
    "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\nnet.ipv4.ip_forward = 1\n",
    "etc/sysconfig/iptables": DUMP,
    "etc/sysconfig/ipvsadm": "-A -t 192.0.2.80:80 -s lc\n-a -t 192.0.2.80:80 -r 198.51.100.1:80 -m -w 1\n",
    "etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\nIPADDR=192.0.2.2\nNETMASK=255.255.255.0\n",
    KEEPALIVED: instance() + BALANCED,
}
ONE_MORE = DUMP.replace("COMMIT", "-A INPUT -p vrrp -j ACCEPT\nCOMMIT")
FILLED = DUMP.replace("COMMIT", ":f2b-sshd - [0:0]\n-A INPUT -p tcp -j f2b-sshd\n-A f2b-sshd -j RETURN\nCOMMIT")
RUNNING: dict[str, tuple[Files, str, list[str]]] = {
    "the same": ({}, running(), []),
    "a rule more runs": (
        {},
        running(filters={"iptables-save": ONE_MORE.splitlines()}),
        ["the packet filter (iptables): `-t filter -A INPUT -p vrrp -j ACCEPT` is only there now"],
    ),
    "a rule more is saved": (
        {"etc/sysconfig/iptables": ONE_MORE},
        running(),
        ["the packet filter (iptables): `-t filter -A INPUT -p vrrp -j ACCEPT` is only in the files"],
    ),
    "a program fills a chain": ({}, running(filters={"iptables-save": FILLED.splitlines()}), []),
    "nothing is saved": ({"etc/sysconfig/iptables": ""}, running(), []),
    "other services": (
        {},
        running(ipvs={"ipvsadm-save": ["-A -t 192.0.2.81:80 -s lc"]}),
        [
            "the IPVS table: `TCP 192.0.2.81:80` is only there now, `TCP 192.0.2.80:80` and `198.51.100.1:80 of TCP "
            "192.0.2.80:80` are only in the files"
        ],
    ),
    "keepalived's service runs": (
        {},
        running(ipvs={"ipvsadm-save": [*FILES["etc/sysconfig/ipvsadm"].splitlines(), "-A -t 192.0.2.10:80 -s rr"]}),
        [],
    ),
    "no table told": ({}, running(ipvs={}), []),
    "an address more": (
        {},
        running(addresses=[address("192.0.2.2"), address("192.0.2.77"), address("192.0.2.10")]),
        ["the addresses: `192.0.2.77/24 on eth0` is only there now"],
    ),
    "an address of an interface that no file configures": (
        {},
        running(addresses=[address("192.0.2.2"), address("10.1.1.1", "docker0")]),
        [],
    ),
    "an address that is not there yet": ({}, running(addresses=[]), []),
    "another setting": (
        {},
        running(sysctls=[{"key": "net.ipv4.vs.conntrack", "value": "0"}]),
        [
            "`net.ipv4.vs.conntrack = 0` is what runs, and the file that is read at boot says 1: after a reboot that counts"
        ],
    ),
    "rc.local runs something": (
        {"etc/rc.local": "#!/bin/sh\n/usr/local/sbin/firewall\n"},
        running(sysctls=[{"key": "net.ipv4.vs.conntrack", "value": "0"}]),
        [],
    ),
}


@pytest.mark.parametrize("name", RUNNING)
def test_what_runs_against_what_is_saved(name: str, findings: Findings) -> None:
    files, facts, expected = RUNNING[name]
    found = [each for each in findings(lvs1={**FILES, **files, "facts.json": facts}) if each.code == "LVS584"]
    assert [
        each.message.removeprefix("what runs and what the files make at boot differ in ") for each in found
    ] == expected


def test_facts_alone(findings: Findings) -> None:
    assert not [each for each in findings(lvs1={"facts.json": running()}) if each.code == "LVS584"]


# LVS593

PEER = instance("priority 150")
SETTINGS: dict[str, tuple[str, str, list[str]]] = {
    "the same": ("net.ipv4.vs.conntrack = 1\n", "net.ipv4.vs.conntrack = 0x1\n", []),
    "conntrack": (
        "net.ipv4.vs.conntrack = 1\n",
        "\nnet.ipv4.vs.conntrack = 0\n",
        ["LVS593 info/none 1:1-26 +2:1-26"],
    ),
    "rp_filter": (
        "net.ipv4.conf.all.rp_filter = 1\n",
        "net.ipv4.conf.all.rp_filter = 0\n",
        ["LVS593 info/none 1:1-32 +1:1-32"],
    ),
    "only one says": ("net.ipv4.vs.conntrack = 1\n", "net.ipv4.vs.nat_icmp_send = 1\n", []),
    "forwarding has a rule of its own": ("net.ipv4.ip_forward = 1\n", "net.ipv4.ip_forward = 0\n", []),
    "of interfaces, but not of packets": (
        "net.ipv4.conf.all.log_martians = 1\n",
        "net.ipv4.conf.all.log_martians = 0\n",
        [],
    ),
    "of packets, but not of IPv4": (
        "net.ipv6.conf.all.send_redirects = 1\n",
        "net.ipv6.conf.all.send_redirects = 0\n",
        [],
    ),
    "none": ("", "net.ipv4.vs.conntrack = 1\n", []),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_peers(name: str, findings: Findings) -> None:
    mine_, theirs, expected = SETTINGS[name]
    found = findings(
        lvs1={KEEPALIVED: PEER, "etc/sysctl.conf": mine_},
        lvs2={KEEPALIVED: instance("priority 100"), "etc/sysctl.conf": theirs},
    )
    assert mine(found) == expected


def test_peers_of_which_one_is_not_told(findings: Findings) -> None:
    found = findings(
        lvs1={KEEPALIVED: PEER, "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n"}, lvs2=instance("priority 100")
    )
    assert mine(found) == []
    found = findings(
        lvs1=PEER, lvs2={KEEPALIVED: instance("priority 100"), "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n"}
    )
    assert mine(found) == []


def test_two_dumps_of_one_table(findings: Findings) -> None:
    files = {"etc/iptables/rules.v4": ONE_MORE, "etc/sysconfig/iptables": DUMP}
    found = [each for each in findings(lvs1=files) if each.code == "LVS585"]
    assert [shown(each) for each in found] == ["LVS585 info/none 3:1-37 +3:1-37"]
    assert "the table `filter` of the packet filter stands in two inputs" in found[0].message
