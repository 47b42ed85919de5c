"""`make golden`: writes the expected outputs of all fixtures, and the README's, as they are now."""

from __future__ import annotations

from golden import expected, setups
from readme import README, rewritten

for setup in setups():
    folder = setup / "expected"
    folder.mkdir(exist_ok=True)
    contents = expected(setup)
    for old in folder.iterdir():
        if old.name not in contents:
            old.unlink()
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape", newline="")
README.write_text(rewritten())
