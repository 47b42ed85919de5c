"""Asks the packaged keepalived 2.2.7 whether the keyword table is right: all words in a few files.

Needs root and namespaces: `keepalived -t` wants the interfaces that the file names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lvscompile.syntax.keepalived import keywords

Expression = tuple[Any, ...]

VERSION = "2.2.7"
LINKS = "ip link add eth0 type bridge; ip link set eth0 up; ip addr add 10.0.0.9/24 dev eth0; "
NAMES = {
    "vrrp_instance": "vrrp_instance I{}",
    "virtual_server": "virtual_server 10.1.0.{} 80",
    "virtual_server/real_server": "real_server 10.2.0.1 80",
}
NAMED = ("vrrp_script", "vrrp_sync_group", "track_group", "vrrp_track_process", "bfd_instance", "track_file")
NAMED += ("vrrp_track_file",)
# They move the parser itself into another namespace, or rename the files it writes.
LEAVE_ALONE = {"net_namespace", "net_namespace_ipvs", "instance", "global_defs"}
SAMPLES = {
    "bool": "on",
    "mcast4": "224.0.0.18",
    "mcast6": "ff02::12",
    "port": "80",
    "port0": "80",
    "ifname": "eth0",
    "path": "/tmp/lvscompile-none/x",
    "abspath": "/tmp",
    "script": "/bin/true",
    "user": "root",
    "host": "localhost",
    "hexbytes": "00ff",
}


def installed() -> bool:
    if os.geteuid() != 0 or shutil.which("keepalived") is None or shutil.which("ip") is None:
        return False
    told = subprocess.run(["keepalived", "-v"], capture_output=True, text=True, check=False)
    probe = subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, check=False)
    return f"v{VERSION} " in told.stdout + told.stderr and probe.returncode == 0


pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(not installed(), reason=f"needs root, namespaces and keepalived {VERSION}"),
]


def sample(expression: Expression) -> str:
    """Words that fit, as few as possible."""
    kind = expression[0] if expression else "opt"
    if kind in ("opt", "any"):
        return ""
    if kind == "seq":
        return " ".join(sample(part) for part in expression[1:]).strip()
    if kind in ("alt", "many"):
        return sample(expression[1])
    if kind in ("int", "anyint", "range"):
        return str(max(expression[1], min(1, expression[2])))
    if kind == "dec":
        return f"{max(expression[1], 1):g}"
    if kind in ("enum", "nocase"):
        return str(expression[1][0])
    if kind in ("hex", "secret"):
        return "a" * int(expression[1])
    fallback = expression[1] if kind == "lit" else "10.0.0.5" if kind.startswith("ip") else "word"
    return SAMPLES.get(kind, str(fallback))


class Config:
    """A file under construction; remembers what stands on which line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.subjects: dict[int, str] = {}
        self.blocks = 0

    def block(self, path: str, rows: list[tuple[str, str]]) -> None:
        """Opens the block with all that encloses it, and writes the rows: (subject, line)."""
        self.blocks += 1
        parts = path.split("/") if path else []
        for depth, name in enumerate(parts, 1):
            opening = NAMES.get("/".join(parts[:depth]), name).format(self.blocks)
            self.lines.append(f"{opening} N{self.blocks} {{" if opening in NAMED else f"{opening} {{")
        for subject, line in rows:
            self.subjects[len(self.lines) + 1] = subject
            self.lines += line.split("\n")
        self.lines += ["}"] * len(parts)

    def complaints(self, folder: Path) -> dict[str, list[str]]:
        """Subject to the messages about its line, from one run of keepalived."""
        file = folder / "keepalived.conf"
        file.write_text("\n".join(self.lines) + "\n")
        command = ["unshare", "-n", "-m", "sh", "-c", f"{LINKS}exec keepalived -t -f {file}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        told: dict[str, list[str]] = {}
        for number, message in re.findall(r"Line (\d+)\) (.*)", done.stdout + done.stderr):
            told.setdefault(self.subjects.get(int(number), f"line {number}"), []).append(message)
        assert done.returncode == 5, done.stderr[-500:]
        return told


def written(keyword: keywords.Keyword, words: str) -> tuple[str, str]:
    return f"{keyword.path} {words}".strip(), f"{keyword.name} {words}".strip() + (" {\n}" if keyword.body else "")


def accepted_blocks() -> list[str]:
    """Blocks that this version knows, with all that encloses them."""
    found = [""]
    for path in keywords.blocks()[1:]:
        parent, _, name = path.rpartition("/")
        if parent in found and keywords.table(parent)[name].debian:
            found.append(path)
    return found


def candidates(path: str) -> list[keywords.Keyword]:
    return [word for word in keywords.table(path).values() if path or word.name not in LEAVE_ALONE]


def unknown(told: dict[str, list[str]]) -> set[str]:
    return {subject for subject, messages in told.items() if any("Unknown keyword" in m for m in messages)}


def test_the_words_it_knows_are_the_words_marked_so(tmp_path: Path) -> None:
    config = Config()
    strangers: set[str] = set()
    for path in accepted_blocks():
        # An unknown block would shift the structure of the whole file: those have their own test.
        rows = [word for word in candidates(path) if word.debian or word.body != "block"]
        config.block(path, [(word.path, written(word, sample(word.arguments))[1]) for word in rows])
        strangers |= {word.path for word in rows if not word.debian}
    assert len(config.subjects) > 500
    assert unknown(config.complaints(tmp_path)) == strangers


def test_it_refuses_the_obsolete_words_and_newer_blocks(tmp_path: Path) -> None:
    for path in accepted_blocks():
        gone = list(keywords.obsolete(path).values())
        newer = [word for word in candidates(path) if word.body == "block" and not word.debian]
        words = gone + newer
        for batch in [[word] for word in words if word.body] + [[word for word in words if not word.body]]:
            config = Config()
            config.block(path, [(word.path, written(word, sample(word.arguments))[1]) for word in batch])
            if batch:
                assert {word.path for word in batch} <= unknown(config.complaints(tmp_path))


def single(keyword: keywords.Keyword) -> Expression:
    """The expression of the first word."""
    expression = keyword.arguments
    while expression and expression[0] in ("opt", "seq", "many"):
        expression = expression[1]
    return expression


# Where this version says nothing, or is more generous than its successors.
GENEROUS = {
    "virtual_server/weight",
    "virtual_server/real_server/weight",
    "virtual_server/real_server/FILE_CHECK/weight",
    "global_defs/vrrp_strict",
    "global_defs/vrrp_skip_check_adv_addr",
}
# Whole seconds up to 4294 in this version.
NARROWER = {"vrrp_script/interval", "vrrp_script/timeout"}
NARROWER |= {"garp_group/garp_interval", "garp_group/gna_interval"}
# Depends on the processors of the host.
NARROWER |= {f"global_defs/{process}_cpu_affinity" for process in ("vrrp", "checker", "bfd")}


def checked(path: str) -> list[tuple[keywords.Keyword, Expression]]:
    words = [word for word in candidates(path) if word.debian and not word.body]
    return [(word, single(word)) for word in words if "regex_" not in word.name]


def test_numbers_beyond_the_range_and_wrong_words_are_refused(tmp_path: Path) -> None:
    config = Config()
    for path in accepted_blocks():
        rows: list[tuple[str, str]] = []
        for keyword, expression in checked(path):
            kind = expression[0] if expression else ""
            wrong: list[str] = []
            if kind == "int":
                wrong = [str(expression[1] - 1), str(expression[2] + 1), "12x", "0x10"]
            elif kind in ("enum", "nocase", "bool") and keyword.name != "state":
                wrong = ["BoGuS"]
            elif kind in ("port", "port0"):
                wrong = ["65536", "http"]
            rows += [written(keyword, word) for word in wrong if keyword.path not in GENEROUS]
        config.block(path, rows)
    told = config.complaints(tmp_path)
    assert len(config.subjects) > 400
    assert {subject for subject in config.subjects.values() if subject not in told} == set()


def test_the_limits_themselves_are_accepted(tmp_path: Path) -> None:
    config = Config()
    for path in accepted_blocks():
        rows: list[tuple[str, str]] = []
        for keyword, expression in checked(path):
            kind = expression[0] if expression and keyword.path not in NARROWER else ""
            right: list[str] = []
            if kind == "int":
                right = [str(expression[1]), str(expression[2])]
            elif kind == "dec":
                right = [f"{bound:.{expression[4]}f}" for bound in expression[1:3]]
            elif kind in ("enum", "nocase"):
                right = list(expression[1])
            rows += [written(keyword, word) for word in right]
        config.block(path, rows)
    told = config.complaints(tmp_path)
    wrong = re.compile("invalid number|outside|decimal places|negative number|Unknown keyword")
    assert len(config.subjects) > 300
    assert [subject for subject, said in told.items() if any(wrong.search(message) for message in said)] == []
