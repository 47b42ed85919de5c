"""`lvscompile convert` of whole hosts: the forms, the options, the folder of a host, refusals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

RC = "etc/rc.d/rc.local"
SERVICE = "ipvsadm -A -t 192.0.2.10:80 -s rr\nipvsadm -a -t 192.0.2.10:80 -r 198.51.100.5:80 -m\n"
SCRIPT = f"#!/bin/sh\nmodprobe ip_vs_ftp\nip addr add 192.0.2.10/24 dev eth1\nipvsadm -C\n{SERVICE}"
SCRIPT += "echo 1 > /proc/sys/net/ipv4/ip_forward\niptables -A INPUT -p icmp -j ACCEPT\n"
OUTPUT = """\
static_ipaddress {
    # /etc/rc.d/rc.local:3
    192.0.2.10/24 dev eth1
}

# /etc/rc.d/rc.local:5
virtual_server 192.0.2.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    # /etc/rc.d/rc.local:6
    real_server 198.51.100.5 80 {
        weight 1
    }
}
"""
TABLE = "-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 198.51.100.5:80 -m -w 1\n"
CONF = """\
vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 71
    virtual_ipaddress {
        192.0.2.10/24
    }
}

virtual_server 192.0.2.10 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    sorry_server 198.51.100.9 80
    real_server 198.51.100.5 80 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
