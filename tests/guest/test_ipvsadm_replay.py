"""Our replay against ipvsadm and the kernel: the same commands, the same exit statuses, messages and tables.

And back: what we write of a table, restored, is that table.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from ipvsadm_sequences import Step, sequences

from lvscompile.backends.ipvsadm import emit, save
from lvscompile.frontends.ipvsadm import parse
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.frontends.replay.ipvs import SCHEDULERS, Replay
from lvscompile.ir.ipvs import Table
from lvscompile.ir.node import replace
from lvscompile.syntax.ipvsadm.scan import scan
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

pytestmark = pytest.mark.ipvs

COUNT = 2000 if os.environ.get("LVSCOMPILE_FULL") else 300
SEED = int(os.environ.get("LVSCOMPILE_SEED", "1"))
SEQUENCES = sequences(COUNT, SEED)
INTERFACES = {"eth0": 1500}
EMPTY = Source("command", "")
MARK = "@@@@"
STALL = 60  # seconds without progress


class Ours(NamedTuple):
    """What our replay makes of a sequence: for each step its exit status and messages, and the table."""

    outcomes: list[tuple[int, str]]
    table: Table


def no_twos() -> frozenset[str]:
    """The schedulers of the kernel that judges: not every kernel has every module."""
    known = subprocess.run(["modprobe", "-n", "ip_vs_twos"], capture_output=True, check=False).returncode == 0
    return SCHEDULERS if known else SCHEDULERS - {"twos"}


def replayed(steps: list[Step], schedulers: frozenset[str]) -> Ours:
    replay = Replay(schedulers=schedulers, interfaces=INTERFACES)
    outcomes = []
    for step in steps:
        seen = len(replay.events)
        origin = Stmt("COMMAND", EMPTY, 0, 0, 1, " ".join(step.words))
        command = parse(step.words)
        if step.words == ["-R"]:
            status = replay.restore(scan(Source("stdin", step.stdin)), local=True).status
        else:
            outcome = replay.run(command, origin).outcome
            assert outcome is not None
            status = outcome.status
        messages = [event.outcome.message for event in replay.events[seen:] if event.outcome and event.outcome.message]
        outcomes.append((status, "\n".join(messages)))
    return Ours(outcomes, replay.table())


def without_daemons(table: Table) -> Table:
    return replace(table, daemons=(), tcp=None, tcp_fin=None, udp=None)


# One process prints all that is asked of the table, restores what we wrote of it, and prints it again. ipvsadm takes
# listings inside a stream; the timeouts stand between them as marks.
ASKED = "-S -n\n-L -n --thresholds\n-L --timeout\n-L --daemon\n-L -n --tun-info\n-L --timeout\n-C\n"
ASKED_AGAIN = "-S -n\n-L -n --thresholds\n-L --timeout\n"
# Without an address, not even one of lo, a fresh namespace takes no IPv4 destination for unicast.
LO = "ip link set lo up\n"
DUMMY = "ip link add eth0 type dummy; ip addr add 10.99.0.1/24 dev eth0; ip link set eth0 up\n"


def script(steps: list[Step], ours: Ours) -> str:
    lines = [LO]
    if any("daemon" in word for step in steps for word in (*step.words, *step.stdin.split())):
        lines.append(DUMMY)
    for step in steps:
        lines.append(f"printf %s {shlex.quote(step.stdin)} >in\n")
        lines.append(f"ipvsadm {shlex.join(step.words)} <in 2>&1 >/dev/null; s=$?; echo; echo {MARK} $s\n")
    text = ASKED + emit(without_daemons(ours.table)).text + ASKED_AGAIN
    lines.append(f"printf %s {shlex.quote(text)} >in; ipvsadm -R <in 2>&3; echo {MARK} $?\n")
    # A namespace should not end with a daemon in it: once in some thousands, the guest waits for it for ever.
    lines += [f"ipvsadm --stop-daemon {daemon.role} >/dev/null 2>&1\n" for daemon in ours.table.daemons]
    return "".join(lines)


class Real(NamedTuple):
    """What ipvsadm and the kernel made of a sequence."""

    outcomes: list[tuple[int, str]]
    rules: str
    listing: str  # thresholds, timeouts, daemons
    forwarding: str
    restored: str
    restored_listing: str
    complaints: str


def real(output: str, complaints: str) -> Real:
    *commands, tables, _ = output.split(MARK)
    outcomes = []
    for number, part in enumerate(commands):
        message = part.partition("\n")[2] if number else part
        following = (*commands[number + 1 :], tables)[0]
        text = "\n".join(line for line in message.split("\n") if line.strip())
        outcomes.append((int(following.split("\n")[0]), text))
    tables = tables.partition("\n")[2]
    head = "IP Virtual Server version"
    rules, rest = tables.split(head, 1)
    listing, rest = rest.split(head, 1)
    forwarding, rest = re.split(r"(?m)^Timeout.*\n", rest, maxsplit=1)
    restored, restored_listing = rest.split(head, 1)
    return Real(outcomes, rules, head + listing, head + forwarding, restored, head + restored_listing, complaints)


@pytest.fixture(scope="module")
def ours() -> list[Ours]:
    schedulers = no_twos()
    return [replayed(steps, schedulers) for steps in SEQUENCES]


@pytest.fixture(scope="module")
def theirs(ours: list[Ours]) -> list[Real]:
    """Each sequence's script, run in a fresh table.

    A command is little else than starting a program: with its libraries in memory it takes half the time in the guest.
    """
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        program = shutil.which("ipvsadm")
        assert program is not None
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for path in (program, *re.findall(r"=> (/\S+)", libraries)):
            shutil.copy(path, folder)
        for index, (steps, mine) in enumerate(zip(SEQUENCES, ours, strict=True)):
            (folder / f"{index}.sh").write_text(script(steps, mine))
        run = f"i=0; while [ $i -lt {COUNT} ]; do unshare -n sh $i.sh >$i.out 2>&1 3>$i.err; i=$((i+1)); done"
        memory = {"LC_ALL": "C", "PATH": f"{folder}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(folder)}
        run_all(run, folder, os.environ | memory)
        return [real((folder / f"{i}.out").read_text(), (folder / f"{i}.err").read_text()) for i in range(COUNT)]


def run_all(run: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the scripts; fail where one of them does not end, and say what it waits for.

    A sequence takes a second at most. It has happened once that the guest waited in one for ever.
    """
    process = subprocess.Popen(["sh", "-c", run], cwd=folder, env=environment, start_new_session=True)
    begun, since = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(1)
        count = sum(1 for _ in folder.glob("*.out"))
        if count > begun:
            begun, since = count, time.monotonic()
        elif time.monotonic() - since > STALL:
            waiting = waits(process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"sequence {begun - 1} does not end:\n{shown(SEQUENCES[begun - 1])}\n{waiting}")
    assert process.returncode == 0


