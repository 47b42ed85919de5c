"""The floors of the house: imports go downwards only, heavy libraries stay off the path of `lint`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# Floor -> what it may import of ours. `grammars` is data; its build script alone reaches up, to the grammar's reader.
ALLOWED = {
    "cli": {"app", "lint", "frontends", "backends", "ir", "syntax", "grammars"},
    "app": {"lint", "frontends", "backends", "ir", "syntax"},
    "backends": {"ir", "backends"},
    "lint": {"ir", "syntax"},
    "frontends": {"ir", "syntax"},
    "ir": {"syntax"},
    "syntax": {"grammars"},
    "grammars": {"grammars"},
}
EXCEPTIONS = {("grammars/build.py", "syntax")}
# Third-party library -> floors that may use it.
LIBRARIES = {"lark": {"syntax", "frontends", "app", "grammars"}, "click": {"cli"}}
FORBIDDEN = {"asyncio", "pyroute2", "jinja2", "rich", "dataclasses", "importlib.metadata", "pickle"}


def modules() -> list[Path]:
    top = [ROOT / "grammars", ROOT / "backends", ROOT / "lvscompile"]
    files = [path for folder in top for path in folder.rglob("*.py")]
    links = (ROOT / "lvscompile" / "grammars", ROOT / "lvscompile" / "backends")
    return sorted(path for path in files if not any(link in path.parents for link in links))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield f"{node.module}"


def floor(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return (parts[1] if parts[0] == "lvscompile" else parts[0]).removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downwards(path: Path) -> None:
    here = floor(path)
    if here not in ALLOWED:  # __init__ and __main__ of the package
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "lvscompile" and len(parts) > 1:
            inside = parts[1] == here or parts[1] in ALLOWED[here]
            allowed = inside or (str(path.relative_to(ROOT)), parts[1]) in EXCEPTIONS
            assert allowed, f"{here} must not import {name}"
        assert parts[0] not in ("grammars", "backends"), "import it as lvscompile.grammars, lvscompile.backends"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_on_their_floors(path: Path) -> None:
    for name in imports(path):
        assert name not in FORBIDDEN, f"{path}: {name} costs start-up time that lint does not have"
        assert not name.startswith("rich."), path
        if name.split(".")[0] in LIBRARIES:
            assert floor(path) in LIBRARIES[name.split(".")[0]] | {"__main__"}, f"{path} imports {name}"


def test_the_floors_are_all_there() -> None:
    assert {floor(path) for path in modules()} >= ALLOWED.keys()


def test_no_module_is_a_giant() -> None:
    """A module that passes ~300 lines is asked whether it holds two ideas."""
    for path in modules():
        lines = len(path.read_text().splitlines())
        name = str(path.relative_to(ROOT))
        generated = path.name == "keepalived_keywords.py"
        assert generated or lines <= 360, f"{name}: {lines} lines"
