"""A match or target with the options that were given to it: checked, typed, in the order of iptables-save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.frontends.iptables import lists, rewriting, values
from lvscompile.frontends.iptables.finish import FINISH, NEEDS
from lvscompile.frontends.iptables.finish_matches import hash_rate
from lvscompile.frontends.iptables.found import Finish, Found
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import Context, Read
from lvscompile.ir.netfilter import Match, Option, Target
from lvscompile.syntax.iptables import options
from lvscompile.syntax.iptables.options import Extension
from lvscompile.syntax.iptables.words import bare, quoted

# An option as given: its name in the table ("" for one that no table knows), whether negated, its words joined by NUL.
Given = tuple[str, bool, str]


def _hash_rate(text: str, option: options.Option, context: Context) -> Read:
    found = hash_rate(text)
    if found is None:
        raise Fail(f'bad rate "{text}"\'')
    return found


_READERS = {**values.READERS, **lists.READERS, **rewriting.READERS, "hashrate": _hash_rate}
_matches: dict[tuple[object, ...], Match] = {}
_targets: dict[tuple[object, ...], Target] = {}
_MEMO_LIMIT = 200_000


def match(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Match:
    """The match that these options make. Raises Fail."""
    key = (name, family, protocol, *given)
    known = _matches.get(key)
    if known is None:
        if len(_matches) >= _MEMO_LIMIT:
            _matches.clear()
        known = _matches[key] = new_match(extension, name, given, family, protocol)
    return known


def new_match(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Match:
    found = _options(extension, given, Context(name, family, protocol))
    return Match(name, found, f" -m {bare(name)}{_saved(found)}", _is_known(extension, found))


def target(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Target:
    """What -j and these options make; a name that is no extension's is taken for a chain. Raises Fail."""
    key = (name, family, protocol, *given)
    known = _targets.get(key)
    if known is None:
        if len(_targets) >= _MEMO_LIMIT:
            _targets.clear()
        known = _targets[key] = new_target(extension, name, given, family, protocol)
    return known


def new_target(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Target:
    found = _options(extension, given, Context(name, family, protocol))
    kind = "verdict" if name in options.VERDICTS else "extension" if extension or found else "chain"
    is_known = kind != "extension" or _is_known(extension, found)
    return Target(name, found, f" -j {bare(name)}{_saved(found)}", is_known, kind)


def _saved(found: Sequence[Option]) -> str:
    return "".join([option.saved for option in found])


def _is_known(extension: Extension | None, found: Sequence[Option]) -> bool:
    return extension is not None and all(option.known for option in found)


def _options(extension: Extension | None, given: Sequence[Given], context: Context) -> tuple[Option, ...]:
    if extension is None:
        return tuple(_opaque(each) for each in given)
    plan = _plans.get((extension.kind, extension.name)) or _plan(extension)
    found: Found = {}
    repeated: list[Option] = []
    rest: list[Option] = []
    bound: list[options.Option] = []  # rows of those that must, or must not, stand beside others
    rows = extension.options
    for each in given:
        written, negated, words = each
        row = rows.get(written)
        if row is None:
            rest.append(_opaque(each))
            continue
        if negated and not row.negatable:
            raise Fail(f'{extension.name}: option "--{written}" cannot be inverted.')
        value, text = _READERS[row.value](words, row, context)
        name = row.name
        option = Option(name, value, text, negated)
        if row.repeatable:
            repeated.append(option)
        elif name in found:
            raise _twice(extension, written)
        else:
            found[name] = option
        if row.excludes or row.also:
            bound.append(row)
    if bound or plan.needed:
        _check(extension, found, bound, plan.needed)
    if plan.message and not rest and not (found.keys() & plan.some if plan.some else found):
        raise Fail(plan.message)
    if plan.finish and not rest:
        plan.finish(found, context)
    if len(found) < 2 and not repeated:
        return (*found.values(), *rest)
    places = plan.places
    ordered = sorted(found.values(), key=lambda option: places.get(option.name, len(places)))
    return (*ordered, *_in_parts(repeated, places), *rest)


class _Plan(NamedTuple):
    """What is asked of all options of an extension: those that are needed; `message` where there is none, or none of
    `some`; what is made of them in the end; the rank of each in the saved line.
    """

    needed: tuple[str, ...]
    some: frozenset[str]
    message: str
    finish: Finish | None
    places: Mapping[str, int]


_plans: dict[tuple[str, str], _Plan] = {}


def _plan(extension: Extension) -> _Plan:
    key = (extension.kind, extension.name)
    some, message = NEEDS.get(key, ((), ""))
    places = {row.name: row.place for row in reversed(list(extension.options.values()))}
    made = _plans[key] = _Plan(extension.needed, frozenset(some), message, FINISH.get(key), places)
    return made


def _in_parts(repeated: Sequence[Option], places: Mapping[str, int]) -> list[Option]:
    """Options that may be repeated stand in order between one `--next` and the following one."""
    parts: list[list[Option]] = [[]]
    for option in repeated:
        if option.name == "next":
            parts.append([option])
        else:
            parts[-1].append(option)
    last = len(places)
    return [
        o for part in parts for o in sorted(part, key=lambda o: -1 if o.name == "next" else places.get(o.name, last))
    ]


def _twice(extension: Extension, written: str) -> Fail:
    longest = max((o.written for o in extension.options.values() if o.name == extension.options[written].name), key=len)
    if extension.name == "tcp":
        return Fail(f"Only one `--{longest}' allowed")
    return Fail(f'{extension.name}: option "--{written}" can only be used once.')


def _check(extension: Extension, found: Found, bound: Sequence[options.Option], needed: Sequence[str]) -> None:
    """Options that must not, or must, stand together."""
    for row in bound:
        for name in row.excludes:
            if name in found:
                raise Fail(f'{extension.name}: option "--{row.name}" cannot be used together with "--{name}".')
        for name in row.also:
            if name not in found:
                raise Fail(f'{extension.name}: option "--{row.name}" also requires "--{name}".')
    for name in needed:
        if name not in found:
            raise Fail(f'{extension.name}: option "--{name}" must be specified')


def _opaque(given: Given) -> Option:
    """An option that nobody knows: its words behind its name, as they are."""
    name, negated, words = given
    text = " ".join(quoted(word) if not word else bare(word) for word in words.split("\0")) if words else ""
    return Option(name, None, text, negated, False)