"""
VRRP = "vrid=71,interface=eth1,priority=150"


def lay(folder: Path, **hosts: dict[str, str]) -> list[str]:
    for host, files in hosts.items():
        for name, text in files.items():
            path = folder / host / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return [f"{host}={folder / host}" for host in hosts]


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def host(tmp_path: Path) -> str:
    return lay(tmp_path, lvs1={RC: SCRIPT})[0]


def test_a_script_to_stdout(lvscompile, host: str) -> None:
    done = lvscompile("convert", host)
    assert (done.status, done.out) == (0, OUTPUT)
    notes = [line for line in done.err.splitlines() if line.startswith("note: keepalived.conf")]
    assert notes == [
        "note: keepalived.conf does not hold all of lvs1: -o DIR writes rules.v4, 99-lvscompile.conf, "
        "lvscompile-modules.conf, README.md beside it"
    ]


def test_the_folder_of_a_host(lvscompile, host: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert lvscompile("convert", host, "-o", f"{out}/").status == 0
    assert entries(out / "lvs1") == [
        "99-lvscompile.conf", "README.md", "keepalived.conf", "lvscompile-modules.conf", "rules.v4",
    ]  # fmt: skip
    assert (out / "lvs1/99-lvscompile.conf").read_text() == "# /etc/rc.d/rc.local:7\nnet.ipv4.ip_forward = 1\n"
    assert (out / "lvs1/lvscompile-modules.conf").read_text() == "ip_vs_ftp\n"
    assert "-A INPUT -p icmp -j ACCEPT\n" in (out / "lvs1/rules.v4").read_text()
    assert (out / "lvs1/keepalived.conf").read_text() == OUTPUT
    readme = (out / "lvs1/README.md").read_text()
    assert "| `rules.v4` | /etc/iptables/rules.v4 (Debian)" in readme
    assert "   - `/etc/rc.d/rc.local`, lines 3, 4, 5, 6, 8\n" in readme
    assert "### Masqueraded servers" in readme


DIRECT = SCRIPT.replace("-m\n", "-g\n")
TUNNEL = SCRIPT.replace("-m\n", "-i\n")
WEB = {"etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\nIPADDR=198.51.100.5\nPREFIX=24\n"}
REDIRECT = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 192.0.2.10/32 -j REDIRECT\nCOMMIT\n"


@pytest.mark.parametrize(
    ("script", "files"),
    [(DIRECT, ["direct-routing.conf", "direct-routing.sh"]), (TUNNEL, ["tunnel.conf", "tunnel.sh"]), (SCRIPT, [])],
)
def test_what_real_servers_need(script: str, files: list[str], lvscompile, tmp_path: Path) -> None:
    hosts = lay(tmp_path, lvs1={RC: script})
    assert lvscompile("convert", *hosts, "-o", f"{tmp_path}/out/").status == 0
    folder = tmp_path / "out/lvs1/real-servers"
    assert (entries(folder) if folder.exists() else []) == files
    for name in files:
        text = (folder / name).read_text()
        assert ("192.0.2.10/32" in text) == name.endswith(".sh")
        assert ("net.ipv4.conf.all.arp_ignore = 1\n" in text) == name.endswith(".conf")


def test_servers_that_take_the_address_by_redirect(lvscompile, tmp_path: Path) -> None:
    hosts = lay(tmp_path, lvs1={RC: DIRECT}, web1={**WEB, "etc/sysconfig/iptables": REDIRECT})
    assert lvscompile("convert", *hosts, "-o", f"{tmp_path}/out/").status == 0
    assert not (tmp_path / "out/lvs1/real-servers").exists()
    assert "- 198.51.100.5 (web1): takes them by REDIRECT already" in (tmp_path / "out/lvs1/README.md").read_text()
    assert not (tmp_path / "out/web1").exists()


def test_the_gateway_of_masqueraded_servers(lvscompile, tmp_path: Path) -> None:
    inside = {"etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\nIPADDR=198.51.100.1\nPREFIX=24\n"}
    hosts = lay(tmp_path, lvs1={RC: SCRIPT, **inside}, web1=WEB)
    assert lvscompile("convert", *hosts, "-o", f"{tmp_path}/out/").status == 0
    assert (
        "- 198.51.100.5 (web1): `ip route replace default via 198.51.100.1`"
        in (tmp_path / "out/lvs1/README.md").read_text()
    )


def test_all_or_nothing(lvscompile, host: str, tmp_path: Path) -> None:
    """One file of a host cannot be written: none is, and no folder stays behind."""
    out = tmp_path / "out"
    (out / "lvs1" / "README.md").mkdir(parents=True)
    done = lvscompile("convert", host, "-o", f"{out}/")
    assert done.status == 2
    assert entries(out) == []


def test_to_ipvsadm(lvscompile, host: str, tmp_path: Path) -> None:
    assert lvscompile("convert", host, "--to", "ipvsadm").out == TABLE
    (tmp_path / "keepalived.conf").write_text(CONF)
    done = lvscompile("convert", str(tmp_path / "keepalived.conf"), "--to", "ipvsadm")
    assert (done.status, done.out) == (0, TABLE)
    assert [line.split()[2] for line in done.err.splitlines()] == ["LVS720", "LVS721", "LVS719"]
    assert lvscompile("convert", str(tmp_path / "keepalived.conf"), "--to", "ipvsadm", "--strict").status == 1


def test_timeouts_to_ipvsadm(lvscompile, tmp_path: Path) -> None:
    conf = tmp_path / "keepalived.conf"
    conf.write_text("global_defs {\n lvs_timeouts tcp 9 udp 0\n}\n" + CONF)
    assert lvscompile("convert", str(conf), "--to", "ipvsadm").out == TABLE + "--set 9 0 0\n"
    hosts = lay(tmp_path, lvs1={RC: f"{SCRIPT}ipvsadm --set 5 6 7\nipvsadm --start-daemon backup\n"})
    done = lvscompile("convert", *hosts, "--to", "ipvsadm")
    assert done.out == TABLE + "--set 5 6 7\n--start-daemon backup --mcast-interface eth0 --sync-maxlen 1472\n"


def test_to_sysctl(lvscompile, tmp_path: Path) -> None:
    settings = "net.ipv4.ip_forward = 0\n-kernel.sysrq = 1\nnet.ipv4.conf.all.rp_filter = 1\n"
    hosts = lay(tmp_path, lvs1={RC: SCRIPT, "etc/sysctl.conf": settings})
    assert lvscompile("convert", *hosts, "--to", "sysctl").out == (
        "# /etc/sysctl.conf:2\n-kernel.sysrq = 1\n# /etc/sysctl.conf:3\nnet.ipv4.conf.all.rp_filter = 1\n"
        "# /etc/rc.d/rc.local:7\nnet.ipv4.ip_forward = 1\n"
    )


NOTES = """\
To add the service:
# ip addr add 192.0.2.10/24 dev eth1
# ipvsadm -C
# ipvsadm -A -t 192.0.2.10:80 -s rr
# ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.5:80 -m

