"""The rules about what is started on a host, and with which options."""

from __future__ import annotations

import json

import pytest
from places import Findings, instance, shown

MINE = {"LVS586", "LVS587", "LVS588", "LVS589", "LVS590"}
KEEPALIVED = "etc/keepalived/keepalived.conf"
OPTIONS = "etc/sysconfig/keepalived"
Files = dict[str, str]


def balanced(kind: str = "NAT", head: str = "192.0.2.10 80", server: str = "198.51.100.1 80") -> str:
    return (
        f"virtual_server {head} {{\n    lb_algo rr\n    lb_kind {kind}\n    protocol TCP\n    real_server {server} {{\n"
        "        TCP_CHECK {\n        }\n    }\n}\n"
    )


def options(words: str, text: str = "") -> Files:
    return {OPTIONS: f'KEEPALIVED_OPTIONS="{words}"\n', KEEPALIVED: text or instance() + balanced()}


def enabled(*actions: str, **more: str) -> Files:
    log = "".join(f"[root@lvs1 ~]# {action}\n" for action in actions)
    return {"session.log": log, KEEPALIVED: instance(), **more}


def facts(version: str) -> str:
    told: dict[str, object] = {"lvscompile_facts": 1, "hostname": "lvs1", "kernel": "6.1.0", "ipvs": {}, "filters": {}}
    lists = ("sysctls", "links", "addresses", "routes", "rules", "modules", "missing")
    return json.dumps(told | {name: [] for name in lists} | {"keepalived": {"version": version}})


