"""`make golden`: writes the expected outputs of all fixtures, and the README's, as they are now, and docs/rules/."""

from __future__ import annotations

import sys

from golden import ROOT, expected, setups
from pages import DOCS, documents
from readme import README, rewritten

sys.path.insert(0, str(ROOT / "tests" / "catalogue"))
from table import TABLE, table

for setup in setups():
    folder = setup / "expected"
    folder.mkdir(exist_ok=True)
    contents = expected(setup)
    for old in folder.iterdir():
        if old.name not in contents:
            old.unlink()
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape", newline="")
DOCS.mkdir(parents=True, exist_ok=True)
documented = documents()
for old in DOCS.iterdir():
    if old.name not in documented:
        old.unlink()
for name, content in documented.items():
    (DOCS / name).write_text(content, encoding="utf-8")
TABLE.write_text(table(), encoding="utf-8")
README.write_text(rewritten())
