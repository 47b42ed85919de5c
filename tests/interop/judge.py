"""Real keepalived as a judge: `keepalived -t` on one configuration, in namespaces of its own.

Even with `-t` keepalived looks up interfaces and writes sysctls, so each run gets a fresh network and mount
namespace that holds just the interfaces asked for, and that dies with the process.

The exit status of `-t` does not rank severity (one security remark outranks a fatal error), therefore a
verdict is made of messages, each put in a class; `Verdict.status` serves to see crashes and hangs.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

KEEPALIVED = "keepalived"
VERSION = "2.2.7"


class Cls(StrEnum):
    """What a message is about. The linter's findings are compared class by class."""

    UNKNOWN_KEYWORD = "unknown-keyword"
    UNEXPECTED_OPEN_BRACE = "unexpected-open-brace"
    MISSING_OPEN_BRACE = "missing-open-brace"
    EXTRA_CLOSE_BRACE = "extra-close-brace"
    MISSING_CLOSE_BRACE = "missing-close-brace"
    EXTRA_PARAMETER = "extra-parameter"
    QUOTE = "quote"
    DEFINITION = "definition"
    MISSING_PARAMETER = "missing-parameter"
    NUMBER = "number"
    VALUE = "value"
    NAME = "name"
    DEPRECATED = "deprecated"
    SCRIPT_SECURITY = "script-security"
    SCRIPT = "script"
    MISSING_REFERENCE = "missing-reference"
    UNUSED = "unused"
    INTERFACE = "interface"
    DUPLICATE = "duplicate"
    VRID_MISSING = "vrid-missing"
    NO_VIP = "no-vip"
    AUTH = "auth"
    UNICAST = "unicast"
    ELECTION = "election"
    TIMER = "timer"
    SYNC_GROUP = "sync-group"
    STRICT = "strict"
    CHECKER = "checker"
    INCLUDE = "include"
    ENVIRONMENT = "environment"
    LOG_ONLY = "log-only"
    OTHER = "other"


