"""The examples on the pages about ipvsadm commands, run by ipvsadm and the kernel: what is said of them is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "unit" / "lint")]

from pages_examples import PAGES, example  # noqa: E402

from lvscompile.app.load import load  # noqa: E402
from lvscompile.backends.ipvsadm import save  # noqa: E402
from lvscompile.ir.core import Target  # noqa: E402
from lvscompile.lint.engine import lint  # noqa: E402
from lvscompile.syntax.findings import Finding  # noqa: E402

pytestmark = pytest.mark.ipvs

# The ends of the example's interfaces, and addresses on them: the kernel asks for a route to a real server.
NETWORK = """
ip link set lo up
for name in eth0 eth1; do ip link add $name type dummy; ip link set $name up; done
ip addr add 192.0.2.10/24 dev eth0
ip addr add 198.51.100.254/24 dev eth1
"""
# Notes are no script.
CODES = [code for code in PAGES if code.startswith("LVS6") and code < "LVS63" and code != "LVS615"]
# What ipvsadm cannot load is read as what it means.
READ_BETTER = {"LVS623"}
_SAID = re.compile(r"says `(.+?)`(?=[,.:]| and stops)")


class Ran(NamedTuple):
    """What a script printed and left."""

    messages: str
    rules: str


def ran(script: str, after: str = "") -> Ran:
    """Run a script in a network of its own; `after` prints something else than the table."""
    end = "for role in master backup; do ipvsadm --stop-daemon $role >/dev/null 2>&1; done\n"
    whole = f"{NETWORK}exec 3>&2\n( {script}\n) >/dev/null 2>&3\n{after or 'ipvsadm -S -n'}\n{end}"
    done = subprocess.run(["unshare", "-n", "sh", "-c", whole], capture_output=True, text=True, check=False, timeout=60)
    return Ran(done.stderr, done.stdout)


def script_of(folder: Path) -> str:
    """How the host's file takes effect."""
    rules = folder / "etc/ipvsadm.rules"
    if rules.exists():
        return f"ipvsadm-restore < {rules}"
    own = next(path for path in (folder / "etc/rc.local", folder / "usr/local/sbin/lvs.sh") if path.exists())
    return f"sh {own}"


def judged(code: str, section: str, folder: Path) -> tuple[list[Finding], str, str]:
    """Findings, the rules that the model holds, and the script."""
    mains = example(code, section).write(folder)
    loaded = load([f"{host}={path}" for host, path in mains.items()])
    findings = lint(loaded.hosts, Target(), wanted=lambda each: each == code).findings
    machine = loaded.hosts[0].director.machine
    assert machine is not None
    assert machine.ipvs is not None
    return findings, save(machine.ipvs), script_of(mains["lvs1"])


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("code", CODES)
def test_bad_example_fails_as_the_finding_says(code: str, tmp_path: Path) -> None:
    findings, rules, script = judged(code, "Bad", tmp_path)
    assert findings
    real = ran(script)
    for finding in findings:
        for said in _SAID.findall(finding.message):
            assert said in one_line(real.messages)
    if code not in READ_BETTER:
        assert real.rules == rules


@pytest.mark.parametrize("code", CODES)
def test_good_example_runs_without_a_word(code: str, tmp_path: Path) -> None:
    findings, rules, script = judged(code, "Good", tmp_path)
    assert not findings
    assert ran(script) == ("", rules)


def test_what_ipvsadm_prints_and_cannot_read(tmp_path: Path) -> None:
    _, _, script = judged("LVS623", "Bad", tmp_path)
    real = ran(script)
    assert "unexpected argument pe" in real.messages
    assert "5060" not in real.rules
    lines = ("-A -u 192.0.2.10:53 -s rr ops", "-A -f -5 -s rr", "-A -t 192.0.2.10:53 -s rr -b ")
    for line in lines:
        text = f"printf '%s\\n' '{line}' '-A -t 192.0.2.10:99 -s rr' | ipvsadm -R"
        refused = ran(text)
        assert refused.messages
        # A bare -b takes no other line with it.
        assert ("99" in refused.rules) == (line == lines[2])


def test_undone_notes_end_with_nothing() -> None:
    commands = "\n".join(
        line.partition("# ")[2].partition(" >")[0]
        for line in example("LVS615", "Bad").hosts["lvs1"]["notes.txt"].splitlines()
        if "ipvsadm" in line
    )
    assert ran(commands) == ("", "")


def test_a_script_without_a_flush_works_once(tmp_path: Path) -> None:
    _, _, script = judged("LVS620", "Bad", tmp_path)
    twice = ran(f"{script}; {script}").messages
    assert "Service already exists" in twice
    assert "Destination already exists" in twice
    assert ran(f"{script}; {script}").rules == ran(script).rules


CLIENT = """python3 -c "
import socket
try: socket.create_connection(('192.0.2.10', {port}), 3)
except OSError as error: print(error.strerror)
" """


@pytest.mark.parametrize(("code", "port"), [("LVS618", 443), ("LVS619", 80)])
def test_clients_are_refused(code: str, port: int, tmp_path: Path) -> None:
    _, _, script = judged(code, "Bad", tmp_path)
    assert ran(script, CLIENT.format(port=port)).rules == "Connection refused\n"


SPREAD = """
ip addr add 198.51.100.1/32 dev lo; ip addr add 198.51.100.2/32 dev lo
for number in $(seq 101 120); do ip addr add 192.0.2.$number/32 dev eth0; done
python3 -c "
import socket
for number in range(40):
    client = socket.socket()
    client.bind((f'192.0.2.{number % 20 + 101}', 0))
    client.settimeout(1)
    client.connect_ex(('192.0.2.10', 80))
"
for server in 1 2; do ipvsadm -L -n -c | grep -c "198.51.100.$server:80"; done
"""


def test_dh_gives_all_to_one_server(tmp_path: Path) -> None:
    for section, shared in (("Bad", False), ("Good", True)):
        _, _, script = judged("LVS624", section, tmp_path / section)
        counts = [int(line) for line in ran(script, SPREAD).rules.split()]
        assert sum(counts) == 40
        assert (min(counts) > 0) == shared
