"""What real keepalived understood: its dump of the interpreted configuration, every default filled in.

Two texts with equal dumps mean the same to it, which makes it the judge of whatever rewrites a configuration.
The half of the virtual servers and their checks can be had only where the kernel has IPVS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus import Case
from judge import run_in_sandbox

Dump = Mapping[str, tuple[str, ...]]
"""Section ("VRRP Topology", "VRRP Sync groups", "VRRP Scripts", "Global definitions" …) → its lines."""

# The daemon is stopped as soon as the last section is out: in a process namespace of its own the end of the
# shell is the end of all its children.
_SCRIPT = """
LC_ALL=C keepalived $1 -n -l -d -f "$3" ${4:+-i "$4"} -p /run/main.pid -r /run/vrrp.pid -c /run/checkers.pid >/run/dump 2>&1 &
for turn in $(seq 60); do
    grep -q "$2" /run/dump && break
    kill -0 $! 2>/dev/null || break
    sleep 0.05
done
if [ "$1" = -C ]; then  # which part comes last depends on the configuration: wait until nothing more comes
    size=-1
    while [ "$size" != "$(stat -c %s /run/dump)" ]; do size=$(stat -c %s /run/dump); sleep 0.25; done
fi
cat /run/dump
"""
# Half of keepalived -> its option, and what is written when its dump is out.
_HALVES = {"vrrp": ("-P", "< Interfaces >"), "checkers": ("-C", "< LVS Topology >")}
_TIMESTAMP = re.compile(r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: ")
_SECTION = re.compile(r"^-+< (?P<name>.*?) >-+$")


def dump(main: Path, interfaces: Mapping[str, Sequence[str]], config_id: str | None = None, half: str = "vrrp") -> Dump:
    """The sections of the dump but the interfaces; empty if keepalived refuses to run. `half`: vrrp or checkers."""
    words = [*_HALVES[half], str(main), config_id or ""]
    inner = ["unshare", "-p", "--fork", "--kill-child", "sh", "-c", _SCRIPT, "dump", *words]
    _, output, _ = run_in_sandbox(inner, interfaces, timeout=20)
    return _sections(output.decode("utf-8", "surrogateescape"))


def dump_case(case: Case) -> Dump:
    """The dump of a case of the corpora."""
    if case.folder is not None:
        return dump(case.folder / case.main, case.interfaces, case.config_id)
    with TemporaryDirectory(prefix="dump-") as folder:
        return dump(case.write(Path(folder)), case.interfaces, case.config_id)


def _sections(log: str) -> dict[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in log.split("\n"):
        text = _TIMESTAMP.sub("", line)
        if heading := _SECTION.match(text):
            current = sections.setdefault(heading["name"], [])
        elif current is not None and text.startswith(" "):
            # Unindented lines are the log of another process in between.
            current.append(text)
    sections.pop("Interfaces", None)
    return {name: tuple(lines) for name, lines in sections.items()}