To undo:
# ipvsadm -D -t 192.0.2.10:80
# ip addr del 192.0.2.10/24 dev eth1
"""


def test_undo_lines_are_left_out_and_told(lvscompile, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text(NOTES)
    done = lvscompile("convert", f"lvs1={notes}")
    assert done.status == 0
    assert "virtual_server 192.0.2.10 80" in done.out
    assert "2 commands that undo earlier ones are left out" in done.err
    assert "lines 8, 9" in done.err
    done = lvscompile("convert", f"lvs1={notes}", "--replay-all")
    assert (done.status, done.out) == (1, "")
    assert "lvs1: nothing to convert: the commands leave no service with servers behind" in done.err


@pytest.mark.parametrize("form", ["keepalived", "ipvsadm", "sysctl"])
def test_nothing_to_convert(form: str, lvscompile, tmp_path: Path) -> None:
    hosts = lay(tmp_path, lvs1={"etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=lvs1\n"})
    done = lvscompile("convert", *hosts, "--to", form)
    assert (done.status, done.out) == (1, "")
    assert "lvs1: nothing to convert: " in done.err


def test_a_host_of_which_there_is_nothing_beside_another(lvscompile, host: str, tmp_path: Path) -> None:
    hosts = [host, *lay(tmp_path, lvs2={"etc/sysconfig/network": "NETWORKING=yes\n"})]
    done = lvscompile("convert", *hosts)
    assert (done.status, done.out) == (0, OUTPUT)
    assert "note: lvs2: nothing to convert: " in done.err


def test_an_instance(lvscompile, host: str) -> None:
    done = lvscompile("convert", host, "--vrrp", f"{VRRP},state=MASTER,advert=0.5,name=WEB,auth=hunter2")
    assert done.out.startswith("vrrp_instance WEB {\n    state MASTER\n    interface eth1\n    virtual_router_id 71\n")
    assert "advert_int 0.5" in done.out


def test_checks(lvscompile, host: str) -> None:
    assert "TCP_CHECK {" in lvscompile("convert", host, "--add-checks", "tcp").out


def test_keep_writes_what_is_new_behind_the_file(lvscompile, tmp_path: Path) -> None:
    conf = "! mine\nglobal_defs {\n    router_id A\n}\n"
    hosts = lay(tmp_path, lvs1={RC: SCRIPT, "etc/keepalived/keepalived.conf": conf})
    assert lvscompile("convert", *hosts, "--keep").out == f"{conf}\n{OUTPUT}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("vrid=71,interface=eth1", "priority must be said too"),
        ("", "'' is none of vrid=, interface=, priority="),
        ("vrid=71,vrid=72", "vrid is there twice"),
        ("vrid=0", "vrid=0: a number from 1 to 255 is needed"),
        ("vrid=256", "vrid=256: a number from 1 to 255 is needed"),
        ("vrid=x", "vrid=x: a number"),
        ("priority=256", "priority=256: a number"),
        ("interface=averyverylongname", "a name of at most 15 characters is needed"),
        ("interface=", "a name of at most 15 characters is needed"),
        ("state=FAULT", "MASTER or BACKUP is needed"),
        ("advert=0", "seconds from 0.01 to 255 are needed"),
        ("auth=ninechars", "auth=...: one to eight characters are needed"),
        ("name=a b", "one word is needed"),
        ("vrdi=7", "'vrdi=7' is none of"),
    ],
)
def test_words_of_vrrp(words: str, message: str, lvscompile, host: str) -> None:
    done = lvscompile("convert", host, "--vrrp", words)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_an_instance_that_has_no_place(lvscompile, tmp_path: Path) -> None:
    hosts = lay(tmp_path, lvs1={RC: SCRIPT, "etc/keepalived/keepalived.conf": CONF})
    done = lvscompile("convert", *hosts, "--vrrp", VRRP)
    assert done.status == 2
    assert "lvs1 has a vrrp_instance VI_1 already" in done.err


@pytest.mark.parametrize("option", [("--vrrp", VRRP), ("--add-checks", "tcp"), ("--keep",)])
def test_options_that_are_keepaliveds(option: tuple[str, ...], lvscompile, host: str) -> None:
    done = lvscompile("convert", host, "--to", "ipvsadm", *option)
    assert done.status == 2
    assert "are for --to keepalived" in done.err


def test_new_files_belong_to_their_owner_alone(lvscompile, host: str, tmp_path: Path) -> None:
    lvscompile("convert", host, "-o", f"{tmp_path}/out/")
    modes = {os.stat(path).st_mode & 0o777 for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert modes == {0o600}
