"""56x: the packet filter in the way of clients, of replies and of health checks."""

from __future__ import annotations

import pytest
from filtered import KNOWN, REJECT, dump, found, host, instance, nat, raw
from places import Findings

CODES = ("LVS564", "LVS565", "LVS566", "LVS567", "LVS569", "LVS575")
VIP, RIP = "192.0.2.10", "198.51.100.1"
CHECK = "TCP_CHECK {\n}"
OPEN = "-A INPUT -d 192.0.2.10 -p tcp --dport 80 -j ACCEPT"
NEW = "-A INPUT -p tcp -m state --state NEW -m tcp --dport 80 -j ACCEPT"
CLOSED = dump(REJECT)
TRACKED = "net.ipv4.vs.conntrack = 1\n"
UNTRACKED = "net.ipv4.ip_forward = 1\n"
FORWARD = dump("-A FORWARD -j DROP")
SIX = ("2001:db8::10", "2001:db8:1::1")


def farm(
    kind: str = "NAT", protocol: str = "TCP", vip: str = f"{VIP} 80", rip: str = f"{RIP} 80", check: str = ""
) -> str:
    """A service with one real server, whose check begins in line 6."""
    said = (
        f"lb_algo rr\nlb_kind {kind}",
        f"protocol {protocol}",
        f"real_server {rip} {{",
        *([check] if check else []),
        "}",
    )
    return "\n".join((f"virtual_server {vip} {{", *said, "}", ""))


