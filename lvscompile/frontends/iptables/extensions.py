"""A match or target with the options that were given to it: checked, typed, in the order of iptables-save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lvscompile.frontends.iptables import lists, rewriting, values
from lvscompile.frontends.iptables.finish import FINISH, NEEDS
from lvscompile.frontends.iptables.finish_matches import hash_rate
from lvscompile.frontends.iptables.found import Found
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import Context, Read
from lvscompile.ir.netfilter import Match, Option, Target
from lvscompile.syntax.iptables import options
from lvscompile.syntax.iptables.options import Extension
from lvscompile.syntax.iptables.words import bare, quoted

# An option as given: its name in the table ("" for one that no table knows), whether negated, its words joined by NUL.
Given = tuple[str, bool, str]

_READERS = {**values.READERS, **lists.READERS, **rewriting.READERS}
_matches: dict[tuple[object, ...], Match] = {}
_targets: dict[tuple[object, ...], Target] = {}
_MEMO_LIMIT = 200_000


def match(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Match:
    """The match that these options make. Raises Fail."""
    key = (name, family, protocol, *given)
    known = _matches.get(key)
    if known is None:
        found = _options(extension, given, Context(name, family, protocol))
        if len(_matches) >= _MEMO_LIMIT:
            _matches.clear()
        known = Match(name, found, f" -m {bare(name)}{_saved(found)}", _is_known(extension, found))
        _matches[key] = known
    return known


def target(extension: Extension | None, name: str, given: Sequence[Given], family: int, protocol: int) -> Target:
    """What -j and these options make; a name that is no extension's is taken for a chain. Raises Fail."""
    key = (name, family, protocol, *given)
    known = _targets.get(key)
    if known is None:
        found = _options(extension, given, Context(name, family, protocol))
        if len(_targets) >= _MEMO_LIMIT:
            _targets.clear()
        kind = "verdict" if name in options.VERDICTS else "extension" if extension or found else "chain"
        known = Target(
            name, found, f" -j {bare(name)}{_saved(found)}", kind != "extension" or _is_known(extension, found), kind
        )
        _targets[key] = known
    return known


def _saved(found: Sequence[Option]) -> str:
    return "".join([option.saved for option in found])


def _is_known(extension: Extension | None, found: Sequence[Option]) -> bool:
    return extension is not None and all(option.known for option in found)


def _options(extension: Extension | None, given: Sequence[Given], context: Context) -> tuple[Option, ...]:
    if extension is None:
        return tuple(_opaque(each) for each in given)
    kind = (extension.kind, extension.name)
    found: Found = {}
    repeated: list[Option] = []
    rest: list[Option] = []
    rows = extension.options
    for each in given:
        row = rows.get(each[0])
        if row is None:
            rest.append(_opaque(each))
            continue
        option = _read(extension, row, each, context)
        if row.repeatable:
            repeated.append(option)
        elif option.name in found:
            raise _twice(extension, row.written)
        else:
            found[option.name] = option
    _check(extension, found, given)
    needed, message = NEEDS.get(kind, ((), ""))
    if message and not rest and not (found.keys() & set(needed) if needed else found):
        raise Fail(message)
    finish = FINISH.get(kind)
    if finish and not rest:
        finish(found, context)
    if len(found) < 2 and not repeated:
        return (*found.values(), *rest)
    places = _places(extension)
    ordered = sorted(found.values(), key=lambda option: places.get(option.name, len(places)))
    return (*ordered, *_in_parts(repeated, places), *rest)


_needed: dict[tuple[str, str], tuple[str, ...]] = {}


def _needs(extension: Extension) -> tuple[str, ...]:
    key = (extension.kind, extension.name)
    if key not in _needed:
        _needed[key] = extension.needed
    return _needed[key]


_ranks: dict[tuple[str, str], Mapping[str, int]] = {}


def _places(extension: Extension) -> Mapping[str, int]:
    """The rank of each option in the saved line."""
    key = (extension.kind, extension.name)
    if key not in _ranks:
        _ranks[key] = {row.name: row.place for row in reversed(list(extension.options.values()))}
    return _ranks[key]


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


def _check(extension: Extension, found: Found, given: Sequence[Given]) -> None:
    """Options that must not, or must, stand together."""
    for written, _, _ in given:
        row = extension.options.get(written)
        if row is None:
            continue
        for name in row.excludes:
            if name in found:
                raise Fail(f'{extension.name}: option "--{row.name}" cannot be used together with "--{name}".')
        for name in row.also:
            if name not in found:
                raise Fail(f'{extension.name}: option "--{row.name}" also requires "--{name}".')
    for name in _needs(extension):
        if name not in found:
            raise Fail(f'{extension.name}: option "--{name}" must be specified')


def _read(extension: Extension, row: options.Option, given: Given, context: Context) -> Option:
    written, negated, words = given
    if negated and not row.negatable:
        raise Fail(f'{extension.name}: option "--{written}" cannot be inverted.')
    value, text = _value(row, words, context)
    return Option(row.name, value, text, negated)


def _value(row: options.Option, words: str, context: Context) -> Read:
    if row.value == "hashrate":
        found = hash_rate(words)
        if found is None:
            raise Fail(f'bad rate "{words}"\'')
        return found
    return _READERS[row.value](words, row, context)


def _opaque(given: Given) -> Option:
    """An option that nobody knows: its words behind its name, as they are."""
    name, negated, words = given
    text = " ".join(quoted(word) if not word else bare(word) for word in words.split("\0")) if words else ""
    return Option(name, None, text, negated, False)
