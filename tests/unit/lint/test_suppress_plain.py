"""Comments that suppress findings in scripts, dumps and files of settings."""

from __future__ import annotations

import pytest

from lvscompile.lint.suppress import Malformed, read_comments
from lvscompile.syntax.source import Source

TEXTS = {
    "ipvsadm -C # lvscompile: ignore[LVS601] why\nnext\n": [("LVS601", "ipvsadm -C # lvscompile: ignore[LVS601] why", False)],
    "# lvscompile: ignore[LVS601]\n# more\n\nipvsadm -C\nnext\n": [("LVS601", "ipvsadm -C", False)],
    "  # lvscompile: ignore[LVS601, LVS5]\nx\n": [("LVS601 LVS5", "x", False)],
    "# lvscompile: ignore-file[LVS5]\nx\ny\n": [("LVS5", "# lvscompile: ignore-file[LVS5]\nx\ny\n", True)],
    "x\n# lvscompile: ignore[LVS601]\n": [("LVS601", "", False)],
    "echo a#lvscompile: ignore[LVS601]\n": [],
    "echo lvscompile\n": [],
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_comments_cover_a_line(text: str) -> None:
    (found,) = [list(each) for each in read_comments([], [Source("x.sh", text)]).suppressions.values()] or [[]]
    assert [
        (" ".join(p.code for p in each.patterns), text[each.start : each.end], each.whole) for each in found
    ] == TEXTS[text]


def test_a_comment_that_is_not_understood() -> None:
    (found,) = read_comments([], [Source("x.sh", "# lvscompile: ignore LVS601\n")]).malformed
    assert isinstance(found, Malformed)


def test_findings_of_other_texts_are_suppressed(findings) -> None:  # type: ignore[no-untyped-def]
    script = "ipvsadm -A -t 192.0.2.1:80 -s rr\nipvsadm -A -t 192.0.2.1:80 -s rr{}\n"
    said = [finding.code for finding in findings(lvs1={"etc/rc.local": script.format("")})]
    assert "LVS601" in said
    silent = findings(lvs1={"etc/rc.local": script.format("  # lvscompile: ignore[LVS601] on purpose")})
    assert "LVS601" not in [finding.code for finding in silent]
