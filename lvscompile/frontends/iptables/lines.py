"""Rules of dumps, read by their parts: the common case, ten times as fast as word by word.

A dump repeats its parts: `-p tcp`, `-m state --state NEW`, `-j ACCEPT`. Each is read once. What is not plainly made of
whole parts (abbreviations, a `!` behind its option, several addresses, quotes in odd places, mistakes) is left to
`commands.parse`, which both must agree with.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from lvscompile.frontends.iptables import conditions, extensions
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.ir.netfilter import Match, Spec, Target
from lvscompile.syntax.iptables.options import extension
from lvscompile.syntax.iptables.words import words

_SPLIT = re.compile(r"(?<!!) (?=(?:! )?-[a-z] )").split
# The same where there are quotes, which may hold blanks and dashes.
_PARTS = re.compile(
    r'(?:-A |(?:! )?-[a-z] )(?:[^" \t\n]++(?!")| (?!(?:! )?-[a-z] )|(?<= )"(?:[^"\\\n]++|\\.)*+"(?= |$))*+'
)
_MEMO_LIMIT = 200_000


class _Read(NamedTuple):
    """A part that was read: the letter of its option, and what it says."""

    letter: str
    part: Any  # Is, Match or Target, by the letter; None for a condition that is none
    protocol: int


# By text, family and protocol; None for what must be read word by word.
_memo: dict[tuple[str, int, int], _Read | None] = {}
_WRONG_INTERFACE = {"PREROUTING": "o", "INPUT": "o", "POSTROUTING": "i", "OUTPUT": "i"}


def rule(text: str, family: int, table: str) -> tuple[str, Spec] | None:
    """Chain and rule of the text `-A CHAIN …`, without its newline; None where it is not of the plain kind."""
    if text[:3] != "-A ":
        return None
    if '"' not in text:
        parts = _SPLIT(text)
    else:
        parts = _PARTS.findall(text)
        if " ".join(parts) != text:
            return None
    chain = parts[0][3:]
    if (
        not chain
        or len(chain) > 28
        or " " in chain
        or chain[0] in '-!"'
        or not chain.isascii()
        or not chain.isprintable()
    ):
        return None
    source = destination = inside = outside = protocol = None
    matches: tuple[Match, ...] = ()
    target: Target | None = None
    seen = ""
    number = stated = 0
    memo = _memo
    for index in range(1, len(parts)):
        piece = parts[index]
        key = (piece, family, stated if piece[:2] == "-j" else number)
        read = memo[key] if key in memo else _new(key)
        if read is None:
            return None
        letter, part, of = read
        if letter == "m":
            matches = (*matches, part)
            continue
        if letter in seen:
            return None
        seen += letter
        if letter == "j":
            target = part
        elif letter == "s":
            source = part
        elif letter == "d":
            destination = part
        elif letter == "p":
            # What -m and -j say depends on the protocol, which may come too late for them.
            if matches or target:
                return None
            protocol = part
            # NAT asks for the protocol that is named, even if it is the others that match.
            stated = of
            number = 0 if part is None or part.negated else of
        elif letter == "i":
            inside = part
        elif letter == "o":
            outside = part
    if (target and target.name == "DROP" and table == "nat") or _WRONG_INTERFACE.get(chain, " ") in seen:
        return None
    said = [
        each.text for each in (source, destination, inside, outside, protocol, *matches, target) if each is not None
    ]
    return chain, Spec(
        source,
        destination,
        inside,
        outside,
        protocol,
        None,
        matches,
        target,
        "".join(said),
    )


def _new(key: tuple[str, int, int]) -> _Read | None:
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    try:
        found = _read(*key)
    except Fail:
        found = None
    _memo[key] = found
    return found


def _read(piece: str, family: int, protocol: int) -> _Read | None:
    found = words(piece)
    negated = found[:1] == ["!"]
    if negated:
        del found[0]
    if not found:
        return None
    letter = found[0][1:]
    if letter in "sdiop" and len(found) == 2:
        return _condition(letter, found[1], negated, family)
    if letter not in "mj" or negated or len(found) < 2:
        return None
    return _extension(letter, found, family, protocol)


def _condition(letter: str, word: str, negated: bool, family: int) -> _Read | None:
    if word == "!" or not word:
        return None
    if letter in "sd":
        nets = conditions.nets(letter, word, negated, family)
        return _Read(letter, nets[0], 0) if len(nets) == 1 else None
    if letter in "io":
        return _Read(letter, conditions.interface(letter, (negated, word)), 0)
    number = conditions.protocol_number_of(word.lower())
    if number == 0 and negated:
        return None
    return _Read(letter, conditions.protocol(number, negated), number)


def _extension(letter: str, found: list[str], family: int, protocol: int) -> _Read | None:
    name = found[1]
    kind = "match" if letter == "m" else "target"
    table = extension(kind, name, family)
    if table is None:
        plain = letter == "j" and len(found) == 2 and 0 < len(name) <= 28 and name.isascii() and name.isprintable()
        made = extensions.target(None, name, (), family, protocol) if plain and " " not in name else None
        return _Read(letter, made, 0) if made else None
    given: list[tuple[str, bool, str]] = []
    negated = False
    rest = iter(found[2:])
    for word in rest:
        if word == "!" and not negated:
            negated = True
            continue
        option = table.options.get(word[2:]) if word[:2] == "--" else None
        if option is None or option.obsolete:
            return None
        values = [next(rest, "!") for _ in range(option.words)]
        if "!" in values or any(value[:1] == "-" for value in values[1:]):
            return None
        given.append((option.written, negated, "\0".join(values)))
        negated = False
    if negated:
        return None
    read = extensions.match if kind == "match" else extensions.target
    return _Read(letter, read(table, name, given, family, protocol), 0)