# First match wins: narrow patterns stand before broad ones. `search`, not `match`: most messages start with
# "(NAME) ". What stands between quotes is the operator's, so the patterns lean on keepalived's own words.
_PATTERNS: tuple[tuple[Cls, str], ...] = (
    # the parser itself
    (Cls.UNKNOWN_KEYWORD, r"^Unknown keyword "),
    (Cls.UNEXPECTED_OPEN_BRACE, r"^Unexpected '\{'"),
    (Cls.MISSING_OPEN_BRACE, r"^Missing '\{'"),
    (Cls.EXTRA_CLOSE_BRACE, r"^Extra '\}' found"),
    (Cls.MISSING_CLOSE_BRACE, r"^There are \d+ missing '\}'s"),
    (Cls.EXTRA_PARAMETER, r"has extra parameters? "),
    (Cls.QUOTE, r"^Un(terminated|matched) quote|^String '.*missing terminating|^Missing escape char"),
    (Cls.DEFINITION, r"^Invalid ~(SEQ|LST)|^~(SEQ|LST)|^Parameter substitution"),
    (Cls.MISSING_PARAMETER, r"^\*\*\* Configuration line starting|is missing a (value|parameter)"),
    (Cls.MISSING_PARAMETER, r"requires value|name missing - ignoring|size missing$|missing directory name"),
    (Cls.INCLUDE, r"^Config files missing|^No config files matched|^Configuration file .*(open|regular)"),
    (Cls.INCLUDE, r"^Unable to (find|read) configuration file|config files missing|more than one file"),
    (Cls.DEPRECATED, r"deprecat|obsolete"),
    # names of blocks and of things
    (Cls.NAME, r"must have a name|name .*too long|more than \d+ characters"),
    (Cls.VRID_MISSING, r"the virtual router id must be set"),
    # an item of a list that is no item
    (Cls.VALUE, r"^VRRP parsed invalid IP|^Unknown configuration entry|invalid \S+ \S+ specified"),
    # what the sandbox lacks, whatever the configuration says
    (Cls.ENVIRONMENT, r"^Script (user|group) '[^']*' does not exist|^Unable to set default user"),
    (Cls.ENVIRONMENT, r"^Invalid smtp server|[Nn]amespace|ip_vs|IPVS|[Kk]ernel|[Nn]etlink|nftables"),
    (Cls.ENVIRONMENT, r"errno|Operation not permitted|config_save_dir"),
    # scripts and references to them
    (Cls.MISSING_REFERENCE, r"not found, ignoring|not found - ignoring|specified but not configured"),
    (Cls.MISSING_REFERENCE, r"has not been defined|doesn't exist - ignoring|^Unable to find vrrp instance"),
    (Cls.MISSING_REFERENCE, r"track_(file|group) \S+ not found|(table|VRF) \S+ not found"),
    (Cls.SCRIPT_SECURITY, r"^SECURITY VIOLATION|insecure|[Uu]nsafe permissions"),
    (Cls.UNUSED, r"script \S+ is not used"),
    (Cls.SCRIPT, r"^No script set|since not found/accessible|full path|executable|^WARNING - script"),
    (Cls.SCRIPT, r"[Ss]cript .*(missing|cannot be accessed)|^Cannot find script|could not find script"),
    (Cls.SYNC_GROUP, r"[Ss]ync group"),
    # duplicates stand before the families whose words they share
    (Cls.DUPLICATE, r"already (defined|specified|been specified|set|exists)|[Dd]uplicate|is duplicated"),
    (Cls.DUPLICATE, r"previously set as|both use VRID|more than once|multiple times"),
    # numbers
    (Cls.NUMBER, r"^invalid number|^number '|negative number|too many decimal places|is very large"),
    (Cls.NUMBER, r"must be (in|between|greater)|outside (the )?range|out of range|(less|greater) than m"),
    (Cls.NUMBER, r"exceeds maximum|below minimum|larger than max|cannot be \+/-254"),
    # interfaces
    (Cls.INTERFACE, r"[Ii]nterface .*(doesn't exist|not found|missing)|^Non-existent interface"),
    (Cls.INTERFACE, r"Unknown interface|no interface|same interface|^WARNING - interface"),
    (Cls.INTERFACE, r"requires either an interface|disabling ARP|linkbeat"),
    # VRRP
    (Cls.NO_VIP, r"No VIP specified|must have at least one VIP"),
    (Cls.STRICT, r"[Ss]trict"),
    (Cls.AUTH, r"[Aa]uthentication|[Pp]assword|auth_(type|pass)|\bAH\b"),
    (Cls.UNICAST, r"[Uu]nicast"),
    (Cls.TIMER, r"advertisement interval|advert_int|garp_|_garp|gratuitous|vrrp_gna|down_timer_adverts"),
    (Cls.ELECTION, r"preempt|unknown state|[Ii]nitial state|owner|higher_prio|lower_prio"),
    (Cls.ELECTION, r"^\(\S+\) Cannot have weighted"),
    # virtual servers
    (Cls.CHECKER, r"^(Warning: |WARNING - )?(fwmark )?[Vv]irtual server |^VS |fwmark"),
    (Cls.CHECKER, r"quorum|sorry[_ ]server|real[_ ]server|hysteresis|Hysteresis|routing method|tunnel"),
    (Cls.CHECKER, r"HTTP_GET|\burl\b|digest|checker|_CHECK|lvs_sched|persistence|scheduler"),
    # a value that is not one of those allowed, or does not parse
    (Cls.VALUE, r"[Ii]nvalid|[Uu]nknown|is not IPv|not multicast|address family must match|[Cc]an't parse"),
    (Cls.VALUE, r"not (supported|recognised|valid for)|[Cc]annot (use|mix|specify)|not of the same family"),
    (Cls.VALUE, r"must be (either|link local)|[Ii]gnoring|[Ss]kipping|will be ignored|removing"),
    # remarks that change nothing
    (Cls.LOG_ONLY, r"no preference specified|^NOTICE|^(Warning|WARNING)\b"),
)
_CLASSES = tuple((cls, re.compile(pattern)) for cls, pattern in _PATTERNS)


def classify(text: str) -> Cls:
    """The class of one message of keepalived, `OTHER` if no pattern knows it."""
    return next((cls for cls, pattern in _CLASSES if pattern.search(text)), Cls.OTHER)


