"""Texts to read: near a keepalived.conf, far from one, and real ones with damage."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from lvscompile.syntax.keepalived.keywords import blocks, table
from lvscompile.syntax.source import decode

REPOSITORY = Path(__file__).resolve().parents[2]

# What lies beside the file under test: it includes itself, others, and what does not exist.
MAIN = "main.conf"
NEIGHBOURS = {
    "half.conf": b"vrrp_instance HALF {\n  state MASTER\n",
    "rest.conf": b"  priority 77\n}\n",
    "mutual-a.conf": b"router_id a\ninclude mutual-b.conf\n",
    "mutual-b.conf": b"include mutual-a.conf\n",
    "latin.conf": b"# caf\xe9 \x8f\\\n",
}

LINE_ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\\\n", "\\ \n", "\x85", "\u2028", "\0", "\v", "\f", "")
MARKS = (
    "{", "}", " {", "} ", "{ ", "{{", "}}", '"', '""', '"a b"', "'", "\\", "\\\\", "\\#", '\\"', "\\{", "#", "!", "# c",
    '# "c', "# c \\", "@", "@me ", "@^me ", "@you ", "@ ", "$", "${", "$A", "$A ", "${A}", "${A }", "${_RANDOM 1 2}",
    "${_PWD}", "$A=", "$A=$A", "$B=$A $A", "$A=1 \\\n2 \\\n3\n", "$A={", "$A=include half.conf", "$_HASH ",
    "~SEQ(i,3) ", "~SEQ(i,3,1) ", "~SEQx(i,9,11) ", "~SEQ(i,0x3) ", "~SEQ(i,0,9) ", "~SEQ(", "~SEQ(i) ", "~SEQ(i,1,0,2) ",
    "~LST(A,1,2) ", "~LST({A,B},{1,2},{3}) ", "~LST(", "~", "$i", "${i}", "include ", "include half.conf", "include rest.conf",
    "include main.conf", "include mutual-a.conf", "include latin.conf", "includem none*.conf", "include {half,rest}.conf",
    "include *.conf", "include", "include .", "includew x }", "\ufeff", "\x85", "\u2028", "\xa0", "\udcff", "\0", "\x1b[0m",
    "10.0.0.1", "10.0.0.1/24", "10.0.0.1/33", "2001:db8::1/64", "::", "1", "-1", "0", "255", "256", "1.5", "1e3", "99999999999",
    "+7", "0x10", "٣", "1_0", "eth0", "MASTER", "master", "on", "off", "PASS", "secret", "weight", "dev", "label", "=", ";", "//",
)  # fmt: skip


@cache
def keywords() -> tuple[str, ...]:
    return tuple(sorted({name for block in blocks() for name in table(block)}))


@cache
def fixtures() -> tuple[str, ...]:
    """The texts under fixtures/, small ones: a mutation of forty services says no more than one of two."""
    files = sorted((REPOSITORY / "fixtures").rglob("*.conf"))
    return tuple(decode(f.read_bytes()) for f in files if f.stat().st_size < 8000)


fragments = st.one_of(
    st.sampled_from(MARKS),
    st.builds(str.__add__, st.sampled_from(keywords()), st.sampled_from((" ", "{", "", "\t", ' "x" '))),
    st.sampled_from(("vrrp_instance A {\n", "virtual_server 10.0.0.1 80 {\n", "real_server 10.0.0.2 80 {\n",
                     "virtual_ipaddress {\n", "authentication {\n", "global_defs {\n", "}\n", "TCP_CHECK\n")),
    st.sampled_from(LINE_ENDS),
    st.sampled_from((" ", "  ", "\t")),
)  # fmt: skip
# An input has a few hundred pieces at most: what happens with millions is measured elsewhere.
grammar_like = st.lists(fragments, max_size=60).map("".join)
any_bytes = st.binary(max_size=300).map(decode)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A fixture in which a few pieces are missing, doubled, swapped or foreign."""
    text = draw(st.sampled_from(fixtures()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 1, 2, 10, 60, 400))))
        change = draw(st.sampled_from(("cut", "double", "foreign", "stop")))
        if change == "cut":
            text = text[:start] + text[end:]
        elif change == "double":
            text = text[:end] + text[start:end] + text[end:]
        elif change == "foreign":
            text = text[:start] + draw(fragments) + text[end:]
        else:
            text = text[:start]
    return text


# What a file can hold: bytes, decoded.
file_texts = st.one_of(grammar_like, mutations(), any_bytes)
# What a caller can pass: also characters that no file decodes to.
any_texts = st.one_of(file_texts, st.text(st.characters(exclude_categories=()), max_size=80))
