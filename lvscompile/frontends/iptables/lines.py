"""Rules of dumps, read by their parts: the common case, ten times as fast as word by word.

A dump repeats its parts: `-p tcp`, `-m state --state NEW`, `-j ACCEPT`. Each is read once. What is not plainly made of
whole parts (abbreviations, a `!` behind its option, several addresses, quotes in odd places, mistakes) is left to
`commands.parse`, which both must agree with.
"""

from __future__ import annotations

import re

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, inet_pton
from typing import Any

from lvscompile.frontends.iptables import conditions, extensions
from lvscompile.frontends.iptables.addresses import LENGTHS
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.ir.netfilter import Is, Match, Net, Option, Spec, Target
from lvscompile.syntax.iptables.options import extension
from lvscompile.syntax.iptables.words import words

_SPLIT = re.compile(r"(?<!!) (?=(?:! )?-[a-z] )").split
# The same where there are quotes, which may hold blanks and dashes.
_PARTS = re.compile(
    r'(?:-A |(?:! )?-[a-z] )(?:[^" \t\n]++(?!")| (?!(?:! )?-[a-z] )|(?<= )"(?:[^"\\\n]++|\\.)*+"(?= |$))*+'
)
# The most common of all matches, with numbers that are printed as they are written.
_NUMBERS = r"([1-9][0-9]{0,4})(?::([1-9][0-9]{0,4}))?"
_PORTS = re.compile(rf"-m (?:tcp|udp)(?: --sport {_NUMBERS})?(?: --dport {_NUMBERS})?").fullmatch
_MEMO_LIMIT = 200_000


# A part that was read: the letter of its option; Is, Match or Target, by the letter, None for a condition that is none;
# the number of the protocol that it names.
_Read = tuple[str, Any, int]
_Memo = dict[str, _Read | None]
# By family and protocol, and by text; None for what must be read word by word.
_memos: dict[int, dict[int, _Memo]] = {4: {0: {}}, 6: {0: {}}}
_UNREAD: _Read = ("", None, -1)
_chains: dict[str, bool] = {}  # names, and whether they are plain
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
    if not (_chains[chain] if chain in _chains else _is_chain(chain)):
        return None
    found: list[Any] = []
    letters = ""
    number = stated = 0
    memos = _memos[family]
    memo = memos[0]
    for piece in parts[1:]:
        read = memo.get(piece, _UNREAD)
        if stated != number and piece[:2] == "-j":
            read = _new(_of_protocol(memos, stated), piece, family, stated)
        elif read is _UNREAD:
            read = _new(memo, piece, family, number)
        if read is None:
            return None
        letter, part, of = read
        if letter == "p":
            # What -m and -j say depends on the protocol, which may come too late for them.
            if "m" in letters or "j" in letters:
                return None
            # NAT asks for the protocol that is named, even if it is the others that match.
            stated = of
            number = 0 if part is None or part.negated else of
            memo = memos.get(number) or _of_protocol(memos, number)
        letters += letter
        found.append(part)
    shape = _shapes[letters] if letters in _shapes else _shape(letters)
    if shape is None or _WRONG_INTERFACE.get(chain, " ") in letters:
        return None
    order, source, destination, inside, outside, protocol, first, last, jump = shape
    if order:
        found = [found[place] for place in order]
    found.append(None)
    target: Target | None = found[jump]
    if target and target.name == "DROP" and table == "nat":
        return None
    return chain, Spec(
        found[source], found[destination], found[inside], found[outside], found[protocol], None,
        tuple(found[first:last]), target, "".join([part.text for part in found if part is not None]),
    )  # fmt: skip


_ORDER = "sdiopmj"  # in which iptables-save prints the parts of a rule
# Of a rule by the letters of its parts: the order that they must be brought into, () where it is theirs; the places of
# source, destination, interfaces, protocol, of the first match and behind the last one, of the target: -1 for none.
_Shape = tuple[tuple[int, ...], int, int, int, int, int, int, int, int]
_shapes: dict[str, _Shape | None] = {}


