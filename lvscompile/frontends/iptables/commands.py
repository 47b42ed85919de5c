"""iptables command lines: words to a command, or to the error that iptables makes of them.

The same for `iptables`, `ip6tables`, and the lines that iptables-restore reads. Without `strict`, what iptables of
other times takes passes too: `!` behind the option instead of before it, and matches and targets that nobody has any
more; the command tells so in `repairs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lvscompile.frontends.iptables import conditions, extensions
from lvscompile.frontends.iptables.line import LONGEST_NAME, Line
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.ir.netfilter import Command, Is, Match, Spec, Target, UsageError
from lvscompile.syntax.iptables.words import bare

# Commands that take a rule.
RULES = frozenset({"append", "delete", "check", "insert", "replace"})
_ALLOWED = {
    "n": frozenset({"list"}),
    "x": frozenset({"list"}),
    "0": frozenset({"list"}),
    "c": frozenset({"insert", "replace", "append", "policy"}),
} | dict.fromkeys("sdpjiof", RULES)


def parse(words: Sequence[str], family: int = 4, *, strict: bool = False, table: str = "") -> Command | UsageError:
    """Read the words behind the program's name; behind the counters, for a line of a dump, whose `table` is given."""
    line = Line(words, family, strict, table)
    try:
        line.read()
        if line.skip:
            return Command("skipped", line.table, family=family)
        return _finished(line)
    except Fail as fail:
        return UsageError(fail.status, fail.message, line.at, fail.unresolved)


def _finished(line: Line) -> Command:
    target = line.target.name if line.target else ""
    if line.table == "nat" and "DROP" in (target, line.argument if line.command == "policy" else ""):
        raise Fail('The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.')
    negated, _ = line.used.get("p", (False, ""))
    # Ports mean something only where the protocol is the one that is named.
    protocol = 0 if negated else line.protocol
    matches = tuple(
        extensions.match(each.extension, each.name, each.given, line.family, protocol)
        for each in line.loaded
        if each.kind == "match"
    )
    jump = _target(line)
    if not line.command:
        raise Fail("no command specified")
    if line.invert:
        raise Fail("nothing appropriate following !")
    sources, destinations = _nets(line, "s"), _nets(line, "d")
    if (len(sources) > 1 or len(destinations) > 1) and any(line.used.get(x, (False, ""))[0] for x in "sd"):
        raise Fail("! not allowed with multiple source or destination IP addresses")
    _check_options(line, len(sources) * len(destinations))
    specs: tuple[Spec, ...] = ()
    if line.command in RULES and not (line.command == "delete" and line.number):
        rest = _rest(line, matches, jump)
        specs = tuple(rest(source, destination) for source in sources for destination in destinations)
    return Command(
        line.command, line.table, line.chain, specs, line.number, line.argument, line.counters,
        tuple(line.repairs), line.family,
    )  # fmt: skip


def _target(line: Line) -> Target | None:
    target = line.target
    if target is None:
        return None
    if line.goto:
        return Target(target.name, (), f" -g {bare(target.name)}", True, "chain", True)
    return extensions.target(target.extension, target.name, target.given, line.family, line.protocol)


def _nets(line: Line, letter: str) -> list[Is | None]:
    negated, word = line.used.get(letter, (False, ""))
    if letter not in line.used:
        return [None]
    return conditions.nets(letter, word, negated, line.family)


def _rest(line: Line, matches: tuple[Match, ...], jump: Target | None) -> Callable[[Is | None, Is | None], Spec]:
    """What makes a rule of a source and a destination."""
    used = line.used
    inside = conditions.interface("i", used["i"]) if "i" in used else None
    outside = conditions.interface("o", used["o"]) if "o" in used else None
    protocol = conditions.protocol(line.protocol, used["p"][0]) if "p" in used else None
    fragment = conditions.fragment(used["f"][0]) if "f" in used else None
    shared = "".join([each.text for each in (inside, outside, protocol, fragment, *matches, jump) if each])

    def spec(source: Is | None, destination: Is | None) -> Spec:
        text = f"{source.text if source else ''}{destination.text if destination else ''}{shared}"
        return Spec(source, destination, inside, outside, protocol, fragment, matches, jump, text)

    return spec


def _check_options(line: Line, rules: int) -> None:
    command = line.command
    for letter in line.used:
        allowed = _ALLOWED.get(letter)
        deleting = command == "delete" and line.number and allowed is RULES
        listing = line.argument == "list" and allowed and "list" in allowed
        if allowed and not listing and (command not in allowed or deleting):
            shown = "--line-numbers" if letter == "0" else f"-{letter}"
            raise Fail(f"Illegal option `{shown}' with this command")
    if len(line.chain.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        raise Fail(f"chain name `{line.chain}' too long (must be under {LONGEST_NAME + 1} chars)")
    if command in RULES:
        letter = _WRONG_INTERFACE.get(line.chain, "")
        if letter in line.used:
            raise Fail(f"Can't use -{letter} with {line.chain}")
    if command == "replace" and rules > 1:
        raise Fail("Replacement rule does not specify a unique address")


_WRONG_INTERFACE = {"PREROUTING": "o", "INPUT": "o", "POSTROUTING": "i", "OUTPUT": "i"}
