"""No text makes the reader of scripts and notes fail or lose a line; what has no end is bounded."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shell_texts import NOTES, SCRIPT, shell_texts

from lvscompile.frontends.shell import read_script
from lvscompile.ir.shell import Command, Embedded, Kept, Script
from lvscompile.syntax.shell.grammar import parse
from lvscompile.syntax.shell.scan import scan
from lvscompile.syntax.source import Source

LIMIT = 10.0  # seconds, on a machine that does other things at the same time; each takes far less than one


def check(script: Script, text: str) -> None:
    at = 0
    for stmt, verdict in script.lines:
        assert stmt.start == at, stmt
        assert stmt.text == text[stmt.start : stmt.end]
        assert verdict in ("understood", "kept", "prose", "embedded")
        at = stmt.end
    assert at == len(text)
    assert sum(script.counts().values()) == text.count("\n") + (text[-1:] not in ("\n", ""))
    for item in (*script.items, *script.aside):
        assert item.origin.source.text == text
        if isinstance(item, Embedded):
            assert 0 <= item.start < item.end <= len(text)
            continue
        assert len(item.places) == len(item.argv) or (isinstance(item, Kept) and item.reason == "broken")
        for start, end in item.places:
            assert 0 <= start <= end <= len(text)
        if isinstance(item, Command):
            assert item.argv[0]
            assert item.span(0).start <= item.span().end


@given(shell_texts)
@example("")
@example("\\\n")
@example("cat <<EOF")
@example("[root@a ~]# cat <<EOF\n> x\n> EOF\n")
@example("#!/bin/sh\nf() { f; f; }; f\n")
@example("ipvsadm \\\r\n -C\r\n")
def test_scan_loses_nothing(text: str) -> None:
    stmts = list(scan(Source("x", text)))
    assert "".join(stmt.text for stmt in stmts) == text
    assert all(stmt.line == text.count("\n", 0, stmt.start) + 1 for stmt in stmts)


@given(shell_texts, st.sampled_from(("", "script", "document")))
@example("[root@a ~]# cat <<EOF\n> x\n> EOF\n", "")
@example("#!/bin/sh\nf() { f; f; }; f\n", "")
@example("A=xxxxxxxxxx; " + "A=$A$A;" * 40 + "ipvsadm $A $A $A", "script")
@example("cat <<EOF", "document")
@example("case $1 in start)\n ipvsadm -C <<E\n;; esac", "script")
def test_every_line_is_accounted_for(text: str, mode: str) -> None:
    script = read_script(Source("x", text), mode=mode)
    check(script, text)
    parse([stmt for stmt, _ in script.lines])  # Lark takes what was judged


@given(st.integers(0, len(NOTES)), st.integers(0, len(NOTES)))
def test_a_part_of_a_text(first: int, last: int) -> None:
    start, end = min(first, last), max(first, last)
    script = read_script(Source("x", NOTES), start=start, end=end)
    assert "".join(stmt.text for stmt, _ in script.lines) == NOTES[start:end]


HUGE = {
    "an endless loop": "#!/bin/sh\nwhile true; do ipvsadm -Z; done\n",
    "a million rounds": "#!/bin/sh\nfor i in $(seq 1 1000000); do ipvsadm -A -f $i; done\n",
    "rounds in rounds": "#!/bin/sh\n"
    + "for i in 1 2 3 4 5 6 7 8 9 10; do " * 9
    + "ipvsadm -A -f $i;"
    + " done;" * 9
    + "\n",
    "wide rounds": "#!/bin/sh\nfor i in $(seq 1 20000); do\n" + "ipvsadm -A -f $i\n" * 500 + "done\n",
    "functions that double": "#!/bin/sh\n"
    + "".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}\n" for i in range(50))
    + "f50() { ipvsadm -C; }\nf0\n",
    "a function that calls itself": "#!/bin/sh\nf() { ipvsadm -C; f; f; }\nf\n",
    "deep nesting": "#!/bin/sh\n" + "if true; then\n" * 5000 + "ipvsadm -C\n" + "fi\n" * 5000,
    "deep brackets": "#!/bin/sh\n" + "(" * 5000 + "\n" + ")" * 5000,
    "deep expansions": "#!/bin/sh\necho " + '"$(' * 5000 + "\n",
    "deep defaults": "#!/bin/sh\necho " + "${A:-" * 5000 + "\n",
    "quotes without end": "#!/bin/sh\n" + "echo \"a 'b\n" * 5001,
    "openers without end": "#!/bin/sh\n" + "if true\n" * 5000,
    "here-documents without end": "#!/bin/sh\n" + "cat > /etc/x <<EOF1\n" * 5000,
    "values that double": "#!/bin/sh\nA=xxxxxxxxxx\n" + "A=$A$A\n" * 5000 + "ipvsadm $A $A\n" * 5000,
    "braces that double": "#!/bin/sh\nipvsadm " + "{a,b}" * 400 + "\n",
    "one long line": "#!/bin/sh\nipvsadm " + "-a b " * 100_000 + "\n",
    "a long line of quotes": "#!/bin/sh\nipvsadm " + "'a'\"b\"\\c$A" * 100_000 + "\n",
    "continuations": "#!/bin/sh\nipvsadm " + "\\\n" * 50_000 + "-C\n",
    "pipes": "#!/bin/sh\n" + "echo a | " * 5_000 + "tee /etc/x\n",
    "prompts": "[root@a ~]# cat <<X\n" * 5_000,
    "secondary prompts": ("[root@a ~]# for i in 1; do\n" + "> ipvsadm -C\n" * 500) * 40,
    "notes with openers": "for i in 1 2; do ipvsadm -C\n" * 3_000 + "The end。\n",
    "notes with quotes": "ipvsadm -A 'x\n" * 3_001 + "The end。\n",
    "files that never close": "Notes。\n" + "vrrp_instance A {\n" * 5_000,
    "an endless drawing": "|   |  [x]\n" * 10_000 + "。\n",
    "brackets of a prompt": "[root@" * 5_000 + "\n" + "[a@" + "b" * 50_000 + "\n",
    "a name without end": "/etc/" + "a/" * 100_000 + "!\n" + "/etc/" + "-" * 100_000 + "。\n",
    "hashes": "# ipvsadm -C\n" * 5_000 + "。\n",
}


@pytest.mark.parametrize("name", HUGE)
def test_what_has_no_end_is_bounded(name: str) -> None:
    text = HUGE[name]
    started = time.process_time()
    script = read_script(Source("x", text))
    assert time.process_time() - started < LIMIT
    assert sum(script.counts().values()) == text.count("\n") + (text[-1:] not in ("\n", ""))
    assert len(script.items) < 150_000


def test_the_samples_are_read_as_what_they_are() -> None:
    assert read_script(Source("x", SCRIPT)).mode == "script"
    assert read_script(Source("x", NOTES)).mode == "document"