def _shape(letters: str) -> _Shape | None:
    """The shape of a rule, None where an option stands twice that must not."""
    made: _Shape | None = None
    if all(letters.count(letter) < 2 for letter in "sdiopj"):
        order = tuple(sorted(range(len(letters)), key=lambda place: _ORDER.index(letters[place])))
        inorder = "".join(letters[place] for place in order)
        s, d, i, o, p, j = map(inorder.find, "sdiopj")
        first = max(inorder.find("m"), 0)
        made = (() if inorder == letters else order, s, d, i, o, p, first, first + inorder.count("m"), j)
    if len(_shapes) < _MEMO_LIMIT:
        _shapes[letters] = made
    return made


def _of_protocol(memos: dict[int, _Memo], number: int) -> _Memo:
    return memos.setdefault(number, {})


def _new(memo: _Memo, piece: str, family: int, protocol: int) -> _Read | None:
    if len(memo) >= _MEMO_LIMIT:
        memo.clear()
    found = _plain_net(piece) if family == 4 and piece[:3] in ("-s ", "-d ") else None
    if found is None:
        try:
            found = _read(piece, family, protocol)
        except Fail:
            found = None
    memo[piece] = found
    return found


def _is_chain(name: str) -> bool:
    plain = 0 < len(name) <= 28 and " " not in name and name[0] not in '-!"' and name.isascii() and name.isprintable()
    if len(_chains) < _MEMO_LIMIT:
        _chains[name] = plain
    return plain


def _plain_net(piece: str) -> _Read | None:
    """`-s ADDRESS/LENGTH` as iptables-save writes it for IPv4: what it says is what it is saved as."""
    host, _, tail = piece[3:].partition("/")
    length = LENGTHS.get(tail)
    if length is None:
        return None
    try:
        value = int.from_bytes(inet_pton(AF_INET, host), "big")
    except (OSError, ValueError):
        return None
    return None if value & 0xFFFFFFFF >> length else (piece[1], Is(Net(host, length), False, f" {piece}"), 0)


def _plain_ports(piece: str) -> _Read | None:
    """`-m tcp --sport 1024:65535 --dport 80`: what it says is what it is saved as."""
    match = _PORTS(piece)
    if match is None:
        return None
    options: tuple[Option, ...] = ()
    for name, low, high in (("sport", *match.group(1, 2)), ("dport", *match.group(3, 4))):
        if low:
            first, last = int(low), int(high or low)
            if not (first < last <= 0xFFFF if high else first <= 0xFFFF):
                return None
            options += (Option(name, (first, last), f"{low}:{high}" if high else low),)
    return ("m", Match(piece[3:6], options, f" {piece}"), 0)


def _read(piece: str, family: int, protocol: int) -> _Read | None:
    if piece[:7] in ("-m tcp ", "-m udp "):
        plain = _plain_ports(piece)
        if plain is not None:
            return plain
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
        return (letter, nets[0], 0) if len(nets) == 1 else None
    if letter in "io":
        return (letter, conditions.interface(letter, (negated, word)), 0)
    number = conditions.protocol_number_of(word.lower())
    if number == 0 and negated:
        return None
    return (letter, conditions.protocol(number, negated), number)


def _extension(letter: str, found: list[str], family: int, protocol: int) -> _Read | None:
    name = found[1]
    kind = "match" if letter == "m" else "target"
    table = extension(kind, name, family)
    if table is None:
        plain = letter == "j" and len(found) == 2 and 0 < len(name) <= 28 and name.isascii() and name.isprintable()
        made = extensions.target(None, name, (), family, protocol) if plain and " " not in name else None
        return (letter, made, 0) if made else None
    given: list[tuple[str, bool, str]] = []
    negated = False
    at, count = 2, len(found)
    while at < count:
        word = found[at]
        at += 1
        if word == "!" and not negated:
            negated = True
            continue
        option = table.options.get(word[2:]) if word[:2] == "--" else None
        if option is None or option.obsolete:
            return None
        values = found[at : at + option.words]
        if len(values) < option.words or "!" in values or any(value[:1] == "-" for value in values[1:]):
            return None
        at += option.words
        given.append((option.written, negated, "\0".join(values)))
        negated = False
    if negated:
        return None
    read = extensions.new_match if kind == "match" else extensions.new_target
    return (letter, read(table, name, given, family, protocol), 0)