def closed(chain: str, *rules: str) -> str:
    """A filter that drops what a chain does not accept. Its policy stands in the line of the chain."""
    return dump(*rules).replace(f"{chain} ACCEPT", f"{chain} DROP")


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    # LVS564
    "closed": (host(farm(), CLOSED), ["LVS564 error/outage 5:1-54 +1:1-29"]),
    "closed by the policy": (host(farm(), closed("INPUT")), ["LVS564 error/outage 2:1-18 +1:1-29"]),
    "open": (host(farm(), dump(OPEN, REJECT)), []),
    "open to some": (host(farm(), dump("-A INPUT -s 203.0.113.0/24 -j ACCEPT", REJECT)), []),
    "open on one side": (host(farm(), dump("-A INPUT -i eth1 -j ACCEPT", REJECT)), []),
    "open on all sides": (host(farm(), dump("-A INPUT ! -i ppp+ -j ACCEPT", REJECT)), []),
    "open to the host itself": (host(farm(), dump("-A INPUT -i lo -j ACCEPT", REJECT)), ["LVS564 error/outage 6:1-54 +1:1-29"]),
    "closed on some side": (host(farm(), dump("-A INPUT -i eth1 -j DROP")), []),
    "open on another port": (host(farm(), dump(OPEN.replace("80", "443"), REJECT)), ["LVS564 error/outage 6:1-54 +1:1-29"]),
    "open for UDP": (host(farm(), dump(OPEN.replace("tcp", "udp"), REJECT)), ["LVS564 error/outage 6:1-54 +1:1-29"]),
    "open for TCP": (host(farm(protocol="UDP"), dump(OPEN, REJECT)), ["LVS564 error/outage 6:1-54 +1:1-29"]),
    "open, not for long": (host(farm(), dump(OPEN.replace("-j", "-m limit --limit 5/s -j"), REJECT)), []),
    "open, perhaps": (host(farm(), dump(OPEN.replace("-j", "-m geoip --source-country DE -j"), REJECT)), []),
    "queued": (host(farm(), dump("-A INPUT -j QUEUE", REJECT)), []),
    "elsewhere taken": (host(farm(), nat(f"-A PREROUTING -d {VIP} -j DNAT --to 203.0.113.9") + CLOSED), []),
    "marked one way or another": (
        host(
            farm(),
            raw() + "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -s 203.0.113.1 -j MARK --set-mark 1\nCOMMIT\n" + CLOSED,
        ),
        ["LVS564 error/outage 13:1-54 +1:1-29"],
    ),
    "a mark may open": (
        host(
            farm(),
            "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -s 203.0.113.1 -j MARK --set-mark 1\nCOMMIT\n"
            + dump("-A INPUT -m mark --mark 1 -j ACCEPT", REJECT),
        ),
        [],
    ),
    "refused before": (host(farm("DR"), raw("-A PREROUTING -p tcp -j DROP")), ["LVS564 error/outage 4:1-29 +1:1-29"]),
    "two services, one rule": (
        host(farm() + farm(vip=f"{VIP} 443"), CLOSED),
        ["LVS564 error/outage 5:1-54 +1:1-29 +8:1-30"],
    ),
    "a mark has no address": (host(farm(vip="fwmark 1"), CLOSED), []),
    "no filter": (host(farm(), sysctl=UNTRACKED), []),
    "what is open is not known": (
        {"etc/keepalived/keepalived.conf": farm(), "session.log": "[root@lvs1 ~]# iptables -A INPUT -j DROP\n"},
        [],
    ),
    "by a command": (
        host("", CLOSED, local=f"#!/bin/sh\nipvsadm -A -t {VIP}:80\n"),
        ["LVS564 error/outage 5:1-54 +2:1-28"],
    ),
    "IPv6": (
        host(farm(vip=f"{SIX[0]} 80", rip=f"{SIX[1]} 80"), filter6=dump("-A INPUT -j DROP")),
        ["LVS564 error/outage 5:1-17 +1:1-31"],
    ),
    "IPv6, the other filter": (host(farm(vip=f"{SIX[0]} 80", rip=f"{SIX[1]} 80"), CLOSED), []),
    "all ports": (
        host(farm(vip=f"{VIP} 0", rip=f"{RIP} 0"), dump(OPEN, REJECT)),
        [],
    ),
    # LVS569
    "not tracked": (
        host(farm(), raw(f"-A PREROUTING -d {VIP} -j NOTRACK") + dump(NEW, KNOWN, REJECT)),
        ["LVS569 error/outage 4:1-39 +12:1-54 +1:1-29"],
    ),
    "not tracked, and closed anyway": (
        host(farm(), raw(f"-A PREROUTING -d {VIP} -j NOTRACK") + CLOSED),
        ["LVS564 error/outage 10:1-54 +1:1-29"],
    ),
    "not tracked, and open": (host(farm(), raw(f"-A PREROUTING -d {VIP} -j NOTRACK") + dump(OPEN, REJECT)), []),
    "others are not tracked": (
        host(farm(), raw("-A PREROUTING -d 192.0.2.99 -j NOTRACK") + dump(NEW, KNOWN, REJECT), sysctl=TRACKED),
        [],
    ),
    # LVS565
    "the end refused": (host(farm(), dump(NEW, KNOWN, REJECT)), ["LVS565 warning/none 7:1-54 +1:1-29"]),
    "the end refused by direct routing": (host(farm("DR"), dump(NEW, KNOWN, REJECT)), ["LVS565 warning/none 7:1-54 +1:1-29"]),
    "the end refused as invalid": (
        host(farm(), dump("-A INPUT -m state --state INVALID -j DROP", OPEN, REJECT)),
        ["LVS565 warning/none 5:1-42 +1:1-29"],
    ),
    "conntrack knows": (host(farm(), dump(NEW, KNOWN, REJECT), sysctl=TRACKED), []),
    "conntrack does not know": (
        host(farm(), dump(NEW, KNOWN, REJECT), sysctl=UNTRACKED),
        ["LVS565 warning/none 7:1-54 +1:1-29"],
    ),
    "the end of a datagram": (host(farm(protocol="UDP"), dump(NEW.replace("tcp", "udp"), KNOWN, REJECT)), []),
    "the end refused on one side": (
        host(farm(), dump("-A INPUT -i eth1 -j ACCEPT", NEW, KNOWN, REJECT)),
        [],
    ),
    "the end refused on the only open side": (
        host(farm(), dump(NEW.replace("INPUT", "INPUT -i eth1"), KNOWN, REJECT)),
        ["LVS565 warning/none 7:1-54 +1:1-29"],
    ),
    "the beginning is in doubt": (host(farm(), dump(NEW.replace("INPUT", "INPUT -s 203.0.113.0/24"), KNOWN, REJECT)), []),
    "the beginning is in doubt on one side": (
        host(farm(), dump("-A INPUT -i eth1 -s 203.0.113.0/24 -j DROP", NEW, KNOWN, REJECT)),
        [],
    ),
    "the end is in doubt": (
        host(farm(), dump("-A INPUT -s 203.0.113.0/24 -j ACCEPT", NEW, KNOWN, REJECT)),
        [],
    ),
    # LVS566
    "replies refused": (host(farm(), FORWARD, sysctl=UNTRACKED), ["LVS566 error/outage 5:1-19 +1:1-29"]),
    "replies refused in all states": (host(farm(), FORWARD), ["LVS566 error/outage 5:1-19 +1:1-29"]),
    "replies refused by their state": (
        host(farm(), closed("FORWARD", KNOWN.replace("INPUT", "FORWARD"))),
        ["LVS566 warning/outage 3:1-20 +1:1-29"],
    ),
    "replies refused by their state for certain": (
        host(farm(), closed("FORWARD", KNOWN.replace("INPUT", "FORWARD")), sysctl=UNTRACKED),
        ["LVS566 error/outage 3:1-20 +1:1-29"],
    ),
    "replies known": (host(farm(), closed("FORWARD", KNOWN.replace("INPUT", "FORWARD")), sysctl=TRACKED), []),
    "replies known and refused": (host(farm(), FORWARD, sysctl=TRACKED), ["LVS566 error/outage 5:1-19 +1:1-29"]),
    "replies by address": (host(farm(), closed("FORWARD", f"-A FORWARD -s {RIP} -j ACCEPT")), []),
    "replies by port": (host(farm(), closed("FORWARD", "-A FORWARD -p tcp --sport 80 -j ACCEPT")), []),
    "replies of IPVS": (host(farm(), closed("FORWARD", "-A FORWARD -m ipvs --ipvs -j ACCEPT")), []),
    "what clients send is forwarded": (
        host(farm(), closed("FORWARD", "-A FORWARD -p tcp --dport 80 -j ACCEPT"), sysctl=UNTRACKED),
        ["LVS566 error/outage 3:1-20 +1:1-29"],
    ),
    "replies to high ports": (host(farm(), closed("FORWARD", "-A FORWARD -p tcp --dport 1024: -j ACCEPT")), []),
    "replies by another port": (host(farm(rip=f"{RIP} 81"), closed("FORWARD", "-A FORWARD -p tcp --sport 81 -j ACCEPT")), []),
    "replies that begin nothing": (host(farm(), closed("FORWARD", "-A FORWARD -p tcp ! --syn -j ACCEPT")), []),
    "replies of SCTP": (host(farm(protocol="SCTP"), FORWARD), []),
    "replies of the host itself by IPv6": (host(farm(vip=f"{SIX[0]} 80", rip="::1 80"), filter6=FORWARD), []),
    "replies to somebody": (host(farm(), closed("FORWARD", "-A FORWARD -d 203.0.113.0/24 -j ACCEPT")), []),
    "replies from one side": (host(farm(), closed("FORWARD", "-A FORWARD -i eth1 -j ACCEPT")), []),
    "replies by another way": (host(farm("DR"), FORWARD, sysctl=UNTRACKED), []),
    "replies of UDP": (
        host(farm(protocol="UDP"), closed("FORWARD", KNOWN.replace("INPUT", "FORWARD")), sysctl=UNTRACKED),
        ["LVS566 error/outage 3:1-20 +1:1-29"],
    ),
    "replies of UDP as new": (
        host(farm(protocol="UDP"), closed("FORWARD", "-A FORWARD -m state --state NEW -j ACCEPT"), sysctl=UNTRACKED),
        [],
    ),
    "replies of the host itself": (host(farm(rip="127.0.0.1 80"), FORWARD, sysctl=UNTRACKED), []),
    "replies of its own address": (
        host(instance(vip=f"{VIP}/24") + farm(rip=f"{VIP} 81"), FORWARD, sysctl=UNTRACKED),
        [],
    ),
    "replies of its own address elsewhere": (
        host(farm(), FORWARD, sysctl=UNTRACKED, local=f"#!/bin/sh\nip addr add {RIP}/24 dev eth1\n"),
        [],
    ),
    # LVS567
    "own advertisements refused": (
        host(instance(), dump("-A OUTPUT -o eth0 -j DROP")),
        ["LVS567 error/split 5:1-26 +2:11-15"],
    ),
    "own advertisements accepted by their group": (host(instance(), closed("OUTPUT", "-A OUTPUT -d 224.0.0.18 -j ACCEPT")), []),
    "own advertisements accepted by their peer": (
        host(
            instance("unicast_src_ip 192.0.2.1", "unicast_peer {", "192.0.2.2", "}"),
            closed("OUTPUT", "-A OUTPUT -s 192.0.2.1 -d 192.0.2.2 -j ACCEPT"),
        ),
        [],
    ),
    "advertisements of another group accepted": (
        host(instance(), closed("OUTPUT", "-A OUTPUT -d 224.0.0.44 -j ACCEPT")),
        ["LVS567 error/split 4:1-19 +2:11-15"],
    ),
    "advertisements to another peer accepted": (
        host(
            instance("unicast_src_ip 192.0.2.1", "unicast_peer {", "192.0.2.2", "}"),
            closed("OUTPUT", "-A OUTPUT -d 192.0.2.3 -j ACCEPT"),
        ),
        ["LVS567 error/split 4:1-19 +2:11-15"],
    ),
    "own advertisements elsewhere": (host(instance(), dump("-A OUTPUT -o eth1 -j DROP")), []),
    "own advertisements by unicast": (
        host(instance("unicast_src_ip 192.0.2.1", "unicast_peer {", "192.0.2.2", "}"), closed("OUTPUT")),
        ["LVS567 error/split 4:1-19 +2:11-15"],
    ),
    "own advertisements by unicast, answered": (
        host(
            instance("unicast_src_ip 192.0.2.1", "unicast_peer {", "192.0.2.2", "}"),
            closed("OUTPUT", KNOWN.replace("INPUT", "OUTPUT")),
        ),
        [],
    ),
    "own advertisements, no filter": (host(instance(vip=f"{SIX[0]}/64"), closed("OUTPUT")), []),
    "forwarded refused": (
        host(farm(), closed("OUTPUT"), sysctl=UNTRACKED),
        ["LVS567 error/outage 4:1-19 +1:1-29"],
    ),
    "forwarded is not tracked": (
        host(farm(), closed("OUTPUT", "-A OUTPUT -m state --state NEW,ESTABLISHED -j ACCEPT")),
        ["LVS567 error/outage 4:1-19 +1:1-29"],
    ),
    "forwarded is tracked": (
        host(farm(), closed("OUTPUT", "-A OUTPUT -m state --state NEW,ESTABLISHED -j ACCEPT"), sysctl=TRACKED),
        [],
    ),
    "forwarded accepted": (host(farm(), closed("OUTPUT", f"-A OUTPUT -d {RIP} -j ACCEPT")), []),
    "forwarded by direct routing": (
        host(farm("DR"), closed("OUTPUT", f"-A OUTPUT -d {RIP} -j ACCEPT"), sysctl=UNTRACKED),
        ["LVS567 error/outage 4:1-19 +1:1-29"],
    ),
    "forwarded by direct routing, accepted": (
        host(farm("DR", rip=f"{RIP} 81"), closed("OUTPUT", f"-A OUTPUT -d {VIP} -p tcp --dport 80 -j ACCEPT")),
        [],
    ),
    "forwarded to another port": (
        host(farm(rip=f"{RIP} 81"), closed("OUTPUT", f"-A OUTPUT -d {RIP} -p tcp --dport 81 -j ACCEPT")),
        [],
    ),
    "forwarded through a tunnel": (host(farm("TUN"), closed("OUTPUT")), []),
    "forwarded on one side": (host(farm(), closed("OUTPUT", "-A OUTPUT -o eth1 -j ACCEPT")), []),
    "checks refused": (
        host(farm("TUN", check=CHECK), closed("OUTPUT")),
        ["LVS567 error/outage 4:1-19 +6:1-10"],
    ),
    "checks accepted": (host(farm("TUN", check=CHECK), closed("OUTPUT", "-A OUTPUT -p tcp --dport 80 -j ACCEPT")), []),
    "checks elsewhere": (host(farm("TUN", check="TCP_CHECK {\nconnect_port 81\n}"), closed("OUTPUT")), []),
    "checks by a script": (host(farm("TUN", check='MISC_CHECK {\nmisc_path "/bin/true"\n}'), closed("OUTPUT")), []),
    "checks, no filter": (host(farm("TUN", check=CHECK), filter6=closed("OUTPUT")), []),
    "all of it": (
        host(instance() + farm(check=CHECK), closed("OUTPUT")),
        ["LVS567 error/split 4:1-19 +2:11-15 +9:1-29 +14:1-10"],
    ),
    # LVS575
    "answers refused": (
        host(farm("DR", check=CHECK), dump("-A INPUT -p tcp --dport 80 -j ACCEPT", REJECT)),
        ["LVS575 error/outage 6:1-54 +6:1-10"],
    ),
    "answers accepted": (host(farm("DR", check=CHECK), dump(KNOWN, OPEN, REJECT)), []),
    "answers from one side": (host(farm("DR", check=CHECK), dump("-A INPUT -i eth1 -j ACCEPT", OPEN, REJECT)), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_finds(case: str, findings: Findings) -> None:
    files, wanted = CASES[case]
    assert found(findings, CODES, lvs1=files) == wanted


def test_as_many_services_as_are_named(findings: Findings) -> None:
    """Three are named, and no more are spoken of; the same service by two rules' packets is one."""
    three = "".join(farm(vip=f"192.0.2.{n} 80", rip=f"198.51.100.{n} 80") for n in range(11, 14))
    [each] = [each for each in findings(lvs1=host(three, CLOSED)) if each.code == "LVS564"]
    assert each.message.endswith(
        "192.0.2.11:80, 192.0.2.12:80, 192.0.2.13:80: IPVS comes behind INPUT, and never sees them"
    )


def test_servers_of_one_service_are_one(findings: Findings) -> None:
    twice = farm().replace("}\n}\n", "}\nreal_server 198.51.100.2 80 {\n}\n}\n")
    assert found(findings, ("LVS566",), lvs1=host(twice, FORWARD)) == ["LVS566 error/outage 5:1-19 +1:1-29"]


FARMS = "".join(farm(vip=f"192.0.2.{n} 80", rip=f"198.51.100.{n} 80") for n in range(11, 16))


@pytest.mark.parametrize(
    ("files", "code", "message", "help"),
    [
        (
            host(farm(), CLOSED),
            "LVS564",
            "`-A INPUT -j REJECT --reject-with icmp-host-prohibited` refuses what clients send to 192.0.2.10:80: IPVS comes behind "
            "INPUT, and never sees them",
            "accept them before that: `iptables -I INPUT -d 192.0.2.10 -p tcp --dport 80 -j ACCEPT`",
        ),
        (
            host(farm(vip=f"{SIX[0]} 80", rip=f"{SIX[1]} 80"), filter6=closed("INPUT")),
            "LVS564",
            "`-P INPUT DROP` refuses what clients send to [2001:db8::10]:80: IPVS comes behind INPUT, and never sees them",
            "accept them before that: `ip6tables -I INPUT -d 2001:db8::10 -p tcp --dport 80 -j ACCEPT`",
        ),
        (
            host(FARMS, CLOSED),
            "LVS564",
            "`-A INPUT -j REJECT --reject-with icmp-host-prohibited` refuses what clients send to 192.0.2.11:80, 192.0.2.12:80, "
            "192.0.2.13:80 and 2 more: IPVS comes behind INPUT, and never sees them",
            "accept them before that: `iptables -I INPUT -d 192.0.2.11 -p tcp --dport 80 -j ACCEPT`",
        ),
        (
            host(farm(vip=f"{SIX[0]} 0", rip=f"{SIX[1]} 0").replace("lb_algo", "persistence_timeout 9\nlb_algo"), filter6=closed("INPUT")),
            "LVS564",
            "`-P INPUT DROP` refuses what clients send to [2001:db8::10]:0: IPVS comes behind INPUT, and never sees them",
            "accept what goes to 2001:db8::10 before that",
        ),
        (
            host(farm(), dump(NEW, KNOWN, REJECT)),
            "LVS565",
            "clients may begin connections to 192.0.2.10:80, and `-A INPUT -j REJECT --reject-with icmp-host-prohibited` refuses what "
            "ends them: conntrack does not know what IPVS forwards, takes the FIN and RST packets for INVALID, and the servers keep "
            "dead connections open",
            "accept the service whatever the state, before that: `iptables -I INPUT -d 192.0.2.10 -p tcp --dport 80 -j ACCEPT`",
        ),
        (
            host(
                farm(vip=f"{VIP} 0", rip=f"{RIP} 0").replace("lb_algo", "persistence_timeout 9\nlb_algo"),
                dump("-A INPUT -p tcp -m state --state NEW -j ACCEPT", KNOWN, "-A INPUT -j DROP"),
            ),
            "LVS565",
            "clients may begin connections to 192.0.2.10:0, and `-A INPUT -j DROP` refuses what ends them: conntrack does not know what "
            "IPVS forwards, takes the FIN and RST packets for INVALID, and the servers keep dead connections open",
            "accept the service whatever the state, before that: `iptables -I INPUT -d 192.0.2.10 -p tcp -j ACCEPT`",
        ),
        (
            host(farm(), FORWARD),
            "LVS566",
            "`-A FORWARD -j DROP` refuses what the real servers of 192.0.2.10:80 answer, which to conntrack belongs to no connection "
            "that it knows: no client gets a reply",
            "accept in FORWARD what comes from the real servers' ports, whatever the state: `iptables -I FORWARD -s SERVER -p tcp "
            "--sport PORT -j ACCEPT`",
        ),
        (
            host(farm(), FORWARD, sysctl=TRACKED),
            "LVS566",
            "`-A FORWARD -j DROP` refuses what the real servers of 192.0.2.10:80 answer: no client gets a reply",
            "accept in FORWARD what comes from the real servers' ports, whatever the state: `iptables -I FORWARD -s SERVER -p tcp "
            "--sport PORT -j ACCEPT`",
        ),
        (
            host(farm("TUN", check=CHECK), closed("OUTPUT")),
            "LVS567",
            "`-P OUTPUT DROP` refuses the health checks: every check fails, and the services lose all their servers",
            "accept them before that, in OUTPUT",
        ),
        (
            host(farm(check=CHECK), closed("OUTPUT")),
            "LVS567",
            "`-P OUTPUT DROP` refuses what IPVS forwards to the real servers, the health checks: packets that IPVS forwards leave by "
            "OUTPUT, too, and no client gets an answer",
            "accept them before that, in OUTPUT",
        ),
    ],
)  # fmt: skip
def test_words(files: dict[str, str], code: str, message: str, help: str, findings: Findings) -> None:
    [each] = [each for each in findings(lvs1=files) if each.code == code]
    assert (each.message, each.help) == (message, help)


@pytest.mark.parametrize(("services", "wanted"), [(16, ["LVS564 error/outage 3004:1-54 +106:1-31"]), (17, [])])
def test_a_farm_of_thousands_is_looked_at_in_part(services: int, wanted: list[str], findings: Findings) -> None:
    """A filter of 3,000 rules is asked for 16 services. It refuses the last one only."""
    rules = [f"-A INPUT -d 192.0.2.10 -p tcp --dport {port} -j ACCEPT" for port in range(1, 3000)]
    farms = "".join(farm("DR", vip=f"{VIP} {port}") for port in range(3001 - services, 3001))
    assert found(findings, ("LVS564",), lvs1=host(farms, dump(*rules, REJECT))) == wanted


@pytest.mark.parametrize("role", ["web1"])
def test_a_real_server_balances_nothing(role: str, findings: Findings) -> None:
    files = host("", CLOSED, local=f"#!/bin/sh\nip addr add {VIP}/32 dev lo\n")
    assert found(findings, CODES, **{"lvs1": host(farm("DR")), role: files}) == []
