"""Notes to hosts."""

from __future__ import annotations

import pytest

from lvscompile.app.pages import hosts_of
from lvscompile.frontends.shell import read_script
from lvscompile.ir.shell import Command
from lvscompile.syntax.source import Source

ADD = "ipvsadm -A -t 192.0.2.1:80 -s rr\n"
CONF = "cat /etc/keepalived/keepalived.conf\nvrrp_instance A {\n    virtual_router_id 61\n}\n"


def hosts(text: str) -> list[tuple[str, str, list[str]]]:
    """Name, role, and the tools that were run."""
    script = read_script(Source("notes.txt", text), mode="document")
    return [
        (name, role, [item.tool if isinstance(item, Command) else "FILE" for item in items])
        for name, role, items in hosts_of(script)
    ]


TEXTS = {
    "one host": (f"Add it:\n{ADD}", [("", "director", ["ipvsadm"])]),
    "prompts name hosts": (
        f"[root@lvs1 ~]# {ADD}[root@web1 ~]# ip addr add 192.0.2.1/32 dev lo\n[root@lvs1 ~]# ipvsadm -Ln\n",
        [("lvs1", "", ["ipvsadm", "ipvsadm"]), ("web1", "", ["ip"])],
    ),
    "localhost is no name": (f"[root@localhost ~]# {ADD}", [("", "director", ["ipvsadm"])]),
    "what stands between prompts": (
        f"[root@lvs1 ~]# {ADD}then:\n\nsysctl -w net.ipv4.ip_forward=1\n",
        [("lvs1", "", ["ipvsadm", "sysctl"])],
    ),
    "a heading of real servers": (
        f"== Director ==\n{ADD}\n== Web servers ==\nifconfig lo:0 192.0.2.1 netmask 255.255.255.255\n",
        [("", "director", ["ipvsadm"]), ("-web-servers", "real-server", ["ifconfig"])],
    ),
    "headings of one host": (
        f"== Install ==\nmodprobe ip_vs\n\n== Services ==\n{ADD}",
        [("", "director", ["modprobe", "ipvsadm"])],
    ),
    "a set-up that begins anew": (
        f"== One ==\n{ADD}\n== Two ==\nipvsadm -C\n{ADD}",
        [("", "director", ["ipvsadm"]), ("", "director", ["ipvsadm", "ipvsadm"])],
    ),
    "cleared before anything is there": (f"== One ==\nipvsadm -C\n{ADD}", [("", "director", ["ipvsadm", "ipvsadm"])]),
    "two configurations": (
        f"first:\n{CONF}\nsecond:\n{CONF}",
        [("", "director", ["cat", "FILE", "cat"]), ("", "director", ["FILE"])],
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_hosts_of_notes(name: str) -> None:
    text, expected = TEXTS[name]
    assert hosts(text) == expected


def test_a_script_is_one_host() -> None:
    script = read_script(Source("x.sh", f"#!/bin/sh\n{ADD}ipvsadm -C\n{ADD}"))
    assert [(name, role, len(items)) for name, role, items in hosts_of(script)] == [("", "", 3)]
