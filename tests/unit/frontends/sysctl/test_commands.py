from __future__ import annotations

import pytest

from lvscompile.frontends.sysctl.commands import Use, parse, written
from lvscompile.ir.host import Misuse
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

STMT = Stmt("COMMAND", Source("x", ""), 0, 0, 1, "")


def use(text: str) -> Use:
    found = parse(text.split(), STMT)
    assert isinstance(found, Use)
    return found


@pytest.mark.parametrize(
    "text",
    ["-w net.ipv4.ip_forward=1", "net.ipv4.ip_forward=1", "-qw net/ipv4/ip_forward=1", "--write net.ipv4.ip_forward=1"],
)
def test_writing(text: str) -> None:
    found = use(text)
    assert [(s.key, s.value, s.persistent) for s in found.settings] == [("net.ipv4.ip_forward", "1", False)]
    assert text.split()[found.settings[0].word].endswith("=1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-w net.ipv4.ip_forward", "command line(0): invalid syntax"), ("-w a=", "Invalid argument"),
        ("-w /proc/sys/a=1", "cannot stat"), ("-w net.ipv4.conf.*.rp_filter=1", "cannot stat"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, message: str) -> None:
    found = use(text)
    assert not found.settings
    assert message in found.refused[0][1]


def test_the_others_count() -> None:
    found = use("-w net.ipv4.ip_forward = 1 a.b=2")
    assert [s.key for s in found.settings] == ["a.b"]
    assert [word for word, _ in found.refused] == [1, 2, 3]


def test_files() -> None:
    assert use("-p").files == ("/etc/sysctl.conf",)
    assert use("-p a b").files == ("a", "b")
    assert use("--load=a").files == ("a",)
    assert use("-f x").files == ("x",)
    assert use("--system").system
    assert not use("-p").system


@pytest.mark.parametrize(
    "text",
    ["-a", "-n net.ipv4.ip_forward", "net.ipv4.ip_forward", "-h", "--version", "-a -r forward", "--pattern x -a"],
)
def test_showing_changes_nothing(text: str) -> None:
    assert use(text) == Use()


@pytest.mark.parametrize("text", ["", "-w", "-z", "--nonsense", "--p=1=2x --no"])
def test_misuse(text: str) -> None:
    assert isinstance(parse(text.split(), STMT), Misuse)


def test_echo_into_proc() -> None:
    setting = written("/proc/sys/net/ipv4/ip_forward", "1\n", STMT, 3)
    assert setting is not None
    assert (setting.key, setting.value, setting.word, setting.persistent) == ("net.ipv4.ip_forward", "1", 3, False)
    assert written("/tmp/x", "1", STMT) is None
