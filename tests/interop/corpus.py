"""The configurations the judge is asked about, found when the tests run.

- `sample`: what Debian's keepalived package ships under /usr/share/doc (read in place, never copied);
- `fixture`: every host of every set-up under `fixtures/`;
- `pair`: both sides of each pair in `pairs/`;
- `syntax`: small configurations on one point each, `cases/cases.json`; some carry what keepalived 2.4.3 says.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import judge as judging
from judge import Verdict
from pairs import ADDRESSES, pairs

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
SAMPLES = Path("/usr/share/doc/keepalived/samples")
MAIN = "keepalived.conf"

# What the hosts of the syntax cases have; one of the cases wants an interface that is not here.
SYNTAX_INTERFACES = {"eth0": ("10.0.0.9/24", "2001:db8::9/64"), "eth1": ("10.0.1.9/24",)}


@dataclass(frozen=True)
class Case:
    """One configuration on one host. Equality and hash go by `id`."""

    id: str
    kind: str = field(compare=False)
    files: Mapping[str, bytes] = field(compare=False, repr=False)
    interfaces: Mapping[str, Sequence[str]] = field(compare=False, repr=False)
    main: str = field(default=MAIN, compare=False)
    config_id: str | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)
    folder: Path | None = field(default=None, compare=False, repr=False)
    """Where the files lie; None: only in `files`."""
    hangs: bool = field(default=False, compare=False, repr=False)
    messages_243: tuple[str, ...] | None = field(default=None, compare=False, repr=False)
    """What keepalived 2.4.3 says, where that was recorded."""

    def write(self, folder: Path) -> Path:
        """Lay the files out in a folder; the path of the main file."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / self.main


def cases() -> list[Case]:
    """All corpora, in a stable order."""
    return [*samples(), *fixtures(), *pair_hosts(), *syntax()]


_verdicts: dict[str, Verdict] = {}


def judge_case(case: Case) -> Verdict:
    """What real keepalived says about a case; asked once a session."""
    if case.id not in _verdicts:
        _verdicts[case.id] = _judge(case)
    return _verdicts[case.id]


def _judge(case: Case) -> Verdict:
    # A case known to hang need not be waited for long: a sound one takes a twentieth of a second.
    timeout = 2 if case.hangs else 15
    if case.folder is not None:
        return judging.judge(case.folder / case.main, case.interfaces, case.config_id, timeout, etc=case.folder)
    with TemporaryDirectory(prefix="judge-") as folder:
        return judging.judge(case.write(Path(folder)), case.interfaces, case.config_id, timeout)


# Debian's samples


def samples() -> Iterator[Case]:
    """One case a sample, one more for each `@id` a sample names."""
    for path in sorted(SAMPLES.glob("keepalived.conf.*")):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        name = path.name.removeprefix("keepalived.conf.")
        for config_id in (None, *_config_ids(text)):
            yield Case(
                id=f"sample/{name}" + (f"@{config_id}" if config_id else ""),
                kind="sample",
                files={path.name: path.read_bytes()},
                interfaces=guess_interfaces(text),
                main=path.name,
                config_id=config_id,
                title=f"Debian's sample {name}",
            )


def _config_ids(text: str) -> list[str]:
    return sorted(set(re.findall(r"^[ \t]*@\^?(\S+)[ \t]+\S", text, re.MULTILINE)))


_COMMENT = re.compile(r"[!#].*")
_NAMED = re.compile(r"\b(?:interface|dev|lvs_sync_daemon_interface|lvs_sync_daemon)\s+([\w.-]{1,15})\b")
_TRACKED = re.compile(r"\btrack_interface\s*\{([^}]*)\}")
_HOME = re.compile(
    r"\binterface\s+(?P<name>[\w.-]+)(?:(?!\binterface\s).)*?\bvirtual_ipaddress\s*\{\s*(?P<vip>[0-9a-fA-F.:]+)",
    re.DOTALL,
)


def guess_interfaces(text: str) -> dict[str, tuple[str, ...]]:
    """The interfaces a configuration talks about, each with an address in the subnet of its first VIP."""
    text = _COMMENT.sub("", text)
    names = _NAMED.findall(text)
    for block in _TRACKED.findall(text):
        names += [line.split()[0] for line in block.splitlines() if line.split()]
    homes = {match["name"]: _neighbour(match["vip"]) for match in _HOME.finditer(text)}
    return {name: homes.get(name, ()) for name in dict.fromkeys(names)}


def _neighbour(vip: str) -> tuple[str, ...]:
    """An address next to a VIP: the last of its /24 or /64, where samples put nothing."""
    try:
        version = ipaddress.ip_address(vip).version
    except ValueError:
        return ()
    length = 24 if version == 4 else 64
    network = ipaddress.ip_network(f"{vip}/{length}", strict=False)
    return (f"{network[-2]}/{length}",)


# the set-ups of this repository


def fixtures() -> Iterator[Case]:
    """One case a host. A folder that is not a host's own is shared by the hosts that have none."""
    for folder in sorted((REPOSITORY / "fixtures").glob("*")):
        described = folder / "interfaces.json"
        hosts = json.loads(described.read_text()) if described.is_file() else {}
        for main in _mains(folder):
            owner = main.relative_to(folder).parts[0]
            for host in [owner] if owner in hosts else _without_folder(folder, hosts) or [owner]:
                yield _fixture(folder.name, host, main, hosts.get(host))


def _mains(folder: Path) -> list[Path]:
    return sorted([*folder.glob(f"*/etc/keepalived/{MAIN}"), *folder.glob(f"*/{MAIN}")])


def _without_folder(folder: Path, hosts: Mapping[str, Any]) -> list[str]:
    return [host for host in hosts if not (folder / host).is_dir()]


def _fixture(setup: str, host: str, main: Path, interfaces: Mapping[str, Sequence[str]] | None) -> Case:
    files = {
        str(path.relative_to(main.parent)): path.read_bytes()
        for path in sorted(main.parent.rglob("*"))
        if path.is_file()
    }
    if interfaces is None:
        interfaces = guess_interfaces(main.read_bytes().decode("utf-8", "surrogateescape"))
    return Case(
        id=f"fixture/{setup}/{host}",
        kind="fixture",
        files=files,
        interfaces=interfaces,
        # keepalived takes the node name for `@id` lines.
        config_id=host,
        title=f"{host} of the set-up {setup}",
        folder=main.parent,
    )


# two hosts each


def pair_hosts() -> Iterator[Case]:
    """Each side of each pair, alone: most mistakes of pairs cannot be seen on one side."""
    for pair in pairs():
        for main, address in zip((pair.a, pair.b), ADDRESSES, strict=True):
            yield Case(
                id=f"pair/{pair.name}/{main.stem}",
                kind="pair",
                files={main.name: main.read_bytes()},
                interfaces={"eth0": (address,)},
                main=main.name,
                title=f"{main.stem} of the pair {pair.name}",
            )


# one point each


def syntax() -> Iterator[Case]:
    """The small configurations. Bytes that are not UTF-8 are stored as surrogate escapes."""
    for entry in json.loads((HERE / "cases" / "cases.json").read_text(encoding="ascii")):
        texts = {MAIN: entry["conf"], **entry.get("files", {})}
        newer = entry.get("2.4.3")
        yield Case(
            id=f"syntax/{entry['id']}",
            kind="syntax",
            files={name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()},
            interfaces=SYNTAX_INTERFACES,
            config_id=entry.get("config_id"),
            title=entry["title"],
            hangs=entry.get("hangs", False),
            messages_243=tuple(newer["messages"]) if newer else None,
        )
