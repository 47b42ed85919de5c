from __future__ import annotations

import pytest

from lvscompile.frontends.sysctl.files import MAIN, boot_order, expand, listing, read, scan, settings
from lvscompile.frontends.sysctl.keys import canonical, from_path, is_pattern, path
from lvscompile.syntax.source import Source

TEXT = """\
# comment
; other comment
net.ipv4.ip_forward = 1
  net/ipv4/conf/eth0.5/rp_filter=2  # kept with the value
-net.ipv4.nope=1
net.ipv4.conf.*.arp_ignore = 1
-net.ipv4.conf.lo.arp_ignore
word
= 1

kernel.core_pattern = |/usr/bin/x %p\r
last=1"""


def test_lines_of_a_file() -> None:
    source = Source("sysctl.conf", TEXT)
    lines = read(source)
    assert "".join(stmt.text for stmt in scan(source)) == TEXT
    assert [line.kind for line in lines] == [
        "COMMENT", "COMMENT", "SETTING", "SETTING", "SETTING", "SETTING", "EXCEPTION", "UNKNOWN", "UNKNOWN", "BLANK",
        "SETTING", "SETTING",
    ]  # fmt: skip
    found = settings(lines)
    assert [(s.key, s.value, s.forgiving) for s in found] == [
        ("net.ipv4.ip_forward", "1", False), ("net.ipv4.conf.eth0/5.rp_filter", "2  # kept with the value", False),
        ("net.ipv4.nope", "1", True), ("net.ipv4.conf.*.arp_ignore", "1", False),
        ("kernel.core_pattern", "|/usr/bin/x %p", False), ("last", "1", False),
    ]  # fmt: skip
    assert all(s.persistent for s in found)
    assert [s.origin.line for s in found] == [3, 4, 5, 6, 11, 12]


def test_places() -> None:
    line = read(Source("x", " -a.b =  c d \n"))[0]
    assert line.key is not None
    assert line.value is not None
    text = " -a.b =  c d \n"
    assert text[line.key.start : line.key.end] == "a.b"
    assert text[line.value.start : line.value.end] == "c d"


def test_a_listing_is_of_the_running_kernel() -> None:
    lines = listing(Source("out", "net.ipv4.ip_forward = 0\nsysctl: permission denied on key 'x'\n"))
    assert [line.kind for line in lines] == ["SETTING", "MESSAGE"]
    assert not settings(lines)[0].persistent
    assert read(Source("out", "sysctl: permission denied on key 'x'\n"))[0].kind == "UNKNOWN"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("net.ipv4.ip_forward", "net.ipv4.ip_forward"), ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
        ("net/ipv4/conf/eth0.5/rp_filter", "net.ipv4.conf.eth0/5.rp_filter"),
        ("net.ipv4.conf.eth0/5.rp_filter", "net.ipv4.conf.eth0/5.rp_filter"), ("", ""), ("/proc/sys/net", ""),
        ("a b", ""),
    ],
)  # fmt: skip
def test_keys(name: str, key: str) -> None:
    assert canonical(name) == key


def test_paths() -> None:
    assert from_path("/proc/sys/net/ipv4/conf/eth0.5/rp_filter") == "net.ipv4.conf.eth0/5.rp_filter"
    assert from_path("//proc//sys/net/../net/ipv4/ip_forward") == "net.ipv4.ip_forward"
    assert from_path("/proc/self/x") == ""
    assert from_path("proc/sys/net") == ""
    assert path("net.ipv4.conf.eth0/5.rp_filter") == "/proc/sys/net/ipv4/conf/eth0.5/rp_filter"
    assert is_pattern("a.*.b")
    assert not is_pattern("a.b")


def test_order_of_the_boot() -> None:
    names = ["/etc/sysctl.conf", "/usr/lib/sysctl.d/50-a.conf", "/etc/sysctl.d/50-a.conf", "/etc/sysctl.d/10-z.conf",
             "/run/sysctl.d/20-b.conf", "/usr/lib/sysctl.d/20-b.conf", "/etc/sysctl.d/README", "/opt/99.conf"]  # fmt: skip
    order = boot_order({name: Source(name, "") for name in names})
    assert [source.name for source in order] == [
        "/etc/sysctl.d/10-z.conf", "/run/sysctl.d/20-b.conf", "/etc/sysctl.d/50-a.conf", MAIN,
    ]  # fmt: skip


def test_patterns_leave_alone_what_is_named() -> None:
    text = "net.ipv4.conf.*.rp_filter = 1\nnet.ipv4.conf.eth0.rp_filter = 0\n-net.ipv4.conf.lo.rp_filter\n"
    lines = read(Source("x", text))
    keys = [f"net.ipv4.conf.{name}.rp_filter" for name in ("all", "default", "eth0", "eth0/5", "lo")]
    found = expand(settings(lines), keys, ["net.ipv4.conf.lo.rp_filter"])
    assert [(s.key.split(".")[3], s.value) for s in found] == [
        ("all", "1"), ("default", "1"), ("eth0/5", "1"), ("eth0", "0"),
    ]  # fmt: skip
    assert expand(settings(lines), ())[0].key == "net.ipv4.conf.*.rp_filter"
