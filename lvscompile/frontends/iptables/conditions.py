"""What a rule says by iptables' own options: addresses, interfaces, protocol, fragments; and the names of chains."""

from __future__ import annotations

from lvscompile.frontends.iptables.addresses import net
from lvscompile.frontends.iptables.numbers import within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.ir.netfilter import Is
from lvscompile.syntax.iptables.names import protocol_name, protocol_number
from lvscompile.syntax.iptables.options import VERDICTS, extension
from lvscompile.syntax.iptables.words import bare

_MEMO_LIMIT = 100_000
_nets: dict[tuple[str, str, bool, int], list[Is | None]] = {}
_interfaces: dict[tuple[str, bool, str], Is | None] = {}
_protocols: dict[tuple[int, bool], Is | None] = {}
_FRAGMENT = {negated: Is(None, negated, " ! -f" if negated else " -f") for negated in (False, True)}


def _text(letter: str, negated: bool, value: str) -> str:
    return f"{' !' if negated else ''} -{letter} {value}"


def nets(letter: str, word: str, negated: bool, family: int) -> list[Is | None]:
    """The addresses of -s or -d; None where they are all there are."""
    key = (letter, word, negated, family)
    known = _nets.get(key)
    if known is None:
        if len(_nets) >= _MEMO_LIMIT:
            _nets.clear()
        known = _nets[key] = [_net(letter, part, negated, family) for part in word.split(",")]
    return known


def _net(letter: str, word: str, negated: bool, family: int) -> Is | None:
    found = net(word.lstrip(" \t\n\v\f\r"), family)
    if not found.prefix and not found.mask and not negated:
        return None
    return Is(found, negated, _text(letter, negated, str(found)))


def interface(letter: str, given: tuple[bool, str]) -> Is | None:
    """An interface; every one where the name is `+` alone."""
    negated, name = given
    key = (letter, negated, name)
    if key in _interfaces:
        return _interfaces[key]
    if len(name.encode("utf-8", "surrogateescape")) > 15:
        raise Fail(f"interface name `{name}' must be shorter than IFNAMSIZ (15)")
    made = None if name == "+" else Is(name, negated, _text(letter, negated, bare(name)))
    if len(_interfaces) < _MEMO_LIMIT:
        _interfaces[key] = made
    return made


def protocol_number_of(word: str) -> int:
    found = within(word, 0, 255)
    if found is None:
        found = protocol_number(word)
    if found is None:
        unresolved = word if word[:1].isalpha() else ""
        raise Fail(f'unknown protocol "{word}" specified', 2, unresolved)
    return found


def protocol(number: int, negated: bool) -> Is | None:
    key = (number, negated)
    if key not in _protocols:
        made = Is(number, negated, _text("p", negated, protocol_name(number))) if number else None
        _protocols[key] = made
    return _protocols[key]


def fragment(negated: bool) -> Is:
    return _FRAGMENT[negated]


def chain_name(name: str, family: int) -> None:
    """Refuse what is no name for a chain of a user."""
    if len(name.encode("utf-8", "surrogateescape")) > 28:
        raise Fail(f"chain name `{name}' too long (must be under 29 chars)")
    if name[:1] in ("-", "!"):
        raise Fail(f"chain name not allowed to start with `{name[0]}'")
    if name in VERDICTS or extension("target", name, family):
        raise Fail("chain name may not clash with target name")
    if set(name) & set(" \t\n\v\f\r"):
        raise Fail(f"Invalid chain name `{name}'")
