"""Does it work with every Python and library that it says it does?

    python tests/verify/matrix.py [--record]

For each CPython from 3.11 that is installed here, and for the oldest and the newest lark and click that pyproject.toml
allows, a virtual environment is made, the package installed into it, and the tests that need no keepalived are run.
Prints a table; exit status 1 when a cell fails. `--record` writes it to tests/evidence/matrix.json with the commit.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
LIBRARIES = {"oldest": ["lark==1.3.1", "click==8.1.0"], "newest": ["lark", "click"]}
TESTS = ["tests/unit/syntax", "tests/unit/ir", "tests/property", "tests/golden", "tests/interop/test_pairs.py"]


def pythons() -> Iterator[tuple[str, str]]:
    """Version and path of each interpreter found: on the path, or among those of pyenv."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in PYTHONS:
        found = [str(path) for path in sorted(versions.glob(f"{version}.*/bin/python"))]
        on_path = shutil.which(f"python{version}")
        for path in [*found, *([on_path] if on_path else [])]:
            works = subprocess.run([path, "-c", "import venv, ssl"], capture_output=True, check=False)
            if works.returncode == 0:
                yield version, path
                break


def cell(python: str, libraries: list[str]) -> tuple[str, str]:
    """One combination: `passed` or what failed, and the versions that were really installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
        inside = f"{folder}/bin/python"
        install = [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, str(ROOT), "pytest", "hypothesis"], check=True, capture_output=True)
        subprocess.run([*install, *libraries], check=True, capture_output=True)
        show = (
            "import lark, click, importlib.metadata as m; print('lark', m.version('lark'), 'click', m.version('click'))"
        )
        versions = subprocess.run([inside, "-c", show], check=True, capture_output=True, text=True).stdout.strip()
        # The installed package is tested, not the checkout: the tests run from a copy without it.
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT / "tests", copy / "tests")
        shutil.copytree(ROOT / "fixtures", copy / "fixtures")
        for name in ("README.md", "Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, copy / name)
        done = subprocess.run(
            [inside, "-m", "pytest", "-q", "-x", "-k", "not make_demo", *TESTS],
            cwd=copy, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONSAFEPATH": "1"},
        )  # fmt: skip
        lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
        return ("passed" if done.returncode == 0 else "FAILED: " + " ".join(lines[:6])[:600]), versions


def main() -> int:
    rows = []
    for version, path in pythons():
        for name, libraries in LIBRARIES.items():
            result, versions = cell(path, libraries)
            rows.append({"python": version, "libraries": versions, "set": name, "result": result})
            print(f"python {version}  {versions:<28} {result}", flush=True)
    missing = sorted(set(PYTHONS) - {row["python"] for row in rows})
    if missing:
        print(f"not installed here, not tried: {', '.join(missing)}")
    if "--record" in sys.argv:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        record = {"commit": commit.stdout.strip(), "rows": rows, "not tried": missing}
        (ROOT / "tests" / "evidence" / "matrix.json").write_text(json.dumps(record, indent=1) + "\n")
    return 0 if rows and all(row["result"] == "passed" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
