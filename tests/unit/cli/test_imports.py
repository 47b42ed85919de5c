"""What `lint` imports decides how fast it starts. The set of modules is tested, never milliseconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LISTING = "\nimport sys\nsys.stderr.write('\\n'.join(sorted(sys.modules)))\n"
LIBRARIES = "import gc, click, lark, lark.lexer, lark.parsers.lalr_parser"
LINT = "from lvscompile.cli import run\nimport sys\nrun(sys.argv[1:])"

# Beyond what click and lark bring along, and the package itself.
ALLOWED = {
    "_socket", "hashlib", "_hashlib", "_blake2", "_sha2", "_sha256", "locale", "_locale", "fnmatch", "stat",
    # What pathlib brings along up to Python 3.12; a test below asks for the end of it.
    "pathlib", "ntpath", "urllib", "urllib.parse", "ipaddress",
}  # fmt: skip
JSON = {"json", "json.decoder", "json.encoder", "json.scanner", "_json"}
# What must stay out even though another library might bring it one day.
HEAVY = {
    "asyncio", "pyroute2", "jinja2", "rich", "importlib.metadata", "socket", "tempfile", "multiprocessing",
    "concurrent", "unittest", "xml", "email", "http", "ssl", "difflib", "lvscompile.backends", "yaml", "tomllib",
}  # fmt: skip


def modules(program: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", program + LISTING, *arguments],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    return set(done.stderr.split("\n"))


@pytest.fixture(scope="module")
def libraries() -> set[str]:
    return modules(LIBRARIES)


def lint(path: Path, *arguments: str) -> set[str]:
    return modules(LINT, "lint", *arguments, str(path))


def foreign(found: set[str], libraries: set[str]) -> set[str]:
    return {name for name in found - libraries if not name.startswith("lvscompile")}


def test_lint_imports_nothing_but_itself(small: Path, libraries: set[str]) -> None:
    assert foreign(lint(small, "--format", "concise"), libraries) <= ALLOWED | JSON


def test_lint_as_text_does_not_import_json(small: Path, libraries: set[str]) -> None:
    found = foreign(lint(small), libraries)
    assert "json" not in found
    assert "json.encoder" not in found


def test_lint_does_not_import_pathlib(small: Path, libraries: set[str]) -> None:
    assert not foreign(lint(small), libraries) & {"pathlib", "urllib.parse", "ipaddress"}


def test_lint_as_json(small: Path, libraries: set[str]) -> None:
    assert foreign(lint(small, "--format", "json"), libraries) <= ALLOWED | JSON


def test_a_format_is_imported_when_it_is_asked_for(small: Path) -> None:
    modules = {"full": "text", "concise": "text", "json": "document", "sarif": "sarif", "github": "github"}
    for form, name in modules.items():
        found = {each.rpartition(".")[2] for each in lint(small, "--format", form) if ".cli.formats." in each}
        assert found == {name}
    found = lint(small, "--output", "github=/dev/null")
    assert "lvscompile.cli.formats.github" in found


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_lint_in_other_formats(small: Path, libraries: set[str], form: str) -> None:
    assert foreign(lint(small, "--format", form), libraries) <= ALLOWED | JSON


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github"])
def test_heavy_modules_stay_out(small: Path, libraries: set[str], form: str) -> None:
    found = lint(small, "--format", form)
    assert not {name for name in found - libraries if name in HEAVY or name.partition(".")[0] in HEAVY}


def test_glob_is_imported_for_includes_only(small: Path) -> None:
    assert "glob" not in lint(small)
    small.write_text(small.read_text() + "include none*.conf\n")
    assert "glob" in lint(small)


def test_a_spelling_mistake_may_import_difflib(broken: Path, libraries: set[str]) -> None:
    assert foreign(lint(broken, "--format", "concise"), libraries) - {"difflib", "heapq", "_heapq"} <= ALLOWED | JSON


def test_the_package_itself_imports_nothing(libraries: set[str]) -> None:
    found = modules("import lvscompile")
    assert {name for name in found if name.startswith("lvscompile")} == {"lvscompile"}
    assert "lark" not in found
    assert "click" not in found


def test_help_imports_neither_lark_nor_the_commands() -> None:
    found = modules("from lvscompile.cli import run\nimport sys\nrun(['--help'])")
    assert "lark" not in found
    assert not {
        name for name in found if name.startswith(("lvscompile.cli.", "lvscompile.lint", "lvscompile.syntax.k"))
    }


def test_explain_imports_no_parser() -> None:
    found = modules("from lvscompile.cli import run\nimport sys\nrun(['lnit'])")
    assert "lark" not in found
