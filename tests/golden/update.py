"""`make golden`: writes the expected outputs of all fixtures, and the README's, as they are now."""

from __future__ import annotations

from golden import expected, setups
from readme import README, rewritten

for setup in setups():
    folder = setup / "expected"
    folder.mkdir(exist_ok=True)
    for name, content in expected(setup).items():
        (folder / name).write_text(content)
README.write_text(rewritten())
