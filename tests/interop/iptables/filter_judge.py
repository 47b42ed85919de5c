"""Real iptables as a judge: command lines run one after the other in a network namespace of their own.

One shell script holds them all: a process a command is dear enough. What a command says stands in the script's output
behind a marker with its number and exit status.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

VERSION = "1.8.9"
_MARK = re.compile(rb"^@@ (\d+) (\d+)\n", re.MULTILINE)


class Answer(NamedTuple):
    """Exit status and message of one command; what a list command printed is a message too."""

    status: int
    text: str


@cache
def unavailable() -> str | None:
    """Why the judge cannot sit here, or None if it can."""
    for tool in ("iptables-legacy", "ip6tables-legacy", "iptables-nft", "unshare"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "network namespaces need root"
    shown = subprocess.run(["iptables-legacy", "--version"], capture_output=True, text=True, check=False).stdout
    if VERSION not in shown:
        return f"the judge is iptables {VERSION}, another version is installed"
    probe = in_namespace("iptables-legacy-restore < /dev/null && iptables-legacy -t mangle -L -n\n")
    return None if b"Chain" in probe else f"no packet filter: {probe.decode(errors='replace').strip()}"


def in_namespace(script: str, timeout: float = 120) -> bytes:
    """Run a shell script in a fresh network namespace; what it printed."""
    done = subprocess.run(
        ["unshare", "-n", "sh"], input=script.encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=timeout, check=False,
    )  # fmt: skip
    return done.stdout


def run(commands: Sequence[Sequence[str] | str]) -> list[Answer]:
    """Run commands, given as words or as a line of shell; what each of them said."""
    lines = []
    for number, command in enumerate(commands):
        line = command if isinstance(command, str) else shlex.join(command)
        lines.append(f'{line} 2>&1; printf "\\n@@ {number} $?\\n"\n')
    output = in_namespace("".join(lines))
    answers: list[Answer] = []
    start = 0
    for match in _MARK.finditer(output):
        text = output[start : match.start()].decode("utf-8", "surrogateescape")
        answers.append(Answer(int(match.group(2)), text.strip("\n")))
        start = match.end()
    assert len(answers) == len(commands), output[-2000:]
    return answers


def here(program: str, text: str) -> str:
    """A line of shell that feeds a text to a program."""
    return f"printf %s {shlex.quote(text)} | {program}"


_PREFIX = re.compile(r"^ip6?tables(?:-restore)?(?: v\S+ \([a-z_]+\))?: ?")


def message(text: str) -> str:
    """The first line of what iptables complains, without its name and version."""
    lines = [line for line in text.split("\n") if not line.lower().startswith(("warn", "try `"))]
    return next((said for line in lines if (said := _PREFIX.sub("", line).strip())), "")


def saved(text: str) -> str:
    """A saved ruleset without its remarks on when and by whom it was made, tables by name."""
    tables: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        if line[:1] == "*":
            name = line
        if line and line[0] != "#":
            tables.setdefault(name, []).append(line)
    return "".join("".join(f"{line}\n" for line in tables[name]) for name in sorted(tables))
