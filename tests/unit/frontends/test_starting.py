from __future__ import annotations

import pytest

from lvscompile.frontends.starting import modules, services
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

STMT = Stmt("COMMAND", Source("x", ""), 0, 0, 1, "")


@pytest.mark.parametrize(
    ("command", "loaded"),
    [
        ("modprobe ip_vs", [("ip_vs", (), False)]),
        ("modprobe ip_vs_ftp ports=21,2121", [("ip_vs_ftp", ("ports=21,2121",), False)]),
        ("modprobe -a ip_vs ip-vs-rr", [("ip_vs", (), False), ("ip_vs_rr", (), False)]),
        ("modprobe -r ip_vs", [("ip_vs", (), True)]),
        ("modprobe -q --all a b", [("a", (), False), ("b", (), False)]),
        ("modprobe -C /x --remove a", [("a", (), True)]),
        ("modprobe -n ip_vs", []),
        ("modprobe", []),
        ("insmod /lib/modules/x/ip_vs.ko.xz", [("ip_vs", (), False)]),
        ("rmmod a b", [("a", (), True), ("b", (), True)]),
    ],
)
def test_modules(command: str, loaded: list[tuple[str, tuple[str, ...], bool]]) -> None:
    program, *words = command.split()
    assert [(each.name, each.options, each.remove) for each in modules(program, words, STMT)] == loaded


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("service keepalived start", [("keepalived", "start")]),
        ("/sbin/service iptables save", [("iptables", "save")]),
        ("service --status-all", []),
        ("/etc/rc.d/init.d/keepalived start", [("keepalived", "start")]),
        ("/etc/init.d/ipvsadm save", [("ipvsadm", "save")]),
        ("/etc/init.d/ipvsadm", []),
        ("/opt/keepalived start", []),
        ("systemctl enable --now keepalived.service ipvsadm", [
            ("keepalived", "enable"), ("ipvsadm", "enable"), ("keepalived", "start"), ("ipvsadm", "start")]),
        ("systemctl disable --now a", [("a", "disable"), ("a", "stop")]),
        ("systemctl -q restart a", [("a", "restart")]),
        ("systemctl daemon-reload", []),
        ("systemctl", []),
        ("chkconfig keepalived on", [("keepalived", "enable")]),
        ("chkconfig --level 35 keepalived off", [("keepalived", "disable")]),
        ("chkconfig --list", []),
        ("update-rc.d keepalived defaults", [("keepalived", "defaults")]),
        ("ls -l", []),
    ],
)  # fmt: skip
def test_services(command: str, asked: list[tuple[str, str]]) -> None:
    program, *words = command.split()
    assert [(each.name, each.action) for each in services(program, words, STMT)] == asked
