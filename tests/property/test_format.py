"""Whatever the text: laid out, it reads the same, says the same comments, and is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lvscompile.app.format import format_files, format_text
from lvscompile.syntax.keepalived.keywords import blocks, table
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.keepalived.words import BLANKS, code_end
from lvscompile.syntax.source import Source, decode, encode

REPOSITORY = Path(__file__).resolve().parents[2]

# What may be included lies beside the text.
NEIGHBOURS = {"half": "vrrp_instance HALF {\n  state MASTER\n", "rest": "priority 77\n}\n", "deep": "include half\n"}

LINES = (
    "vrrp_instance A {", "vrrp_instance A{", "vrrp_instance A", "{", "}", "} }", "}}", "{{", "{ # c", "} ! c", "vrrp_instance B {",
    "authentication { auth_type PASS }", "authentication { auth_type PASS", "auth_pass  x }", "virtual_ipaddress { 10.0.0.1 10.0.0.2 }",
    "virtual_ipaddress {", "virtual_ipaddress", "10.0.0.1/24   dev\teth0 # c", "priority  77", "priority\t77", "priority 77 {", "frob {",
    "} vrrp_instance C { interface eth0", "virtual_server 10.0.0.1 80 {", "real_server 10.0.0.2 80 { weight 1 }", "TCP_CHECK", "TCP_CHECK { }",
    "# c", "   ! c  ", "# c \\", "# c \\ ", "# \"c", "priority 77# c", "priority 77 !c \\", "", "", "  ", "\t", "\f", "include half", "include  rest # c",
    "include deep }", "include", "{ include half", "@me priority  77", "  @me }", "@me vrrp_instance M {", "@you vrrp_instance Y {", "@^me {", "{ @me x }",
    "$P=77", "$P= 7  7 ", "$B= \\\n  77 \\\n\tadvert_int  3", "$B= \\", "$C=vrrp_instance X {", "$C", "priority $P", "priority ${P}", "{ priority $B }",
    "{ $B", "$B }", "$P{", "x ${Q} {", "${Q", "${P }", "priority  ${_RANDOM 1  2}", "~SEQ(i,2)  bad$i   x", "~SEQ(i,2) virtual_ipaddress { 10.0.0.$i }",
    "~SEQ(i,0)", "~LST(i,a,b) }", "notify_master \"/bin/x  y\"  z", "notify '/bin/x  y  # z'", "notify 'a  b", "auth_pass \"a  b", "auth_pass a\\#b   c",
    "a \\", "a\\{", "a \\ ", "a\\\"b # c\"", "priority\f77", "priority\v77  78", "\fpriority 77", "\f@me x", "\r@me x", "\ufeffvrrp_instance A {", "caf\udce9  x",
    "\xa0 x", "\u2028", "a\0b  c", "#" + "c" * 1100, "x" * 1015 + " y  z", "x  " * 400, "é" * 600 + "  {", "script  " + "a" * 1010 + " {",
)  # fmt: skip
ENDS = ("\n", "\n", "\n", "\r\n", "", " \n", "\r")
CHARACTERS = " \t\n\r\f\v{}#!\"'\\$@~ab1/é\udce9\0"


@cache
def keywords() -> tuple[str, ...]:
    return tuple(sorted({name for block in blocks() for name in table(block)}))


@cache
def fixtures() -> tuple[str, ...]:
    files = sorted((REPOSITORY / "fixtures").rglob("*.conf"))
    return tuple(decode(each.read_bytes()) for each in files if each.stat().st_size < 8000)


line = st.one_of(
    st.sampled_from(LINES),
    st.builds("{}{}{}".format, st.deferred(lambda: st.sampled_from(keywords())), st.sampled_from(("", "  ")), st.sampled_from(LINES)),
    st.text(CHARACTERS, max_size=12),
)  # fmt: skip
margin = st.sampled_from(("", "", "  ", "\t", "\t \t"))
composed = st.lists(st.builds("{}{}{}".format, margin, line, st.sampled_from(ENDS)), max_size=25).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A fixture with a few pieces cut out or put in."""
    text = draw(st.sampled_from(fixtures()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 0, 1, 2, 20))))
        text = text[:start] + draw(st.one_of(line, st.sampled_from(("{", "}", "\n")))) + text[end:]
    return text


texts = st.one_of(composed, damaged(), st.binary(max_size=200).map(decode))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("format")
    for name, text in NEIGHBOURS.items():
        (folder / name).write_text(text)
    return folder


def source(folder: Path, text: str) -> Source:
    return Source("x", text, str(folder / "main.conf"))


def comments(text: str) -> Iterator[str]:
    for stmt in scan(Source("x", text)):
        comment = stmt.text[code_end(stmt.text) :].rstrip(BLANKS)
        if comment and stmt.type in ("STMT", "OPEN", "CLOSE", "TRIVIA"):
            yield comment


@given(text=texts)
@example(text="")
@example(text="}\n{\n")
@example(text="vrrp_instance A\n\n\n{ # c\n}\nvrrp_instance B\n{\n}")
@example(text="@\r\n")
@example(text="$B= \\")
@example(text="$B= \\\n\n")
def test_the_proof_holds_and_a_second_time_changes_nothing(folder: Path, text: str) -> None:
    (formatted,) = format_files(source(folder, text))
    assert not formatted.defect
    assert format_text(source(folder, formatted.text)) == formatted.text


@given(text=texts)
def test_comments_survive(folder: Path, text: str) -> None:
    assert list(comments(format_text(source(folder, text)))) == list(comments(text))


@given(text=texts)
def test_only_blanks_come_and_go(folder: Path, text: str) -> None:
    def solid(text: str) -> str:
        return text.translate(dict.fromkeys(map(ord, BLANKS)))

    # A `{` may change its line, never its place among the other characters.
    assert solid(format_text(source(folder, text))) == solid(text)


@given(text=texts)
def test_definitions_conditions_and_generators_keep_their_bytes(folder: Path, text: str) -> None:
    def kept(text: str) -> list[str]:
        return [stmt.text.strip(BLANKS) for stmt in scan(Source("x", text)) if stmt.type in ("DEF", "GEN", "COND")]

    assert kept(format_text(source(folder, text))) == kept(text)


@given(text=texts)
def test_no_line_outgrows_the_buffer(folder: Path, text: str) -> None:
    def long_lines(text: str) -> list[bytes]:
        return [each for each in encode(text).split(b"\n") if len(each) > 1023 or b"\0" in each]

    assert long_lines(format_text(source(folder, text))) == long_lines(text)


@given(text=texts)
def test_a_text_ends_with_one_newline(folder: Path, text: str) -> None:
    (formatted,) = format_files(source(folder, text))
    # Without those that are kept: blank lines are not counted as such.
    assume(not formatted.kept and "\0" not in text and "\\" not in text and len(text) < 1000)
    assume(not read_configuration(source(folder, text)).misread)
    assert formatted.text == "" or formatted.text.endswith("\n")
    assert not formatted.text.endswith("\n\n")
    assert not formatted.text.startswith("\n")
