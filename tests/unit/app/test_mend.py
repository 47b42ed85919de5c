"""Applying fixes: rounds, what gets in each other's way, what is taken back, and what happens to the files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lvscompile.app.load import Loaded, load, reload
from lvscompile.app.mend import ROUNDS, Change, mend, store
from lvscompile.lint.engine import lint
from lvscompile.syntax.findings import Edit, Finding, Fix, Span
from lvscompile.syntax.source import InputError, Source, read_source

GOOD = """\
vrrp_instance A {
    interface eth0
    virtual_router_id 61
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
"""


def loaded_from(folder: Path, text: str, **others: str) -> Loaded:
    for name, other in others.items():
        (folder / f"{name}.conf").write_bytes(other.encode())
    path = folder / "keepalived.conf"
    path.write_bytes(text.encode())
    return load([f"a={path}"], kinds={str(path): "keepalived"})


def findings(loaded: Loaded) -> list[Finding]:
    return lint(loaded.hosts, loaded.site.target).findings


def text_of(changes: Sequence[Change], name: str = "keepalived.conf") -> str:
    return next(text for source, text in changes if source.path.endswith(name))


def finding(source: Source, *edits: tuple[int, int, str], safe: bool = True, code: str = "LVS999") -> Finding:
    made = tuple(Edit(Span(source, start, end), text) for start, end, text in edits)
    return Finding(code, "x", "info", "none", f"at {edits[0][0]}", Span(source, 0, 0), "a", fix=Fix(safe, "t", made))


def judged(*makers: Callable[[Source], Finding | None]) -> Callable[[Loaded], list[Finding]]:
    """A judge that says the first of these in the first round, then the next, and nothing after that."""
    left = list(makers)

    def judge(loaded: Loaded) -> list[Finding]:
        found = left.pop(0)(loaded.mains[0]) if left else None
        return [found] if found else []

    return judge


# -- rounds ---------------------------------------------------------------------------------------------------


def test_what_is_safe_is_fixed_and_the_rest_only_when_asked_for(tmp_path: Path) -> None:
    text = GOOD.replace(
        "priority 100", "nopreempt\n    state MASTER\n    priority 100\n    use_vmac off x\n    dont_track_primary off"
    )
    loaded = loaded_from(tmp_path, text)
    safe = mend(loaded, findings)
    assert text_of(safe.changes) == text.replace("    dont_track_primary off\n", "")
    assert [f.code for f in safe.fixed] == ["LVS111"]
    unsafe = mend(loaded, findings, unsafe=True)
    assert "state BACKUP" in text_of(unsafe.changes)
    assert {f.code for f in unsafe.fixed} == {"LVS111", "LVS206"}


def test_nothing_to_fix(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, GOOD)
    mended = mend(loaded, findings)
    assert mended == (loaded, (), (), ())


def test_what_a_fix_uncovers_is_fixed_in_the_next_round(tmp_path: Path) -> None:
    mended = mend(loaded_from(tmp_path, GOOD.replace("priority 100", "priority 100 advert_int 1.7")), findings)
    assert text_of(mended.changes) == GOOD.replace("priority 100", "priority 100\n    advert_int 2")
    assert [f.code for f in mended.fixed] == ["LVS110", "LVS210"]


def test_of_fixes_that_overlap_the_first_one_wins_the_round(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, "# 0123456789\n" + GOOD)

    def judge(each: Loaded) -> list[Finding]:
        source = each.mains[0]
        if not source.text.startswith("# 0"):
            return []
        return [finding(source, (2, 5, "")), finding(source, (4, 6, "")), finding(source, (8, 9, "X"), (3, 4, "Y")),
                finding(source, (5, 6, "Z")), finding(source, (7, 7, "I")), finding(source, (7, 7, "J")),
                finding(source, (7, 8, "K"))]  # fmt: skip

    mended = mend(loaded, judge)
    assert text_of(mended.changes) == "# Z4IK6789\n" + GOOD
    assert [f.message for f in mended.fixed] == ["at 2", "at 5", "at 7", "at 7"]


def test_edits_of_one_fix_are_all_made_also_when_two_are_the_same(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, "# 0123\n" + GOOD)
    mended = mend(loaded, judged(lambda source: finding(source, (4, 5, ""), (2, 3, "abc"), (4, 5, ""))))
    assert text_of(mended.changes) == "# abc13\n" + GOOD


def test_a_fix_may_change_several_files(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, "# a\ninclude one.conf\n" + GOOD, one="# b\n")

    def judge(each: Loaded) -> list[Finding]:
        main, one = each.sources[0], each.sources[1]
        if main.text[2] != "a":
            return []
        both = Fix(True, "t", (Edit(Span(main, 2, 3), "c"), Edit(Span(one, 2, 3), "d")))
        return [Finding("LVS999", "x", "info", "none", "m", Span(main, 0, 0), "a", fix=both)]

    mended = mend(loaded, judge)
    assert [(source.name.rpartition("/")[2], text[:4]) for source, text in mended.changes] == [
        ("keepalived.conf", "# c\n"),
        ("one.conf", "# d\n"),
    ]


def test_a_file_that_is_included_twice_is_mended_once(tmp_path: Path) -> None:
    body = "virtual_router_id {}\n interface eth0\n include one.conf\n virtual_ipaddress {{\n 192.0.2.{}\n }}\n}}\n"
    main = "".join(f"vrrp_instance {name} {{\n{body.format(n, n)}" for name, n in (("A", 7), ("B", 8)))
    mended = mend(loaded_from(tmp_path, main, one=" priority 9\n dont_track_primary off # c\n"), findings)
    assert [text for _, text in mended.changes] == [" priority 9\n # c\n"]
    assert [f.code for f in mended.fixed] == ["LVS111"]


def test_fixes_that_undo_each_other_come_to_an_end(tmp_path: Path) -> None:
    rounds = 0

    def judge(loaded: Loaded) -> list[Finding]:
        nonlocal rounds
        rounds += 1
        source = loaded.mains[0]
        return [finding(source, (2, 3, "b" if source.text[2] == "a" else "a"))]

    mend(loaded_from(tmp_path, "# a\n" + GOOD), judge)
    assert rounds <= 4


def test_fixes_that_go_on_for_ever_come_to_an_end(tmp_path: Path) -> None:
    rounds = 0

    def judge(loaded: Loaded) -> list[Finding]:
        nonlocal rounds
        rounds += 1
        return [finding(loaded.mains[0], (2, 2, "a"))]

    mended = mend(loaded_from(tmp_path, "# \n" + GOOD), judge)
    assert rounds == ROUNDS
    assert text_of(mended.changes).startswith("# " + "a" * ROUNDS + "\n")


# -- what is taken back ---------------------------------------------------------------------------------------


def test_a_fix_that_brings_an_error_is_taken_back_and_no_other(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, "# 01234567\n" + GOOD)
    at = loaded.mains[0].text.index("virtual_router_id")

    def judge(each: Loaded) -> list[Finding]:
        source = each.mains[0]
        if "X" in source.text:
            return [finding(source, (at, at + 7, "vertual"), code="LVS998")]
        edits = [finding(source, (n, n + 1, "X")) for n in (2, 4, 6)]
        return [*edits[:2], finding(source, (at, at + 7, "vertual"), code="LVS998"), edits[2]]

    mended = mend(loaded, judge)
    assert text_of(mended.changes) == "# X1X3X567\n" + GOOD
    assert [f.message for f in mended.fixed] == ["at 2", "at 4", "at 6"]
    assert [(f.code, reason) for f, reason in mended.refused] == [
        ("LVS998", "its fix would bring new errors (LVS101, LVS202)")
    ]
    assert findings(mended.loaded) == []


def test_an_error_that_was_there_before_takes_nothing_back(tmp_path: Path) -> None:
    text = GOOD.replace("priority 100", "a b c\n    priority 999\n    dont_track_primary off")
    mended = mend(loaded_from(tmp_path, "# \n" + text), findings)
    assert text_of(mended.changes) == "# \n" + text.replace("    dont_track_primary off\n", "")
    assert mended.refused == ()


def test_two_fixes_that_are_an_error_only_together(tmp_path: Path) -> None:
    """The second one is taken back."""
    two = GOOD + GOOD.replace("A {", "B {").replace("_id 61", "_id 52").replace("2.10", "2.11")
    loaded = loaded_from(tmp_path, two)

    def judge(each: Loaded) -> list[Finding]:
        source = each.mains[0]
        spots = [source.text.find("61"), source.text.find("52")]
        return [finding(source, (at, at + 2, "77")) for at in spots if at >= 0]

    mended = mend(loaded, judge)
    assert text_of(mended.changes) == two.replace("_id 61", "_id 77")
    assert [reason for _, reason in mended.refused] == ["its fix would bring new errors (LVS201)"]


def test_a_file_outside_of_the_directory_that_was_given_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside.conf"
    outside.write_text(" dont_track_primary off\n")
    host = tmp_path / "host"
    host.mkdir()
    (host / "inside.conf").write_text(" use_vmac_addr off\n")
    body = GOOD.replace("    priority", f"    include {outside}\n    include inside.conf\n    priority")
    (host / "keepalived.conf").write_text(body)
    mended = mend(load([str(host)]), findings)
    assert [source.path for source, _ in mended.changes if source.path == str(outside)] == []
    assert [reason for _, reason in mended.refused] == ["the file lies outside of the directory that was given"]
    alone = mend(load([str(host / "keepalived.conf")]), findings)
    assert str(outside) in [source.path for source, _ in alone.changes]


# -- reading again --------------------------------------------------------------------------------------------


def test_reading_again_reads_no_file(tmp_path: Path) -> None:
    loaded = loaded_from(tmp_path, "include one.conf\n" + GOOD, one="global_defs {\n router_id x\n}\n")
    for path in tmp_path.iterdir():
        path.write_text("frob\n")
    again = reload(loaded, {})
    assert [source.text for source in again.sources] == [source.text for source in loaded.sources]
    assert again.hosts[0].director.name == "a"
    changed = reload(loaded, {str((tmp_path / "one.conf").resolve()): "# nothing\n"})
    assert [source.text for source in changed.sources[1:]] == ["# nothing\n"]
    assert changed.hosts[0].director.globals == ()


def test_reading_again_forgets_no_secret(tmp_path: Path) -> None:
    text = GOOD.replace("priority 100", "authentication {\n auth_type PASS\n auth_pass geheim\n }")
    loaded = loaded_from(tmp_path, text)
    again = reload(loaded, {str((tmp_path / "keepalived.conf").resolve()): text.replace("geheim", "other")})
    assert again.secrets == {"geheim", "other"}


# -- writing --------------------------------------------------------------------------------------------------


def change(path: Path, after: str) -> Change:
    return Change(read_source(str(path)), after)


def test_mode_owner_and_link_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.conf", tmp_path / "link.conf"
    real.write_bytes(b"a\r\n\xff")
    real.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(real, 123, 456)
    link.symlink_to("real.conf")
    before = real.stat()
    store([change(link, "b\r\n\udcff")])
    after = real.stat()
    assert real.read_bytes() == b"b\r\n\xff"
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.conf", "real.conf"]


def test_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1\n")
    two.write_text("2\n")
    changes = [change(one, "x\n"), change(two, "y\n")]
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not str(path).endswith("two") and real(path, mode))
    with pytest.raises(InputError, match="two: cannot be rewritten: permission denied"):
        store(changes)
    assert (one.read_text(), two.read_text()) == ("1\n", "2\n")
    monkeypatch.undo()
    store(changes)
    assert (one.read_text(), two.read_text()) == ("x\n", "y\n")


def test_a_file_that_somebody_else_changed_stays(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1\n")
    two.write_text("2\n")
    changes = [change(one, "x\n"), change(two, "y\n")]
    two.write_text("z\n")
    with pytest.raises(InputError, match="has changed while"):
        store(changes)
    assert (one.read_text(), two.read_text()) == ("1\n", "z\n")


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.write_text("1\n")
    changes = [change(one, "x\n")]
    one.unlink()
    with pytest.raises(InputError, match="no such file"):
        store(changes)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="it is a pipe"):
        store([Change(Source("pipe", "a\n", str(pipe)), "b\n")])
    assert stat.S_ISFIFO(pipe.stat().st_mode)
