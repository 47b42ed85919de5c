"""`make golden`: writes the expected outputs of all fixtures, and those in the README and docs/, as they are now."""

from __future__ import annotations

import sys

from golden import ROOT, expected, setups, written
from pages import DOCS, documents
from readme import PAGES, rewritten

sys.path.insert(0, str(ROOT / "tests" / "catalogue"))
from table import TABLE, table

for setup in setups():
    contents = expected(setup)
    for name, old in written(setup).items():
        if name not in contents:
            old.unlink()
    for name, content in contents.items():
        path = setup / "expected" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", errors="surrogateescape", newline="")
DOCS.mkdir(parents=True, exist_ok=True)
documented = documents()
for old in DOCS.iterdir():
    if old.name not in documented:
        old.unlink()
for name, content in documented.items():
    (DOCS / name).write_text(content, encoding="utf-8")
TABLE.write_text(table(), encoding="utf-8")
for page in PAGES:
    page.write_text(rewritten(page), encoding="utf-8")
