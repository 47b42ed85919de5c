"""`convert --keep`: the words of today, the meaning of before, and what an operator wrote around them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lvscompile.app.convert import to_keepalived
from lvscompile.app.load import load
from lvscompile.ir.compare import compare
from lvscompile.ir.core import NEWEST, Target
from lvscompile.syntax.source import encode

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(ROOT.glob("fixtures/**/keepalived.conf"))
TARGET = Target(NEWEST)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "fixtures")))
def test_the_meaning_stays(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "host"
    shutil.copytree(path.parent, folder)
    main = folder / "keepalived.conf"
    before = load([f"lvs1={main}"], target=TARGET)
    text = to_keepalived(before, TARGET, keep=True).outputs[0].text
    main.write_bytes(encode(text))
    after = load([f"lvs1={main}"], target=TARGET)
    assert compare(before.hosts[0].director, after.hosts[0].director, TARGET) == ()
    assert to_keepalived(after, TARGET, keep=True).outputs[0].text == text


def test_words_change_where_they_stand(tmp_path: Path) -> None:
    main = tmp_path / "keepalived.conf"
    main.write_text("global_defs {\n    lvs_id X  # old\n    lvs_flush_onstop  # mind this\n    $A=1\n}\n")
    text = to_keepalived(load([f"x={main}"]), TARGET, keep=True).outputs[0].text
    assert text == "global_defs {\n    # lvs_id X  # old\n    lvs_flush_on_stop  # mind this\n    $A=1\n}\n"
