"""A directory as a host: which files are read, as what, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.app.inputs import resolve
from lvscompile.app.load import load
from lvscompile.ir.site import DIRECTOR, REAL_SERVER
from lvscompile.syntax.source import InputError

FILES = {
    "etc/keepalived/keepalived.conf": "vrrp_instance A {\n}\n",
    "etc/rc.local": "#!/bin/sh\n/usr/local/sbin/lvs.sh\n",
    "usr/local/sbin/lvs.sh": "#!/bin/sh\nipvsadm -C\n",
    "usr/local/sbin/other.sh": "#!/bin/sh\nipvsadm -Z\n",
    "usr/local/bin/prog": "\x7fELF\0\0\0",
    "etc/sysconfig/ipvsadm": "-A -t 192.0.2.1:80 -s rr\n",
    "etc/sysconfig/iptables": "*filter\nCOMMIT\n",
    "etc/sysconfig/network": "NETWORKING=yes\n",
    "etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\n",
    "etc/sysconfig/network-scripts/ifcfg-eth0.bak": "DEVICE=eth9\n",
    "etc/sysconfig/keepalived": 'KEEPALIVED_OPTIONS="-D"\n',
    "etc/sysctl.conf": "net.ipv4.ip_forward = 1\n",
    "etc/sysctl.d/10-a.conf": "net.ipv4.ip_forward = 0\n",
    "etc/modules": "ip_vs\n",
    "facts.json": '{"lvscompile_facts": 1}\n',
    "notes.txt": "[root@lvs1 ~]# ipvsadm -Ln\n",
    "README": "hello\n",
    "rules.v4.bak": "*filter\nCOMMIT\n",
}


def write(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


def test_the_places_of_real_systems_in_the_order_of_a_boot(tmp_path: Path) -> None:
    found = resolve([write(tmp_path, FILES)], {})
    (host,) = found.hosts
    assert [(piece.given.kind, piece.given.path, piece.given.persistent) for piece in host.pieces] == [
        ("network", "/etc/sysconfig/network", True),
        ("ifcfg", "/etc/sysconfig/network-scripts/ifcfg-eth0", True),
        ("modules", "/etc/modules", True),
        ("sysctl", "/etc/sysctl.d/10-a.conf", True),
        ("sysctl", "/etc/sysctl.conf", True),
        ("iptables", "/etc/sysconfig/iptables", True),
        ("ipvsadm", "/etc/sysconfig/ipvsadm", True),
        ("options", "/etc/sysconfig/keepalived", True),
        ("script", "/etc/rc.local", True),
        ("script", "/usr/local/sbin/lvs.sh", True),
        ("script", "/usr/local/sbin/other.sh", False),
        ("log", "", False),
        ("facts", "", False),
    ]
    assert found.notes == [f"{tmp_path}: not read: README, rules.v4.bak"]


def test_a_host_without_a_configuration(tmp_path: Path) -> None:
    (host,) = load([write(tmp_path / "lvs1", {"rc.local": "ipvsadm -A -t 192.0.2.1:80\n"})]).hosts
    assert host.director.vrrp == ()
    assert host.director.machine is not None
    assert host.director.machine.givens[0].persistent


def test_a_directory_without_anything_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing in this directory"):
        resolve([write(tmp_path, {"README": "hello\n"})], {})


def test_what_keepalived_runs_is_not_replayed(tmp_path: Path) -> None:
    conf = 'vrrp_instance A {\n    notify "/usr/local/sbin/lvs.sh"\n}\n'
    found = resolve([write(tmp_path, FILES | {"etc/keepalived/keepalived.conf": conf})], {})
    assert "/usr/local/sbin/lvs.sh" not in [piece.given.path for piece in found.hosts[0].pieces]
    assert any("keepalived runs it" in note for note in found.notes)


CONF = "vrrp_instance A {\n}\n"
SCRIPT = "ipvsadm -A -t 192.0.2.1:80 -s rr\n"


def hosts(folder: Path, *words: str) -> list[tuple[str, bool, list[str]]]:
    """Name, whether it has a keepalived.conf, and the kinds of its other texts."""
    found = resolve([word.replace("@", f"{folder}/") for word in words], {})
    return [(host.name, bool(host.source.path), [piece.given.kind for piece in host.pieces]) for host in found.hosts]


def test_bare_files_make_one_host(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.conf": CONF, "b.conf": CONF, "x.sh": SCRIPT, "y.sh": SCRIPT, "s.conf": "net.ipv4.ip_forward=1\n"}
    )
    assert hosts(tmp_path, "@x.sh", "@y.sh") == [("x", False, ["script", "script"])]
    assert hosts(tmp_path, "@a.conf", "@x.sh", "@s.conf") == [("a", True, ["script", "sysctl"])]
    assert hosts(tmp_path, "@a.conf", "@b.conf", "@x.sh") == [("a", True, ["script"]), ("b", True, ["script"])]
    assert (
        "taken for part of each of a, b"
        in resolve([f"{tmp_path}/{n}" for n in ("a.conf", "b.conf", "x.sh")], {}).notes[0]
    )
    assert hosts(tmp_path, "lvs1=@a.conf", "lvs1=@x.sh", "lvs2=@b.conf") == [
        ("lvs1", True, ["script"]),
        ("lvs2", True, []),
    ]
    assert hosts(tmp_path, "lvs1=@x.sh", "lvs1=@a.conf") == [("lvs1", True, ["script"])]
    assert hosts(tmp_path, "web1=@x.sh", "@a.conf") == [("web1", False, ["script"]), ("a", True, [])]


def test_a_page_of_several_hosts(tmp_path: Path) -> None:
    page = f"[root@lvs1 ~]# {SCRIPT}[root@web1 ~]# ip addr add 192.0.2.1/32 dev lo\n"
    write(tmp_path, {"page.txt": page})
    assert hosts(tmp_path, "@page.txt") == [("lvs1", False, ["log"]), ("web1", False, ["log"])]
    assert hosts(tmp_path, "x=@page.txt") == [("x", False, ["log"])]
    roles = {host.director.name: host.director.role for host in load([f"{tmp_path}/page.txt"]).hosts}
    assert roles == {"lvs1": DIRECTOR, "web1": REAL_SERVER}


def test_roles_are_guessed_and_said(tmp_path: Path) -> None:
    script = SCRIPT + "ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.1 -m\n"
    network = "DEVICE=eth0\nIPADDR=198.51.100.1\nNETMASK=255.255.255.0\n"
    words = [write(tmp_path / "lvs1", {"rc.local": script}), write(tmp_path / "a", {"ifcfg-eth0": network})]
    assert [host.director.role for host in load(words).hosts] == [DIRECTOR, REAL_SERVER]
    assert [host.director.role for host in load(words, roles={"a": DIRECTOR}).hosts] == [DIRECTOR, DIRECTOR]
    assert load(words, roles={"b": DIRECTOR}).notes == ("--role: there is no host b",)


FACTS = '{"lvscompile_facts": 1, "hostname": "lvs2.example.org", "kernel": "6.1"}\n'


def test_facts_go_to_the_host_that_they_name(tmp_path: Path) -> None:
    write(tmp_path, {"f.json": FACTS, "lvs1.conf": CONF, "lvs2.conf": CONF})
    assert hosts(tmp_path, "@lvs1.conf", "@lvs2.conf", "@f.json") == [("lvs1", True, []), ("lvs2", True, ["facts"])]
    assert hosts(tmp_path, "@lvs1.conf", "@f.json") == [("lvs1", True, ["facts"])]
    assert hosts(tmp_path, "lvs1=@lvs1.conf", "lvs1=@f.json") == [("lvs1", True, ["facts"])]


def test_facts_belong_to_the_only_directory(tmp_path: Path) -> None:
    write(tmp_path, {"d/etc/keepalived/keepalived.conf": CONF, "f.json": FACTS})
    assert hosts(tmp_path, "@d", "@f.json") == [("d", True, ["facts"])]


def test_this_host_may_be_looked_at(tmp_path: Path) -> None:
    (host,) = load([write(tmp_path / "lvs1", {"keepalived.conf": CONF})], live=True).hosts
    assert host.director.machine is not None
    assert "sysctls" in host.director.machine.complete
