"""What a host's scripts, logs and files become in its keepalived.conf."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lvscompile.app.compose import Clash, Vrrp
from lvscompile.app.convert import Conversion, to_keepalived
from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version

RC = "etc/rc.d/rc.local"
IFCFG = "etc/sysconfig/network-scripts/ifcfg-{}"
INSTANCE = Vrrp(71, "eth1", 150)
SERVICE = "ipvsadm -A -t 192.0.2.10:80 -s rr\nipvsadm -a -t 192.0.2.10:80 -r 198.51.100.5:80 -m\n"
VIP = "ip addr add 192.0.2.10/24 dev eth1\n"


class Convert:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        files: dict[str, str] | str,
        vrrp: Vrrp | None = None,
        checks: str = "",
        target: str = "",
        **others: dict[str, str],
    ) -> Conversion:
        hosts = {"lvs1": {RC: f"#!/bin/sh\n{files}"} if isinstance(files, str) else files, **others}
        shutil.rmtree(self.folder)
        for host, texts in hosts.items():
            for name, text in texts.items():
                path = self.folder / host / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        wanted = Target(parse_version(target) if target else None)
        loaded = load([f"{host}={self.folder / host}" for host in hosts], target=wanted)
        return to_keepalived(loaded, wanted, vrrp=vrrp, checks=checks)


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    return Convert(tmp_path)


def body(conversion: Conversion) -> str:
    """The output without its comments."""
    assert len(conversion.outputs) == 1
    return "".join(f"{line}\n" for line in conversion.outputs[0].text.split("\n") if line and "#" not in line)


def lines(conversion: Conversion) -> list[str]:
    return [line.strip() for line in body(conversion).split("\n")]


def codes(conversion: Conversion) -> list[str]:
    return [f"{finding.code}:{finding.span.begin()[0]}" for finding in conversion.losses.findings]


WHOLE = """\
static_ipaddress {
    192.0.2.10/24 dev eth1
}
virtual_server 192.0.2.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.5 80 {
        weight 1
    }
}
"""


def test_services_and_addresses(convert: Convert) -> None:
    conversion = convert(VIP + SERVICE)
    assert (body(conversion), codes(conversion)) == (WHOLE, [])


def test_comments_say_where_it_comes_from(convert: Convert) -> None:
    text = convert(VIP + SERVICE).outputs[0].text
    assert "    # /etc/rc.d/rc.local:2\n    192.0.2.10/24 dev eth1\n" in text
    assert "# /etc/rc.d/rc.local:3\nvirtual_server" in text
    assert "    # /etc/rc.d/rc.local:4\n    real_server" in text


# Commands behind `-A`, and what stands in the virtual_server.
OPTIONS = {
    "-t 192.0.2.10:80 -s wlc": ["lb_algo wlc", "protocol TCP"],
    "-u 192.0.2.10:80 -s rr -o": ["lb_algo rr", "ops", "protocol UDP"],
    "--sctp-service 192.0.2.10:80": ["lb_algo wlc", "protocol SCTP"],
    "-t 192.0.2.10:80 -p": ["lb_algo wlc", "persistence_timeout 360", "protocol TCP"],
    "-t 192.0.2.10:80 -p 9 -M 255.255.0.0": [
        "lb_algo wlc", "persistence_timeout 9", "persistence_granularity 255.255.0.0", "protocol TCP",
    ],
    "-t 192.0.2.10:80 -M 255.255.0.0": ["lb_algo wlc", "protocol TCP"],
    "-u 192.0.2.10:80 -p 9 --pe sip": ["lb_algo wlc", "persistence_engine sip", "persistence_timeout 9", "protocol UDP"],
    "-t 192.0.2.10:80 -s sh -b sh-port,sh-fallback": ["lb_algo sh", "sh-port", "sh-fallback", "protocol TCP"],
    "-t 192.0.2.10:80 -s mh -b mh-port,flag-3": ["lb_algo mh", "flag-3", "mh-port", "protocol TCP"],
    "-t 192.0.2.10:80 -s rr -b flag-1": ["lb_algo rr", "flag-1", "protocol TCP"],
    "-f 7": ["lb_algo wlc"],
}  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS)
def test_options_of_services(options: str, convert: Convert) -> None:
    named = " ".join(options.split()[:2])
    found = lines(convert(f"{VIP}ipvsadm -A {options}\nipvsadm -a {named} -r 198.51.100.5:80 -m\n"))
    start = next(index for index, line in enumerate(found) if line.startswith("virtual_server"))
    inside = found[start + 1 : found.index("real_server 198.51.100.5 80 {")]
    assert [line for line in inside if line != "lb_kind NAT"] == OPTIONS[options]


def test_the_family_of_a_mark(convert: Convert) -> None:
    six = "ipvsadm -A -f 7 -6\nipvsadm -a -f 7 -6 -r [2001:db8::5]:80 -m\n"
    assert "ip_family inet6" in lines(convert(six))
    four = "ipvsadm -A -f 7\nipvsadm -a -f 7 -r 2001:db8::5 -i\n"
    assert "ip_family inet" in lines(convert(four))


METHODS = (
    "-r 10.0.0.1:80 -m -w 3 -x 9 -y 4",
    "-r 10.0.0.2 -g",
    "-r 10.0.0.3 -i --tun-type gue --tun-port 6080",
    "-r 10.0.0.4 -m",
)


def test_servers(convert: Convert) -> None:
    commands = "".join(f"ipvsadm -a -t 192.0.2.10:80 {words}\n" for words in METHODS)
    found = body(convert(f"{VIP}ipvsadm -A -t 192.0.2.10:80\n{commands}"))
    assert [line.strip() for line in found.split("\n")[6:] if line.strip() not in ("}", "")] == [
        "protocol TCP",
        "real_server 10.0.0.1 80 {", "weight 3", "uthreshold 9", "lthreshold 4",
        "real_server 10.0.0.2 80 {", "weight 1", "lvs_method DR",
        "real_server 10.0.0.3 80 {", "weight 1", "lvs_method TUN type gue port 6080 nocsum",
        "real_server 10.0.0.4 80 {", "weight 1",
    ]  # fmt: skip


def test_a_forwarded_server_behind_a_mark_has_no_port(convert: Convert) -> None:
    assert "real_server 10.0.0.1 0 {" in lines(convert("ipvsadm -A -f 1\nipvsadm -a -f 1 -r 10.0.0.1:80 -g\n"))


def test_servers_that_keepalived_cannot_tell_apart(convert: Convert) -> None:
    twice = "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.5:0 -m\n"
    conversion = convert(VIP + SERVICE + twice)
    assert (body(conversion), codes(conversion)) == (WHOLE, ["LVS711:5"])
    marked = "ipvsadm -A -f 1\nipvsadm -a -f 1 -r 10.0.0.1:80 -g\nipvsadm -a -f 1 -r 10.0.0.1:81 -i\n"
    assert codes(convert(marked)) == ["LVS711:4"]
    assert "real_server 198.51.100.5 80 {" in lines(convert(VIP + SERVICE.replace("5:80", "5:0")))


def test_timeouts(convert: Convert) -> None:
    assert "lvs_timeouts tcp 900 tcpfin 10 udp 300" in lines(convert(VIP + SERVICE + "ipvsadm --set 900 10 300\n"))
    own = "global_defs {\n lvs_timeouts tcp 5\n}\n"
    found = lines(convert({"etc/keepalived/keepalived.conf": own, RC: f"#!/bin/sh\n{SERVICE}ipvsadm --set 9 9 9\n"}))
    assert [line for line in found if "timeouts" in line] == ["lvs_timeouts tcp 5"]


DAEMON = "ipvsadm --start-daemon master --mcast-interface eth1 --syncid 9\n"


def test_synchronisation(convert: Convert) -> None:
    assert codes(convert(VIP + SERVICE + DAEMON)) == ["LVS717:5"]
    both = VIP + SERVICE + DAEMON + DAEMON.replace("master", "backup")
    found = [line for line in lines(convert(both, INSTANCE)) if "sync" in line]
    assert found == ["lvs_sync_daemon eth1 inst VI_1 id 9"]
    options = DAEMON.replace("eth1", "eth1 --mcast-group 224.0.0.99 --mcast-port 9 --mcast-ttl 4 --sync-maxlen 500")
    found = [line for line in lines(convert(VIP + SERVICE + options, INSTANCE)) if "sync" in line]
    assert found == ["lvs_sync_daemon eth1 inst VI_1 id 9 maxlen 500 port 9 ttl 4 group 224.0.0.99"]


def test_routes_and_rules(convert: Convert) -> None:
    network = (
        "ip route add 10.0.0.0/8 via 192.0.2.1 dev eth1 metric 5\n"
        "ip route add local 0/0 dev lo table 100\n"
        "ip rule add fwmark 1 table 100 prio 100\n"
        "ip -6 rule add fwmark 1 table 9 prio 5\n"
    )
    found = lines(convert(network))
    assert "10.0.0.0/8 via 192.0.2.1 dev eth1 metric 5" in found
    assert "local 0.0.0.0/0 dev lo scope host table 100" in found
    assert "fwmark 1 table 100 priority 100" in found
    assert "from ::/0 fwmark 1 table 9 priority 5" in found


def test_peers(convert: Convert) -> None:
    conversion = convert(
        "ip addr add 10.0.0.1 peer 10.0.0.2/32 dev eth1\nip addr add 10.0.0.5 peer 10.0.0.6/30 dev eth1\n"
    )
    assert lines(conversion)[1:3] == ["10.0.0.1 peer 10.0.0.2 dev eth1", "10.0.0.5 peer 10.0.0.6 dev eth1"]
    assert codes(conversion) == ["LVS711:3"]


def test_what_the_networks_own_files_say_stays_there(convert: Convert) -> None:
    files = {
        IFCFG.format(
            "eth1"
        ): "DEVICE=eth1\nIPADDR=192.0.2.1\nPREFIX=24\nIPADDR1=192.0.2.10\nPREFIX1=32\nGATEWAY=192.0.2.254\n"
    }
    conversion = convert({**files, RC: f"#!/bin/sh\n{SERVICE}"})
    assert "static_" not in body(conversion)
    assert codes(conversion) == []


def test_an_instance_takes_the_virtual_addresses(convert: Convert) -> None:
    vrrp = Vrrp(71, "eth1", 150, "WEB", "MASTER", "0.5", "hunter2")
    found = body(convert(VIP + "ip addr add 198.51.100.1/24 dev eth0\n" + SERVICE, vrrp))
    assert found.startswith(
        "static_ipaddress {\n    198.51.100.1/24 dev eth0\n}\n"
        "vrrp_instance WEB {\n    state MASTER\n    interface eth1\n    virtual_router_id 71\n    priority 150\n"
        "    advert_int 0.5\n    virtual_ipaddress {\n        192.0.2.10/24 dev eth1\n    }\n"
        "    authentication {\n        auth_type PASS\n        auth_pass hunter2\n    }\n}\n"
    )


def test_an_alias_of_a_file_floats_and_the_readme_says_so(convert: Convert) -> None:
    files = {IFCFG.format("eth1"): "DEVICE=eth1\nIPADDR=192.0.2.1\nPREFIX=24\nIPADDR1=192.0.2.10\nPREFIX1=32\n"}
    conversion = convert({**files, RC: f"#!/bin/sh\n{SERVICE}"}, INSTANCE)
    assert "192.0.2.10/32 dev eth1" in lines(conversion)
    readme = conversion.outputs[0].beside["README.md"]
    assert "   - 192.0.2.10/32 on eth1 (/etc/sysconfig/network-scripts/ifcfg-eth1)\n" in readme


def test_the_hosts_own_address_does_not_float(convert: Convert) -> None:
    files = {IFCFG.format("eth1"): "DEVICE=eth1\nIPADDR=192.0.2.10\nPREFIX=24\n", RC: f"#!/bin/sh\n{SERVICE}"}
    conversion = convert(files, INSTANCE)
    assert "vrrp_instance" not in body(conversion)
    assert codes(conversion) == ["LVS716:2"]
    assert conversion.notes == ("lvs1: --vrrp has nothing to do: no address is left that an instance could own",)


def test_the_servers_gateway_floats_too(convert: Convert) -> None:
    inside = "ip addr add 198.51.100.2/24 dev eth0\nip addr add 198.51.100.1/24 dev eth0\n"
    web = {
        IFCFG.format("eth0"): "DEVICE=eth0\nIPADDR=198.51.100.5\nPREFIX=24\n",
        "etc/sysconfig/network": "NETWORKING=yes\nGATEWAY=198.51.100.1\n",
    }
    found = body(convert(VIP + inside + SERVICE, INSTANCE, web1=web))
    assert "static_ipaddress {\n    198.51.100.2/24 dev eth0\n}\n" in found
    assert "        192.0.2.10/24 dev eth1\n        198.51.100.1/24 dev eth0\n" in found


def test_addresses_that_no_input_tells_of(convert: Convert) -> None:
    assert codes(convert(SERVICE)) == ["LVS715:2"]
    conversion = convert(SERVICE, INSTANCE)
    assert codes(conversion) == []
    assert "192.0.2.10/32 dev eth1" in lines(conversion)


def test_addresses_taken_by_policy_routing(convert: Convert) -> None:
    taken = "ip route add local 0/0 dev lo table 100\nip rule add fwmark 1 table 100\n"
    for vrrp in (None, INSTANCE):
        conversion = convert(taken + SERVICE, vrrp)
        assert codes(conversion) == []
        assert "vrrp_instance" not in body(conversion)
    assert codes(convert("ip route add local 203.0.113.0/24 dev lo\n" + SERVICE)) == ["LVS715:3"]


def test_two_families_and_many_addresses(convert: Convert) -> None:
    several = "".join(f"ip addr add 192.0.2.{n}/32 dev eth1\n" for n in range(10, 32))
    services = "".join(SERVICE.replace("192.0.2.10", f"192.0.2.{n}") for n in range(10, 32))
    six = "ip addr add 2001:db8::7/64 dev eth1\nipvsadm -A -t [2001:db8::7]:80\nipvsadm -a -t [2001:db8::7]:80 -r 2001:db8::8 -m\n"
    found = body(convert(several + services + six, INSTANCE))
    told, _, excluded = found.partition("virtual_ipaddress_excluded")
    assert told.count("/32 dev eth1") == 20
    assert [line.strip() for line in excluded.split("\n")[1:4]] == [
        "192.0.2.30/32 dev eth1", "192.0.2.31/32 dev eth1", "2001:db8::7/64 dev eth1",
    ]  # fmt: skip


def test_routes_that_need_a_floating_address_go_with_it(convert: Convert) -> None:
    routes = (
        "ip route add 10.1.0.0/16 via 198.51.100.9 src 192.0.2.10\n"
        "ip route add 10.2.0.0/16 via 192.0.2.9 dev eth1\n"
        "ip route add 10.3.0.0/16 via 198.51.100.9 dev eth0\n"
    )
    inside = "ip addr add 198.51.100.1/24 dev eth0\n"
    found = body(convert(VIP + inside + routes + SERVICE, INSTANCE))
    static, _, virtual = found.partition("virtual_routes {")
    assert "10.3.0.0/16" in static
    assert ("10.1.0.0/16" in virtual, "10.2.0.0/16" in virtual) == (True, True)
    assert "virtual_routes" not in body(convert(VIP + inside + routes + SERVICE))


CONF = "etc/keepalived/keepalived.conf"
OWN = "virtual_server 192.0.2.10 80 {\n protocol TCP\n real_server 198.51.100.5 80 {\n }\n}\n"
HELD = "vrrp_instance VI_1 {\n interface eth1\n virtual_router_id 71\n virtual_ipaddress {\n 192.0.2.10/24\n }\n}\n"


def test_what_keepalived_has_already(convert: Convert) -> None:
    conversion = convert({CONF: OWN + HELD, RC: f"#!/bin/sh\n{VIP}{SERVICE}{SERVICE.replace(':80', ':443')}"})
    found = body(conversion)
    assert (found.count("virtual_server 192.0.2.10 80 "), found.count("virtual_server 192.0.2.10 443 ")) == (1, 1)
    assert "static_ipaddress" not in found
    assert codes(conversion) == []


def test_a_server_that_keepalived_does_not_have(convert: Convert) -> None:
    extra = "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.6:80 -m\n"
    assert codes(convert({CONF: OWN + HELD, RC: f"#!/bin/sh\n{SERVICE}{extra}"})) == ["LVS718:4"]


@pytest.mark.parametrize(
    ("vrrp", "message"),
    [
        (Vrrp(7, "eth0", 1), "has a vrrp_instance VI_1 already"),
        (Vrrp(71, "eth1", 1, "B"), "has VRID 71 on eth1 already"),
    ],
)
def test_an_instance_without_a_place(vrrp: Vrrp, message: str, convert: Convert) -> None:
    with pytest.raises(Clash, match=message):
        convert({CONF: HELD, RC: f"#!/bin/sh\n{SERVICE}"}, vrrp)


def test_one_priority_is_for_one_director(convert: Convert) -> None:
    with pytest.raises(Clash, match="one director"):
        convert(SERVICE, INSTANCE, lvs2={RC: f"#!/bin/sh\n{SERVICE}"})


CHECKS = {"tcp": {"80": "TCP_CHECK", "443": "TCP_CHECK"}, "http": {"80": "HTTP_GET", "443": "SSL_GET"}}


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("port", ["80", "443"])
def test_checks(kind: str, port: str, convert: Convert) -> None:
    found = lines(convert(VIP + SERVICE.replace(":80", f":{port}"), checks=kind))
    assert f"{CHECKS[kind][port]} {{" in found
    assert ("path /" in found) == (kind == "http")
    own = lines(convert({CONF: OWN.replace(" 80", f" {port}")}, checks=kind))
    assert f"{CHECKS[kind][port]} {{" in own


def test_where_no_check_is_added(convert: Convert) -> None:
    udp, mark = SERVICE.replace("-t", "-u"), "ipvsadm -A -f 1\nipvsadm -a -f 1 -r 10.0.0.1 -m\n"
    every = "ipvsadm -A -t 192.0.2.10:0 -p\nipvsadm -a -t 192.0.2.10:0 -r 10.0.0.1 -m\n"
    for text in (udp, mark, every):
        assert "CHECK" not in body(convert(VIP + text, checks="tcp"))
    checked = OWN.replace("80 {\n }", "80 {\n PING_CHECK {\n }\n }")
    for text in (OWN.replace("TCP", "UDP"), checked, OWN.replace("192.0.2.10 80", "fwmark 5")):
        assert "TCP_CHECK" not in body(convert({CONF: text}, checks="tcp"))


@pytest.mark.parametrize(
    ("commands", "line", "detail"),
    [
        ("ipvsadm -A -t 192.0.2.10:80 -s none\n", 3, "the scheduler `none`; the output has `wlc`"),
        ("ipvsadm -A -t 192.0.2.10:80 -s sh -b sh-port\n", 3, "`sh-port`, which came with keepalived 1.3.0"),
    ],
)
def test_what_keepalived_cannot_say(commands: str, line: int, detail: str, convert: Convert) -> None:
    conversion = convert(VIP + commands + SERVICE.split("\n")[1] + "\n", target="1.2.19")
    assert codes(conversion) == [f"LVS711:{line}"]
    assert detail in conversion.losses.findings[0].message


def test_a_whole_list_that_is_too_new(convert: Convert) -> None:
    conversion = convert(VIP + SERVICE + "ip rule add fwmark 1 table 100 prio 9\n", target="1.2.19")
    assert codes(conversion) == ["LVS711:5"]
    assert "`static_rules`, which came with keepalived 1.2.20" in conversion.losses.findings[0].message


def test_services_without_servers_and_logs_without_a_beginning(convert: Convert) -> None:
    assert codes(convert(VIP + SERVICE + "ipvsadm -A -t 192.0.2.10:443\n")) == ["LVS712:5"]
    log = "".join(f"[root@lvs1 ~]# {line}\n" for line in (VIP + SERVICE).splitlines()[0:1] + SERVICE.splitlines()[1:])
    assert codes(convert({"session.log": log})) == ["LVS713:2", "LVS714:2"]


def test_the_order_is_that_of_the_inputs(convert: Convert) -> None:
    loop = "for p in 80 443 8080; do ipvsadm -A -t 192.0.2.10:$p; for s in 3 1 2; do ipvsadm -a -t 192.0.2.10:$p -r 10.0.0.$s:$p -m; done; done\n"
    found = [line for line in lines(convert(VIP + loop)) if "server" in line]
    assert [line.split()[2] for line in found if line.startswith("virtual")] == ["80", "443", "8080"]
    assert [line.split()[1] for line in found if line.startswith("real")] == ["10.0.0.3", "10.0.0.1", "10.0.0.2"] * 3
