"""A real `sh` runs generated scripts; what it executes is what we say it executes."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from lvscompile.frontends.shell import read_script
from lvscompile.ir.shell import Command, Kept
from lvscompile.syntax.source import Source

# Each program prints its words; `modprobe` stands for one that reads its input, too.
PRELUDE = r"""
words() { for word_; do printf '\000%s' "$word_"; done; }
ipvsadm() { printf ipvsadm; words "$@"; printf '\001'; }
iptables() { printf iptables; words "$@"; printf '\001'; }
strange() { printf strange; words "$@"; printf '\001'; }
modprobe() { printf modprobe; words "$@"; printf '\002'; cat; printf '\001'; }
"""
NAMES = ("A", "B", "LONG_NAME", "_x1")
LITERALS = (
    "a",
    "-t",
    "192.0.2.1:80",
    "--set-mark=1",
    "x=y",
    "a#b",
    "'single  quoted'",
    "'$A'",
    '"double  $A"',
    '"${B}"',
    '"a\\$b\\"c\\\\d\\e"',
    "back\\ slash",
    "\\#no",
    "\\'",
    '""',
    "''",
    "'it'\\''s'",
    "*",
    "q?",
    "[ab]",
    "\\*",
    "'*'",
    "a\\\nb",
    "!x",
    "%",
    "{",
    "}x",
    "then",
    "~x",
    "a'b'\"c\"$A",
    '"multi\nline"',
    "ä",
    "${A:-none}",
    "${NONE:-de-fault}",
    '"${NONE:-with blank}"',
    "${A:+there}",
    "${NONE-dash}",
    "$((1 + 2 * 3))",
    "$(( (7 - 10) / 2 ))",
    "$((-7 % 3))",
    "$A$B",
    "pre$A",
    "$A-post",
    "${A}${B}x",
    "$",
    "a$",
    '"$"',
    '"$A"',
    "$A",
    "$B",
    "$LONG_NAME",
    "${_x1}",
)
VALUES = (
    "1",
    "''",
    '"two words"',
    "'  blanks  around  '",
    "' '",
    "10.0.0.1",
    "$A",
    '"$A and $B"',
    "a\\ b",
    "'*'",
    "$((5 - 2))",
    "x\\\ny",
)
FIRST_VALUES = tuple(value for value in VALUES if "$A" not in value)


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.functions: list[str] = []

    def pick(self, choices: tuple[str, ...]) -> str:
        return self.random.choice(choices)

    def word(self) -> str:
        word = self.pick(LITERALS)
        if self.random.random() < 0.15 and not ("$" in word and (word[-1].isalnum() or word[-1] == "$")):
            word += self.pick(LITERALS).replace("\\\n", "")
        return word

    def words(self, most: int = 5) -> str:
        blank = self.pick((" ", " ", "  ", "\t", " \\\n  "))
        return blank.join(self.word() for _ in range(self.random.randint(0, most)))

    def call(self) -> str:
        if self.functions and self.random.random() < 0.3:
            return f"{self.pick(tuple(self.functions))} {self.words(3)}"
        return f"{self.pick(('ipvsadm', 'iptables', 'strange'))} {self.words()}"

    def test(self) -> str:
        value = self.pick(("1", "''", '"two words"', "10.0.0.1", "3"))
        return self.pick(
            (
                "true",
                "false",
                ":",
                f'[ "$A" = {value} ]',
                f'[ "$B" != {value} ]',
                '[ -n "$A" ]',
                '[ -z "$B" ]',
                'test "$A"',
                '[ "$A" = 1 -a 2 -lt 3 ]',
                '[ "$A" = 1 -o -n "$B" ]',
                '! [ "$A" = 1 ]',
                '[ ! "$A" = 1 ]',
                f"test {value} = {value}",
            )
        )

    def assignment(self) -> str:
        name = self.pick(NAMES)
        return self.pick(("", "", "export ")) + f"{name}={self.pick(VALUES)}"

    def list(self) -> str:
        first = self.random.choice((self.test, self.call, self.assignment))()
        rest = "".join(f" {self.pick(('&&', '||'))} {self.call()}" for _ in range(self.random.randint(1, 2)))
        if not first.startswith(("!", "[", "test", "true", "false", ":")):  # whether a program fails, nobody knows
            rest = rest.replace("||", "&&")
        return first + rest

    def body(self, depth: int, inside: str = "") -> str:
        lines = [self.statement(depth - 1, inside) for _ in range(self.random.randint(1, 3))]
        return "\n".join(lines)

    def document(self) -> str:
        delimiter = self.pick(("EOF", "'EOF'", '"E"', "-END", "-'END'", "\\X"))
        plain = delimiter.lstrip("-").strip("'\"\\")
        indent = "\t" if delimiter[0] == "-" else ""
        lines = (
            "one $A",
            "\ttabs ${B:-x}",
            "back\\\\slash \\$A \\` \"q\" 'q'",
            "",
            "join \\\nline",
            "$((2+3))",
            "# no comment",
        )
        text = "".join(f"{indent}{self.pick(lines)}\n" for _ in range(self.random.randint(0, 3)))
        return f"modprobe {self.words(2)} <<{delimiter}\n{text}{indent}{plain}"

    def statement(self, depth: int, inside: str = "") -> str:
        kinds = ["call"] * 4 + ["assignment"] * 3 + ["list"] * 2 + ["comment", "document", "pipe"]
        if depth > 0:
            kinds += ["for", "for", "if", "if", "case", "group", "subshell", "brace-list", "seq"]
        if depth == 3:  # elsewhere it might not be defined where it is called
            kinds += ["function"] * 3
        if inside == "for":
            kinds += ["leave"]
        if inside == "function":
            kinds += ["return", "shift", "parameters", "parameters", "local"]
        kind = self.random.choice(kinds)
        if kind in ("call", "assignment", "list", "document"):
            separator = self.pick(("", "", " # comment 'here", "; ipvsadm -C", ";")) if kind != "document" else ""
            return getattr(self, kind)() + separator
        if kind == "comment":
            return "# it's a \"comment $A `\n:"
        if kind == "pipe":
            return (
                f"echo {self.words(2).replace('$', '')} | modprobe x"
                if depth < 0
                else "printf '%s-%s\\n' a b | modprobe x"
            )
        if kind in ("leave", "return", "shift", "parameters", "local"):
            return self.inner(kind)
        return self.compound(kind, depth, inside)

    def inner(self, kind: str) -> str:
        if kind == "leave":
            return f"{self.test()} && {self.pick(('break', 'continue'))}"
        if kind == "return":
            return f"{self.test()} && return"
        if kind == "shift":
            return '[ "$#" -gt 0 ] && shift'
        if kind == "local":
            return f"local {self.pick(NAMES)}={self.pick(VALUES)}"  # without a value, shells differ
        return self.pick(
            ('ipvsadm "$@"', "ipvsadm $1 ${2:-none}", 'iptables $# "$1" "$*"', 'for p; do ipvsadm "$p"; done')
        )

    def compound(self, kind: str, depth: int, inside: str) -> str:
        body = self.body(depth, "for" if kind in ("for", "seq") else inside)
        if kind == "for":
            return f"for {self.pick(NAMES)} in {self.words()}; do\n{body}\ndone"
        if kind == "seq":
            return f"for A in $(seq 2 {self.random.randint(1, 4)}) end\ndo\n{body}\ndone"
        if kind == "if":
            other = self.pick(("", f"\nelif {self.test()}; then\n{self.call()}", f"\nelse\n{self.body(depth, inside)}"))
            return f"if {self.test()}\nthen {body}{other}\nfi"
        if kind == "case":
            subject = self.pick(("$A", '"$B"', "word", '"$A"'))
            return f"case {subject} in\n1|word) {self.call()} ;;\n(10.*) {body}\n;;\n*)\n{self.call()}\nesac"
        if kind == "function":
            name = f"fn{len(self.functions)}"
            text = f"{name}() {{\n{self.body(min(depth, 2), 'function')}\n}}"
            self.functions.append(name)
            return f"{text}\n{name} {self.words(3)}"
        if kind == "group":
            return f"{{ {body}\n}}"
        if kind == "brace-list":
            return f"{{ {self.call()}; {self.test()}; }} && {self.test()} || true"
        return f"( {body}\n)"

    def script(self) -> str:
        head = "".join(f"{name}={self.pick(FIRST_VALUES)}\n" for name in NAMES)
        return head + "\n".join(self.statement(3) for _ in range(self.random.randint(2, 8))) + "\n"


def executed(script: str, folder: Path) -> list[tuple[list[str], str | None]]:
    """What sh does with it."""
    done = subprocess.run(
        ["sh", "-c", PRELUDE + script],
        capture_output=True,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        timeout=20,
        check=False,
    )
    assert not done.stderr, done.stderr.decode() + script
    found: list[tuple[list[str], str | None]] = []
    for piece in done.stdout.decode("utf-8", "surrogateescape").split("\1")[:-1]:
        words, given, stdin = piece.partition("\2")
        found.append((words.split("\0"), stdin if given else None))
    return found


def said(script: str) -> list[tuple[list[str | None], str | None]]:
    """What we say it does."""
    result = read_script(Source("x", script), mode="script")
    assert not [item for item in result.kept if item.reason == "broken"], script
    found: list[tuple[list[str | None], str | None]] = []
    for item in result.items:
        assert isinstance(item, (Command, Kept))
        stdin = item.stdin if isinstance(item, Command) and item.tool == "modprobe" else None
        found.append((list(item.argv), stdin))
    return found


@pytest.mark.parametrize("block", range(20))
def test_what_sh_executes(block: int, tmp_path: Path) -> None:
    for seed in range(block * 30, block * 30 + 30):
        script = Generator(seed).script()
        assert said(script) == executed(script, tmp_path), f"seed {seed}\n{script}"


def test_the_scripts_are_of_all_kinds() -> None:
    text = "\n".join(Generator(seed).script() for seed in range(600))
    for part in (
        "for ",
        "case ",
        "if ",
        "() {",
        "<<",
        "&&",
        "||",
        "shift",
        "break",
        "local ",
        "$(seq",
        '"$@"',
        "${NONE",
    ):
        assert part in text
