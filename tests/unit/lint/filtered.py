"""What the tests of rules about packet filters are written with: dumps, pairs and farms, piece by piece."""

from __future__ import annotations

from places import Findings, shown

HEAD = ":INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
REJECT = "-A INPUT -j REJECT --reject-with icmp-host-prohibited"
KNOWN = "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT"


def dump(*rules: str, heads: str = HEAD, table: str = "filter", more: str = "") -> str:
    """A dump of one table; its first rule stands in line 5. `more` are other tables, behind it."""
    return "\n".join((f"*{table}", *heads.splitlines(), *rules, "COMMIT", "")) + more


def nat(*rules: str) -> str:
    return dump(*rules, heads=":PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]", table="nat")


def mangle(*rules: str) -> str:
    heads = "".join(f":{name} ACCEPT [0:0]\n" for name in ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"))
    return dump(*rules, heads=heads, table="mangle")


def raw(*rules: str) -> str:
    return dump(*rules, heads=":PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]", table="raw")


def instance(
    *lines: str,
    name: str = "VI_1",
    vrid: int = 61,
    interface: str = "eth0",
    priority: int = 100,
    vip: str = "192.0.2.10/24",
) -> str:
    """A vrrp_instance whose interface stands in its second line."""
    body = (f"interface {interface}", f"virtual_router_id {vrid}", f"priority {priority}", *lines)
    return "\n".join((f"vrrp_instance {name} {{", *body, "virtual_ipaddress {", vip, "}", "}", ""))


def host(conf: str = "", filter4: str = "", **more: str) -> dict[str, str]:
    """A host's directory. Other files: `filter6`, `sysctl`, `local` (a boot script), `eth0`, `eth1` (addresses)."""
    paths = {
        "filter6": "etc/sysconfig/ip6tables", "sysctl": "etc/sysctl.conf", "local": "etc/rc.d/rc.local", "ipvsadm": "etc/sysconfig/ipvsadm",
        "eth0": "etc/sysconfig/network-scripts/ifcfg-eth0", "eth1": "etc/sysconfig/network-scripts/ifcfg-eth1",
    }  # fmt: skip
    files = {"etc/keepalived/keepalived.conf": conf, "etc/sysconfig/iptables": filter4}
    files |= {paths[name]: text for name, text in more.items()}
    return {path: text for path, text in files.items() if text}


def ifcfg(device: str, address: str) -> str:
    return f"DEVICE={device}\nONBOOT=yes\nBOOTPROTO=static\nIPADDR={address}\nNETMASK=255.255.255.0\n"


def found(findings: Findings, prefix: tuple[str, ...], **hosts: dict[str, str]) -> list[str]:
    """What rules with these codes find, with the name of the host where there are several."""
    several = len(hosts) > 1
    return [
        (f"{each.host} " if several else "") + shown(each) for each in findings(**hosts) if each.code.startswith(prefix)
    ]
