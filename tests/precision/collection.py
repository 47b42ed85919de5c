"""Good files from elsewhere, found when the tests run and never copied: what Debian's packages ship.

- `keepalived`: the samples of Debian's keepalived package;
- `conntrackd`, `yrmcds`: a keepalived.conf among their examples;
- `augeas-lenses`: the configuration that its keepalived lens is tested with;
- `python3-octavia`: what OpenStack's load balancer writes, from its unit tests.

`make system` unpacks the packages under `.venv/debian`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path("/usr/share/doc/keepalived/samples")
UNPACKED = ROOT / ".venv" / "debian"
PACKAGES = ("conntrackd", "yrmcds", "augeas-lenses", "python3-octavia")
_LENS_TEST = re.compile(r'let conf = "(.*?)(?<!\\)"$', re.MULTILINE | re.DOTALL)


def configurations() -> dict[str, str]:
    """Name -> text, in a stable order."""
    found = {f"keepalived/{path.name.removeprefix('keepalived.conf.')}": _text(path) for path in _samples()}
    for package in PACKAGES:
        folder = UNPACKED / package
        for path in sorted(folder.rglob("keepalived.conf*")):
            found[f"{package}/{path.name}"] = _text(path)
        for path in sorted(folder.rglob("test_keepalived.aug")):
            found[f"{package}/lens"] = _lens(_text(path))
        for path in sorted(folder.rglob("test_*.py")):
            for number, text in enumerate(_strings(_text(path)), 1):
                found[f"{package}/{path.parent.name}/{path.stem}#{number}"] = text
    return found


def _samples() -> list[Path]:
    return sorted(SAMPLES.glob("keepalived.conf.*"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _lens(text: str) -> str:
    match = _LENS_TEST.search(text)
    assert match is not None
    return match[1].replace('\\"', '"')


def _strings(text: str) -> Iterator[str]:
    """Whole configurations among the string constants of a Python file."""
    if "vrrp_instance" not in text and "virtual_server" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = node.value
            whole = value.count("{") == value.count("}") > 1 and value.count("\n") > 5
            if whole and re.search(r"(?m)^(vrrp_instance|virtual_server)", value) and "%(" not in value:
                yield value