@dataclass(frozen=True, slots=True)
class Message:
    """One remark. The file of `file_line` is relative to the folder of the main file."""

    file_line: tuple[str, int] | None
    text: str
    cls: Cls


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that keepalived said about one configuration."""

    messages: tuple[Message, ...]
    status: int
    hung: bool = False

    @property
    def crashed(self) -> bool:
        """It died of a signal (several inputs are known to crash 2.2.7)."""
        return self.status < 0 and not self.hung

    @property
    def stopped(self) -> bool:
        """It gave up before the end: what it would have said about the rest is not known."""
        if self.crashed or self.hung:
            return True
        # 2: a keyword without its word; 6 with an include: one that must match did not (else 6 is security).
        return self.status == 2 or (self.status == 6 and Cls.INCLUDE in self.classes)

    @property
    def unvalidated(self) -> bool:
        """It read all of the text, but stopped checking VRRP instances at an interface that is not there."""
        return any(message.text.startswith("Non-existent interface") for message in self.messages)

    @property
    def classes(self) -> frozenset[Cls]:
        """The classes that occur."""
        return frozenset(message.cls for message in self.messages)

    def of(self, *classes: Cls) -> tuple[Message, ...]:
        """The messages of the classes given."""
        return tuple(message for message in self.messages if message.cls in classes)

    def lines(self, *classes: Cls) -> frozenset[tuple[str, int]]:
        """Where the messages of the classes given point to."""
        return frozenset(m.file_line for m in self.of(*classes) if m.file_line is not None)


@cache
def unavailable() -> str | None:
    """Why the judge cannot sit here, or None if it can."""
    for tool in (KEEPALIVED, "ip", "unshare"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        return f"unshare: {probe.stderr.decode(errors='replace').strip()}"
    # `--version` would write its answer to stderr in some builds, to stdout in others.
    shown = subprocess.run([KEEPALIVED, "--version"], capture_output=True, check=False)
    if f"v{VERSION}".encode() not in shown.stdout + shown.stderr:
        return f"the judge is keepalived {VERSION}, another version is installed"
    return None


# `exec` keeps one process: its status is keepalived's own, and killing it leaves nothing behind.
# A file that includes itself is read until no descriptor is left: let that be soon, and the same anywhere.
_SANDBOX = """
ulimit -n 1024
mount -t tmpfs tmpfs /run || exit 99
if [ -n "$1" ]; then mount --bind "$1" /etc/keepalived || exit 99; fi
ip -force -batch - || exit 98
cd / && shift && exec "$@"
"""


def judge(
    main: Path,
    interfaces: Mapping[str, Sequence[str]],
    config_id: str | None = None,
    timeout: float = 15,
    etc: Path | None = None,
) -> Verdict:
    """Have keepalived test `main` on a host with these interfaces (name → addresses with length).

    `etc`, when given, is the folder to be seen as /etc/keepalived, so that absolute paths into it exist.
    """
    seen = main
    if etc is not None and Path("/etc/keepalived").is_dir() and main.is_relative_to(etc):
        seen = Path("/etc/keepalived") / main.relative_to(etc)
    else:
        etc = None
    command = [KEEPALIVED, "-t", "-f", str(seen), *(("-i", config_id) if config_id else ())]
    status, output, hung = run_in_sandbox(command, interfaces, timeout, etc)
    if status in (98, 99):
        raise RuntimeError(f"no sandbox: {output.decode(errors='replace')}")
    return Verdict(_messages(output, seen), status, hung)


def run_in_sandbox(
    command: Sequence[str], interfaces: Mapping[str, Sequence[str]], timeout: float, etc: Path | None = None
) -> tuple[int, bytes, bool]:
    """Run a command in fresh namespaces; its status (negative: the signal), its output, did it hang."""
    process = subprocess.Popen(
        ["unshare", "-n", "-m", "sh", "-c", _SANDBOX, "sandbox", str(etc or ""), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(_link_commands(interfaces).encode(), timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return process.returncode, output, True
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, output, False


def _link_commands(interfaces: Mapping[str, Sequence[str]]) -> str:
    """`ip -batch` input. Bridges stand for every kind of link: they are up and running without a peer."""
    lines = ["link set lo up"]
    for name, addresses in interfaces.items():
        if name != "lo":
            lines.append(f"link add name {name} type bridge")
        for address in addresses:
            # Duplicate address detection would leave an IPv6 address tentative for a second.
            suffix = " nodad" if ipaddress.ip_interface(address).version == 6 else ""
            lines.append(f"addr add {address} dev {name}{suffix}")
        lines.append(f"link set dev {name} up")
    return "\n".join(lines) + "\n"


_LOCATION = re.compile(r"^\((?:(?P<file>.*?): )?Line (?P<line>\d+)\) (?P<text>.*)$", re.DOTALL)
# Some remarks run over two lines, the second one indented.
_CONTINUATION = re.compile(r"^(?:\([^)]*Line \d+\) )?\s+(?P<text>\S.*)$", re.DOTALL)


def _messages(output: bytes, main: Path) -> tuple[Message, ...]:
    """The messages without repetition: the parent and each child read the file again."""
    remarks: list[str] = []
    for line in output.decode("utf-8", "surrogateescape").split("\n"):
        continued = _CONTINUATION.match(line)
        if continued and remarks:
            remarks[-1] += " " + continued["text"]
        elif line.strip():
            remarks.append(line)
    return tuple(dict.fromkeys(_message(remark, main) for remark in remarks))


def _message(line: str, main: Path) -> Message:
    found = _LOCATION.match(line)
    if found is None:
        return Message(None, line, classify(line))
    # A process that has met one file only leaves its name out.
    name = found["file"] or str(main)
    return Message((_relative(name, main.parent), int(found["line"])), found["text"], classify(found["text"]))


def _relative(name: str, folder: Path) -> str:
    path = Path(name)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else name


def count(verdicts: Iterable[Verdict]) -> dict[Cls, int]:
    """How many messages of each class, most frequent first."""
    counts: dict[Cls, int] = {}
    for verdict in verdicts:
        for message in verdict.messages:
            counts[message.cls] = counts.get(message.cls, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