def waits(session: int) -> str:
    """The processes of a session, with the place in the kernel where each of them waits."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(path.name)) == session:
                told = [(path / name).read_text().replace("\0", " ").strip() for name in ("cmdline", "wchan", "stack")]
                found.append(f"{path.name} {': '.join(told)}")
    return "\n".join(found)


def shown(steps: list[Step]) -> str:
    return "\n".join(
        f"ipvsadm {shlex.join(step.words)}" + (f" <<<{step.stdin!r}" if step.stdin else "") for step in steps
    )


def report(wrong: list[str]) -> None:
    assert not wrong, f"{len(wrong)} of {COUNT}:\n" + "\n\n".join(wrong[:12])


def test_each_command_ends_as_the_real_one(ours: list[Ours], theirs: list[Real]) -> None:
    wrong = []
    for index, (mine, judge) in enumerate(zip(ours, theirs, strict=True)):
        for number, pair in enumerate(zip(judge.outcomes, mine.outcomes, strict=True)):
            if pair[0] != pair[1]:
                before = shown(SEQUENCES[index][: number + 1])
                wrong.append(f"sequence {index}:\n{before}\n  real: {pair[0]}\n  ours: {pair[1]}")
                break
    report(wrong)


def test_the_table_is_the_kernels(ours: list[Ours], theirs: list[Real]) -> None:
    wrong = []
    for index, (mine, judge) in enumerate(zip(ours, theirs, strict=True)):
        text = save(mine.table)
        if not same_rules(judge.rules, text):
            wrong.append(f"sequence {index}:\n{shown(SEQUENCES[index])}\n  real:\n{judge.rules}\n  ours:\n{text}")
    report(wrong)


def same_rules(real: str, ours: str) -> bool:
    """Byte for byte. Only where the addresses of services cannot be put in order may their order be another one."""
    return real == ours or (_blocks(real) == _blocks(ours) and not has_order(real))


def _lines(text: str) -> list[str]:
    """Without order: that of destinations whose addresses have none depends on how they came."""
    return sorted(text.split("\n"))


def _blocks(text: str) -> list[str]:
    return sorted(re.split(r"(?m)^(?=-A )", text))


def has_order(text: str) -> bool:
    addresses = {
        int.from_bytes(bytes(map(int, a.split("."))), "big") for a in re.findall(r"(?m)^-A -[tu] ([\d.]+):", text)
    }
    marks = {int(mark) & 0xFFFFFFFF for mark in re.findall(r"(?m)^-A -f (-?\d+)", text)} | {0}
    return all(max(some, default=0) - min(some, default=0) < 1 << 31 for some in (addresses, marks))


def listed(text: str) -> Table:
    return read_listing(Source("listing", text)).table


def test_thresholds_timeouts_and_daemons(ours: list[Ours], theirs: list[Real]) -> None:
    wrong = []
    for index, (mine, judge) in enumerate(zip(ours, theirs, strict=True)):
        found, wanted = facts(mine.table), facts(listed(judge.listing))
        if found != wanted:
            wrong.append(f"sequence {index}:\n{shown(SEQUENCES[index])}\n  real: {wanted}\n  ours: {found}")
    report(wrong)


def facts(table: Table) -> Mapping[str, object]:
    return {
        "thresholds": {
            (service.key, server.key): (server.upper, server.lower)
            for service in table.services
            for server in service.destinations
        },
        "timeouts": [
            default if value is None else value.value
            for value, default in zip((table.tcp, table.tcp_fin, table.udp), (900, 120, 300), strict=True)
        ],
        "daemons": {
            daemon.role: (daemon.interface, daemon.syncid, daemon.maxlen, daemon.group, daemon.port, daemon.ttl)
            for daemon in table.daemons
        },
    }


def test_what_we_write_restores_the_table(theirs: list[Real], ours: list[Ours]) -> None:
    wrong = []
    for index, (mine, judge) in enumerate(zip(ours, theirs, strict=True)):
        thresholds = facts(listed(judge.restored_listing))["thresholds"] == facts(mine.table)["thresholds"]
        if judge.complaints or _lines(judge.restored) != _lines(judge.rules) or not thresholds:
            text = emit(mine.table).text
            wrong.append(
                f"sequence {index}:\n{text}\n  real:\n{judge.rules}\n  restored:\n{judge.complaints}{judge.restored}"
            )
    report(wrong)


def test_a_listing_reads_as_the_table(ours: list[Ours], theirs: list[Real]) -> None:
    wrong = []
    for index, (mine, judge) in enumerate(zip(ours, theirs, strict=True)):
        found, wanted = described(mine.table), described(listed(judge.forwarding))
        if found != wanted:
            wrong.append(f"sequence {index}:\n{judge.forwarding}\n  {wanted}\n  {found}")
    report(wrong)


def described(table: Table) -> Mapping[object, object]:
    return {
        service.key: (
            service.scheduler,
            service.persistence,
            service.netmask if service.persistence is not None else "",
            service.engine if service.persistence is not None else "",
            service.one_packet,
            service.flag_names,
            {
                server.key: (server.method, server.weight, server.tunnel if server.method == "TUN" else None)
                for server in service.destinations
            },
        )
        for service in table.services
    }


def test_the_sequences_are_worth_it(ours: list[Ours]) -> None:
    """Many commands succeed, many fail, in many ways."""
    outcomes = [outcome for mine in ours for outcome in mine.outcomes]
    assert sum(status == 0 for status, _ in outcomes) > len(outcomes) / 4
    assert len({message for _, message in outcomes}) > 60
    assert sum(bool(mine.table.services) for mine in ours) > COUNT / 2
