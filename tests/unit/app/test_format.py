"""The canonical layout, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.app.format import format_files, format_text, refuse_foreign
from lvscompile.syntax.source import InputError, Source, decode

LAYOUTS = {
    "levels": (
        "vrrp_instance A {\ninterface eth0\n\tvirtual_ipaddress {\n10.0.0.1\n\t\t}\n   }\n",
        "vrrp_instance A {\n    interface eth0\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n",
    ),
    "one blank between words": ("vrrp_instance \t A  {\n  state\tMASTER  \n}\n", "vrrp_instance A {\n    state MASTER\n}\n"),
    "a glued brace": ("vrrp_instance A{\n}\n", "vrrp_instance A {\n}\n"),
    "one line": (
        "vrrp_instance A { authentication { auth_type PASS } }\n",
        "vrrp_instance A {\n    authentication {\n        auth_type PASS\n    }\n}\n",
    ),
    "words stay on their line": (
        "vrrp_instance A {\nvirtual_ipaddress { 10.0.0.1 10.0.0.2 }\n}\n",
        "vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1 10.0.0.2\n    }\n}\n",
    ),
    "an empty block": ("global_defs { }\n", "global_defs {\n}\n"),
    "a closing brace behind a word": ("vrrp_instance A {\nstate MASTER }\n", "vrrp_instance A {\n    state MASTER\n}\n"),
    "a block behind a closing brace": (
        "global_defs {\n} vrrp_instance A {\n}\n",
        "global_defs {\n}\n\nvrrp_instance A {\n}\n",
    ),
    "a brace of its own line": ("vrrp_instance A\n\n{\n}\n", "vrrp_instance A {\n}\n"),
    "a brace of its own line, with more": ("vrrp_instance A\n{ state MASTER # c\n}\n", "vrrp_instance A {\n    state MASTER  # c\n}\n"),
    "a brace behind a comment line": ("vrrp_instance A\n # c\n {\n}\n", "vrrp_instance A\n# c\n{\n}\n"),
    "a brace behind a comment": ("vrrp_instance A # c\n{ # d\n}\n", "vrrp_instance A  # c\n{  # d\n}\n"),
    "comments": (
        "# a\n   ! b\nvrrp_instance A { # c\n#d   d\nstate MASTER! e\n} # f\n",
        "# a\n! b\nvrrp_instance A {  # c\n    #d   d\n    state MASTER  ! e\n}  # f\n",
    ),
    "blank lines": ("\n\nglobal_defs {\n\n\n\t\nrouter_id a\n\n}\n\n\n", "global_defs {\n\n    router_id a\n\n}\n"),
    "blocks apart": ("global_defs {\n}\nvrrp_instance A {\n}\n", "global_defs {\n}\n\nvrrp_instance A {\n}\n"),
    "blocks with a comment between": ("global_defs {\n}\n# A\nvrrp_instance A {\n}\n", "global_defs {\n}\n# A\nvrrp_instance A {\n}\n"),
    "no newline at the end": ("global_defs {\n}", "global_defs {\n}\n"),
    "blanks at the end": ("global_defs {\n}\n  ", "global_defs {\n}\n"),
    "nothing": ("", ""),
    "only blanks": (" \n\n", ""),
    "only a comment": ("  # c", "# c\n"),
    "line ends": ("global_defs {\r\n# c\r\nrouter_id a \r\n}\r\n", "global_defs {\n    # c\n    router_id a\n}\n"),
    "quoted words": (
        'vrrp_instance A {\nnotify_master   "/bin/x  \'y\'  # z"   root # c\n}\n',
        'vrrp_instance A {\n    notify_master "/bin/x  \'y\'  # z" root  # c\n}\n',
    ),
    "words in single quotes": ("vrrp_instance A {\nnotify_master   '/bin/x  y'\n}\n", "vrrp_instance A {\n    notify_master '/bin/x  y'\n}\n"),
    "glued quotes": ('vrrp_instance "A"{\n}\n', 'vrrp_instance "A" {\n}\n'),
    "includes": ("vrrp_instance A {\ninclude  no  such/{a,b} # c\n}\n", "vrrp_instance A {\n    include no  such/{a,b}  # c\n}\n"),
    "an include that swallows a brace": ("global_defs { \n include  nothing }\n}\n", "global_defs {\n    include nothing }\n}\n"),
    "an include behind a brace": ("  global_defs {  include  nothing\n}\n", "global_defs {  include  nothing\n}\n"),
    "definitions": ("  $P=77  78 # c \n", "$P=77  78 # c\n"),
    "definitions of several lines": ("\t$B= \\  \n\tstate   MASTER \\\n  }  # c\n", "$B= \\  \n\tstate   MASTER \\\n  }  # c\n"),
    "conditions": (
        "vrrp_instance A {\n @lvs1   priority  150 # c\n@^lvs1 priority 100\n}\n",
        "vrrp_instance A {\n    @lvs1   priority  150 # c\n    @^lvs1 priority 100\n}\n",
    ),
    "conditions that open and close": (
        "@a vrrp_instance A {\n@b vrrp_instance B {\nstate MASTER\n@a }\n@b }\n",
        "@a vrrp_instance A {\n@b vrrp_instance B {\n    state MASTER\n@a }\n@b }\n",
    ),
    "generators": (
        "vrrp_instance A {\nvirtual_ipaddress {\n~SEQ(i, 2)  10.0.0.${i}/24\n}\n}\n",
        "vrrp_instance A {\n    virtual_ipaddress {\n        ~SEQ(i, 2)  10.0.0.${i}/24\n    }\n}\n",
    ),
    "variables": ("$P=7\nglobal_defs {\nvrrp_version   ${P}\nrouter_id  $P\n}\n", "$P=7\nglobal_defs {\n    vrrp_version ${P}\n    router_id $P\n}\n"),
    "a variable that opens": ("$V=vrrp_instance A {\n$V\nstate MASTER\n}\n", "$V=vrrp_instance A {\n$V\n    state MASTER\n}\n"),
    # `$K{` uses no variable: a blank before the brace would make it one.
    "a variable glued to a brace": ("$K=A\n  vrrp_instance  $K{\n}\n", "$K=A\nvrrp_instance  $K{\n}\n"),
    # A name of several lines counts at the end of a line only.
    "a variable before a brace": (
        "$B= \\\n a \\\n b\nglobal_defs { router_id  ${B} }\n",
        "$B= \\\n a \\\n b\nglobal_defs { router_id  ${B} }\n",
    ),
    "a variable inside a word": (
        "$N=10.0.0\nvrrp_instance A {\nvirtual_ipaddress { ${N}.1/24 }\n}\n",
        "$N=10.0.0\nvrrp_instance A {\n    virtual_ipaddress {\n        ${N}.1/24\n    }\n}\n",
    ),
    "a backslash": ("global_defs {\nrouter_id  a\\#b   c # d\n}\n", "global_defs {\n    router_id  a\\#b   c # d\n}\n"),
    "a backslash at the end": ("global_defs {\nrouter_id a  \\\n}\n", "global_defs {\n    router_id a  \\\n}\n"),
    # Without the blank the backslash would be a line of its own.
    "a comment that ends in a backslash": ("global_defs {\n# c \\ \n}\n", "global_defs {\n    # c \\ \n}\n"),
    "a quote that is not closed": ('global_defs {\nrouter_id   "a  b # c\n}\n', 'global_defs {\n    router_id   "a  b # c\n}\n'),
    "a form feed": ("global_defs {\n\frouter_id\f a  b\n}\n", "global_defs {\n    \frouter_id\f a  b\n}\n"),
    # Part of the name to keepalived.
    "a form feed behind an include": ("global_defs {\ninclude   f\f\n}\n", "global_defs {\n    include   f\f\n}\n"),
    # A keyword `@id` to keepalived, a condition on a line of its own.
    "a carriage return behind a brace": ("  global_defs{ }\r\t@id  x\n", "global_defs{ }\r\t@id  x\n"),
    "a NUL": ("global_defs {\n  router_id  a\0b\n}\n", "global_defs {\n  router_id  a\0b\n}\n"),
    "a byte order mark": ("\ufeff# c\n", "\ufeff  # c\n"),
    "bytes of another encoding": ("# caf\udce9\nglobal_defs {\nrouter_id  \udce9\n}\n", "# caf\udce9\nglobal_defs {\n    router_id \udce9\n}\n"),
    "the second half of a block": ("    priority  77\n  }\nglobal_defs {\n}\n", "priority 77\n}\nglobal_defs {\n}\n"),
    "a part": (
        "real_server 10.0.0.1 80 {\nweight 1\nTCP_CHECK {\n}\n}\n",
        "real_server 10.0.0.1 80 {\n    weight 1\n    TCP_CHECK {\n    }\n}\n",
    ),
    "a part that uses what others define": ("real_server ${IP} 80\n{\nweight $W\n}\n", "real_server ${IP} 80\n{\n    weight $W\n}\n"),
    # What keepalived reads otherwise than it looks keeps its bytes.
    "an unknown block": (
        "vrrp_instance A {\nstate  MASTER\nfrob {\n x  1\n }\npriority  77\n}\n",
        "vrrp_instance A {\n    state MASTER\nfrob {\n x  1\n }\npriority  77\n}\n",
    ),
    # There only the indentation tells what was meant.
    "a block that is not closed": (
        "global_defs {\n}\nvrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1\npriority  77\n}\nvirtual_server 10.0.0.1 80 {\n  lb_kind  DR\n}\n",
        "global_defs {\n}\nvrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1\npriority  77\n}\nvirtual_server 10.0.0.1 80 {\n  lb_kind  DR\n}\n",
    ),
    "a block that is closed twice": (
        "vrrp_instance A {\n  virtual_ipaddress {\n  10.0.0.1\n  }\n  }\n  priority  77\n}\nglobal_defs {\nrouter_id  a\n}\n",
        "vrrp_instance A {\n  virtual_ipaddress {\n  10.0.0.1\n  }\n  }\n  priority  77\n}\nglobal_defs {\n    router_id a\n}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    text, expected = LAYOUTS[name]
    (formatted,) = format_files(Source("x", text))
    assert formatted.text == expected
    assert not formatted.defect
    assert format_text(Source("x", expected)) == expected


@pytest.mark.parametrize("length", [1015, 1016, 1019, 1020, 1023, 1024, 2500])
def test_no_line_is_pushed_over_the_buffer(length: int) -> None:
    line = ("router_id " + "é" * 600)[: length - 512] if length > 1200 else "router_id " + "a" * (length - 10)
    text = f"global_defs {{\n{line}\n}}\n"
    indented = length <= 1019
    assert format_text(Source("x", text)) == text.replace("router_id", "    router_id" if indented else "router_id")


def test_what_is_cut_by_a_long_expansion_is_kept() -> None:
    text = f"$P={'a' * 1010}\nglobal_defs {{\nrouter_id    ${{P}}b\n}}\n"
    (formatted,) = format_files(Source("x", text))
    assert not formatted.defect
    assert "\nrouter_id    ${P}b\n" in formatted.text


def test_the_lines_that_are_kept_are_told() -> None:
    text, _ = LAYOUTS["an unknown block"]
    (formatted,) = format_files(Source("x", text))
    assert formatted.kept == ((3, 7),)


# -- files that belong together -------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Source:
    for name, text in files.items():
        (folder / name).write_text(text)
    main = folder / "main"
    return Source(str(main), main.read_text(), str(main))


def test_included_files_are_read_where_they_stand(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main="vrrp_instance A {\ninclude vips\ninclude vips\n}\n$W=2\nvirtual_server 10.0.0.1 80 {\ninclude servers\n}\n",
        vips="virtual_ipaddress\n{\n10.0.0.1\n}\n",
        servers="real_server 10.0.0.2 80\n{\nweight  ${W}\n}\n",
    )
    found = {Path(each.source.path).name: each for each in format_files(main, wanted=lambda path: True)}
    assert found["vips"].text == "virtual_ipaddress {\n    10.0.0.1\n}\n"
    assert found["servers"].text == "real_server 10.0.0.2 80 {\n    weight ${W}\n}\n"
    assert found["main"].text.startswith("vrrp_instance A {\n    include vips\n    include vips\n}\n")
    assert not any(each.defect or each.kept for each in found.values())


def test_halves_in_two_files(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main="include head\ninclude tail\n",
        head="vrrp_instance A\n{\nvirtual_ipaddress {\n",
        tail="10.0.0.1  dev eth0\n}\npriority 1\n}\nglobal_defs {\n}\n",
    )
    found = {Path(each.source.path).name: each for each in format_files(main, wanted=lambda path: True)}
    assert found["head"].text == "vrrp_instance A {\n    virtual_ipaddress {\n"
    assert found["tail"].text == "10.0.0.1 dev eth0\n}\npriority 1\n}\n\nglobal_defs {\n}\n"
    assert not any(each.defect for each in found.values())


def test_only_wanted_files_are_formatted(tmp_path: Path) -> None:
    main = write(tmp_path, main="include other\n", other="  router_id  a\n")
    assert [each.source for each in format_files(main)] == [main]


def test_a_layout_that_loses_something_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    from lvscompile.app import format as tested

    source = Source("x", "global_defs {\nrouter_id a # c\n}\n")
    for bad in (
        "global_defs {\nrouter_id b # c\n}\n",
        "global_defs {\nrouter_id a\n}\n",
        "global_defs {\nrouter_id a # c\n",
    ):
        monkeypatch.setattr(tested, "lay_out", lambda source, places, bad=bad: bad)
        (formatted,) = format_files(source)
        assert formatted.defect
        assert not formatted.changed


@pytest.mark.parametrize("text", ["import os\nif x:\n    y()\n", '{\n  "a": 1\n}\n', "10.0.0.1\n"])
def test_foreign_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        refuse_foreign(Source("x", text))


@pytest.mark.parametrize(
    "text", ["", "# c\n", "vrrp_instance A {\n", "real_server 1 2 {\n}\n", "weight 1\n", decode(b"! \xe9\n")]
)
def test_parts_and_empty_texts_are_not_foreign(text: str) -> None:
    refuse_foreign(Source("x", text))


def test_a_generator_behind_a_brace_and_an_odd_blank_stays_there() -> None:
    (found,) = format_files(Source("x", "}\r~LST(i,a,b) }\n"))
    assert found.text == "}\r~LST(i,a,b) }\n"
    assert not found.defect