SAVED = "-A -t 192.0.2.10:80 -s lc\n-a -t 192.0.2.10:80 -r 198.51.100.9:80 -m\n"
OTHER = SAVED.replace(".10:", ".11:")
DUMP = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p vrrp -j ACCEPT\nCOMMIT\n"
INIT = "/etc/rc.d/init.d/iptables"
HOSTS: dict[str, tuple[Files, str, list[str]]] = {
    # LVS586
    "both options": (options("-D -C -P"), "", ["LVS586 warning/latent 1:1-30"]),
    "both options, 2.2.7": (options("-D -C -P"), "2.2.7", ["LVS586 error/outage 1:1-30"]),
    "both options, 1.4": (options("-D -C -P"), "1.4.5", ["LVS587 error/outage 1:1-30 +8:1-15"]),
    "both options, 1.1": (options("-D -C -P"), "1.1.15", []),
    "both options, and --all": (options("-C -P --all"), "2.2.7", []),
    "both options, and nothing to run": (options("-C -P", "global_defs {\n}\n"), "2.2.7", ["LVS586 error/outage 1:1-27"]),
    "both options, and the host says 2.2.7": (options("-C -P") | {"facts.json": facts("Keepalived v2.2.7 (01/16,2022)")}, "1.4.5",
                                             ["LVS586 error/outage 1:1-27"]),
    "both options, and the host says 1.4": (options("-C -P") | {"facts.json": facts("1.4.5")}, "", ["LVS587 error/outage 1:1-27 +8:1-15"]),
    # LVS587
    "neither option": (options("-D"), "", []),
    "no file of options": ({KEEPALIVED: instance(), "etc/sysctl.conf": "net.ipv4.ip_forward = 1\n"}, "", []),
    "checkers alone": (options("-D -C"), "", ["LVS587 error/outage 1:1-27 +1:1-14"]),
    "checkers alone, no instance": (options("-C", balanced()), "", []),
    "VRRP alone": (options("-P"), "", ["LVS587 error/outage 1:1-24 +8:1-15"]),
    "VRRP alone, no service": (options("-P", instance()), "", []),
    "another file": (options("-P -f /etc/keepalived/vrrp.conf"), "", []),
    "the same file": (options("-P -f /etc/keepalived/keepalived.conf"), "", ["LVS587 error/outage 1:1-59 +8:1-15"]),
    "a daemon for each half": (
        options("-P") | {"etc/rc.local": "#!/bin/sh\nkeepalived --check --pid /run/check.pid\n"},
        "",
        [],
    ),
    # LVS588
    "switched off": (enabled("systemctl disable keepalived"), "", ["LVS588 warning/latent 1:16-44"]),
    "masked": (enabled("systemctl mask keepalived"), "", ["LVS588 warning/latent 1:16-41"]),
    "on": (enabled("systemctl enable keepalived"), "", []),
    "off and on": (enabled("systemctl disable keepalived", "systemctl enable keepalived"), "", []),
    "off and started by hand": (
        enabled("systemctl disable keepalived", "service keepalived start"),
        "",
        ["LVS588 warning/latent 1:16-44"],
    ),
    "off and started by rc.local": (
        enabled("systemctl disable keepalived", **{"etc/rc.local": "#!/bin/sh\nservice keepalived start\n"}),
        "",
        [],
    ),
    "off and stopped by rc.local": (
        enabled("systemctl disable keepalived", **{"etc/rc.local": "#!/bin/sh\nservice keepalived stop\n"}),
        "",
        ["LVS588 warning/latent 1:16-44"],
    ),
    "off and rc.local starts something else": (
        enabled("systemctl disable keepalived", **{"etc/rc.local": "#!/bin/sh\nservice sshd start\n"}),
        "",
        ["LVS588 warning/latent 1:16-44"],
    ),
    "services alone, off": (
        enabled("systemctl disable keepalived", **{KEEPALIVED: balanced()}),
        "",
        ["LVS588 warning/latent 1:16-44"],
    ),
    "the filter off, and loaded by hand": (
        enabled(
            "systemctl disable iptables",
            "iptables-restore < /etc/sysconfig/iptables",
            **{"etc/sysconfig/iptables": DUMP},
        ),
        "",
        ["LVS588 warning/latent 1:16-42"],
    ),
    "something else off": (enabled("systemctl disable cups"), "", []),
    "off, and it has nothing to do": (enabled("systemctl disable keepalived", **{KEEPALIVED: "global_defs {\n}\n"}), "", []),
    "the filter off": (
        enabled("systemctl disable iptables", **{"etc/sysconfig/iptables": DUMP}),
        "",
        ["LVS588 warning/latent 1:16-42"],
    ),
    "the filter off, and there is none": (enabled("systemctl disable iptables"), "", []),
    "the filter off, and rc.local loads it": (
        enabled(
            "systemctl disable iptables",
            **{"etc/sysconfig/iptables": DUMP, "etc/rc.local": "#!/bin/sh\niptables-restore < /etc/sysconfig/iptables\n"},
        ),
        "",
        [],
    ),
    "the table off, and rc.local loads it": (
        enabled(
            "systemctl disable ipvsadm",
            **{"etc/sysconfig/ipvsadm": SAVED, "etc/rc.local": "#!/bin/sh\nipvsadm -R < /etc/sysconfig/ipvsadm\n"},
        ),
        "",
        [],
    ),
    # LVS589
    "a dump over the script": (enabled(f"iptables-save > {INIT}"), "", ["LVS589 error/latent 1:16-29"]),
    "a table over the script": (enabled("ipvsadm -Sn > /etc/init.d/ipvsadm"), "", ["LVS589 error/latent 1:16-27"]),
    "a dump to its place": (enabled("iptables-save > /etc/sysconfig/iptables"), "", []),
    "something else over the script": (enabled(f"echo > {INIT}"), "", []),
    "a listing over the script": (enabled(f"ipvsadm -Ln > {INIT}"), "", []),
    "a dump shown in its place": (
        {"session.log": f"[root@lvs1 ~]# cat {INIT}\n{DUMP}[root@lvs1 ~]# reboot\n"},
        "",
        ["LVS589 warning/latent 2:1-8"],
    ),
    "a dump in the editor": (
        {"session.log": f"[root@lvs1 ~]# vi {INIT}\n{DUMP}[root@lvs1 ~]# service keepalived restart\n"},
        "",
        ["LVS589 warning/latent 2:1-8"],
    ),
    "a dump below its name": (
        {"session.log": f"# service keepalived restart\n\nWhat we have in {INIT}:\n{DUMP}"},
        "",
        ["LVS589 warning/latent 4:1-8"],
    ),
    "the dump below its right name": (
        {"session.log": f"[root@lvs1 ~]# cat /etc/sysconfig/iptables\n{DUMP}[root@lvs1 ~]# reboot\n"},
        "",
        [],
    ),
    "a dump behind another command": (
        {"session.log": f"[root@lvs1 ~]# service {INIT}\n{DUMP}[root@lvs1 ~]# iptables -L\n"},
        "",
        [],
    ),
    "something else in that place": (
        {"session.log": f"[root@lvs1 ~]# cat {INIT}\nnet.ipv4.ip_forward = 1\n[root@lvs1 ~]# iptables -L\n"},
        "",
        [],
    ),
    "rules over the script": (enabled(f"iptables -S > {INIT}"), "", ["LVS589 error/latent 1:16-27"]),
    "a dump in its place, below the script's name": (
        {"session.log": f"# iptables -L\n\nNot to {INIT}:\n\n# cat /etc/sysconfig/iptables\n{DUMP}# iptables -L\n"},
        "",
        [],
    ),
    "two dumps": ({"session.log": f"# iptables -L\n# ip6tables-save\n{DUMP}{DUMP}# iptables -L\n"}, "", []),
    # LVS590
    "one service twice": (
        {KEEPALIVED: balanced(), "etc/sysconfig/ipvsadm": SAVED},
        "",
        ["LVS590 warning/latent 1:1-26 +1:16-26"],
    ),
    "two services": ({KEEPALIVED: balanced(), "etc/sysconfig/ipvsadm": OTHER}, "", []),
    "two services, and keepalived flushes": (
        {KEEPALIVED: "global_defs {\n    lvs_flush\n}\n" + balanced(), "etc/sysconfig/ipvsadm": OTHER},
        "",
        ["LVS590 warning/latent 1:1-26 +2:5-14"],
    ),
    "keepalived would flush, and has no service": (
        {KEEPALIVED: "global_defs {\n    lvs_flush\n}\n" + instance(), "etc/sysconfig/ipvsadm": OTHER},
        "",
        [],
    ),
    "one service by hand": (
        {KEEPALIVED: balanced(), "session.log": "[root@lvs1 ~]# ipvsadm -A -t 192.0.2.10:80 -s rr\n"},
        "",
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTS)
def test_one_host(name: str, findings: Findings) -> None:
    files, target, expected = HOSTS[name]
    assert [shown(each) for each in findings(lvs1=files, target=target) if each.code in MINE] == expected
