"""`fmt`: the canonical layout of a configuration, and the proof that it means what it meant.

Where a line stands, and what it is, is known only when the configuration is read as keepalived reads it: includes
may hold half a block, a variable may open one, a condition makes a line count on some hosts only. So it is read
once for every host that its conditions name, laid out (`layout`), and read again: the same statements, and the
same comments, must come out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from lvscompile.app.kinds import looks_like_keepalived
from lvscompile.app.layout import Place, lay_out
from lvscompile.frontends.keepalived import lower
from lvscompile.syntax.keepalived.expand import RUNTIME_NAMES, Expander
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.keepalived.keywords import ROOT, blocks, blocks_with, table
from lvscompile.syntax.keepalived.read import Reader
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.keepalived.words import BLANKS, code_end, words
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import InputError, Source
from lvscompile.syntax.statements import Stmt

# Conditions usually name two hosts. A text that names thousands is not read thousands of times.
MAX_HOSTS = 32

_BUILT_IN = RUNTIME_NAMES | {"_PWD", "_HASH", "_BANG"}
_BRACED = ("STMT", "OPEN", "CLOSE")
_VERBATIM = ("DEF", "COND", "GEN")
_OPENING = ("OPEN", "BADOPEN", "BRACE")
_CLOSING = ("CLOSE", "EXTRA")
_used_names = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)").findall
_all_words = re.compile(r"\w+").findall
_first_gap = re.compile(r"[ \t]+")

Signature = list[tuple[str, Sequence[str]]]


class Formatted(NamedTuple):
    """One file: its text in canonical layout; the ranges of lines (from 1) that were left as they are because
    keepalived reads them otherwise than they look; and whether the text failed its proof."""

    source: Source
    text: str
    kept: tuple[tuple[int, int], ...] = ()
    defect: bool = False

    @property
    def changed(self) -> bool:
        return not self.defect and self.text != self.source.text


def format_text(source: Source, root: str = "") -> str:
    """One file in canonical layout. What it includes is read as well, for the sake of the nesting."""
    return lay_out(source, _Host(source, root).places(source))


def format_files(source: Source, root: str = "", wanted: Callable[[str], bool] = lambda path: False) -> list[Formatted]:
    """A configuration, and those of its included files whose path is `wanted`: each once, each with its proof."""
    host = _Host(source, root)
    files = {_key(source): source}
    for each in host.included():
        if wanted(each.path):
            files.setdefault(_key(each), each)
    places = {key: host.places(each) for key, each in files.items()}
    texts = {key: lay_out(each, places[key]) for key, each in files.items()}
    defects = {key for key, each in files.items() if _untouchable(each) != _untouchable(_with_text(each, texts))}
    if not host.keeps_meaning(texts):
        defects |= {key for key in files if not host.keeps_meaning({key: texts[key]})} or files.keys()
    return [Formatted(each, texts[key], _kept_lines(each, places[key]), key in defects) for key, each in files.items()]


def refuse_foreign(source: Source) -> None:
    """Raise InputError for a text that is neither a keepalived.conf nor a part of one: a layout would ruin it."""
    code = any(stmt.type in _BRACED for stmt in scan(source))
    if code and not looks_like_keepalived(source) and not _context(source):
        raise InputError(
            source.name,
            "this is no keepalived.conf as far as lvscompile can tell: no line begins with a keyword of it",
            "if a keepalived.conf includes it, give the directory of that one",
        )


def secrets(source: Source, root: str = "") -> set[str]:
    """The passwords and keys of a configuration, which must not be shown."""
    _, checker = lower(read_configuration(source, "", root), "")
    return checker.secrets


# -- reading --------------------------------------------------------------------------------------------


class _Host:
    """All readings of one configuration: one for each host that its conditions name, and one for all others."""

    def __init__(self, source: Source, root: str) -> None:
        self.source = source
        self.root = root
        self.context = _context(source)
        others = _Reading(self, "", {})
        names = sorted(name for name in others.conditions if name)[: MAX_HOSTS - 1]
        self.readings = [others, *(_Reading(self, name, {}) for name in names)]

    def included(self) -> Iterable[Source]:
        return chain.from_iterable(reading.included for reading in self.readings)

    def places(self, source: Source) -> dict[int, Place]:
        """What the readings say about the statements of one file, by their offsets."""
        key = _key(source)
        found = [reading.places[key] for reading in self.readings if key in reading.places]
        result: dict[int, Place] = {}
        after = Place(0)
        for stmt in reversed(list(scan(source))):
            known = [places[stmt.start] for places in found if stmt.start in places]
            # What no reading holds (a generator that generates nothing) stands where the next statement does.
            after = result[stmt.start] = _agreed(known) if known else Place(after.level, kept=after.kept)
        return result

    def keeps_meaning(self, texts: Mapping[str, str]) -> bool:
        """Whether every host reads the same statements when the files hold these texts."""
        return all(each.signature == _Reading(self, each.config_id, texts).signature for each in self.readings)


class _Reading:
    """What one host makes of a configuration, some files of which may hold other texts than on the disk."""

    def __init__(self, host: _Host, config_id: str, texts: Mapping[str, str]) -> None:
        self.config_id = config_id
        includes = _Overlay(host.root, texts)
        expander = Expander(config_id, includes)
        if host.context:
            # The definitions that a part of a configuration uses are made elsewhere.
            unknown = set(_used_names(host.source.text)) - _BUILT_IN
            expander.definitions.update(dict.fromkeys(unknown, "x"))
        context = Source("", host.context)
        # The reader is not told how many braces are missing: then it looks at no indentation.
        reader = Reader()
        stream = reader.read(chain(scan(context), expander.expand(_with_text(host.source, texts))))
        statements = [stmt for stmt in stream if stmt.source is not context]
        cut = {_address(remark.stmt) for remark in expander.remarks if remark.kind in ("long-line", "nul-byte")}
        kept = reader.misread | _unbalanced(statements)
        self.places = _places(statements, lambda stmt: id(stmt) in kept or _address(stmt) in cut)
        self.signature = _signature(statements)
        self.conditions = expander.conditions
        self.included = includes.read


class _Overlay(Includes):
    """Includes, some of which hold another text than on the disk."""

    def __init__(self, root: str, texts: Mapping[str, str]) -> None:
        super().__init__(root)
        self._texts = texts

    def resolve(self, stmt: Stmt, text: str) -> tuple[list[Source], list[Remark]]:
        sources, remarks = super().resolve(stmt, text)
        return [_with_text(source, self._texts) for source in sources], remarks


def _with_text(source: Source, texts: Mapping[str, str]) -> Source:
    text = texts.get(_key(source)) if texts else None
    return source if text is None else Source(source.name, text, source.path, source.frames)


def _key(source: Source) -> str:
    """What tells files apart, however they are named. Standard input has no path."""
    return os.path.realpath(source.path) if source.path else ""


def _address(stmt: Stmt) -> tuple[int, int]:
    return id(stmt.source), stmt.start


def _context(source: Source) -> str:
    """The blocks that a part of a configuration stands in, as text that opens them; "" for a whole configuration.

    A file that others include may begin anywhere. Where nothing in it belongs to the top level, the block that knows
    most of its outer keywords is taken for its place.
    """
    outer: list[str] = []
    depth = 0
    for stmt in scan(source):
        found = _all_words(stmt.text) if stmt.type in _VERBATIM else words(stmt.text.lstrip("\ufeff"))[:1]
        if stmt.type == "INCLUDE" or (stmt.type != "TRIVIA" and any(map(_is_top_level, found))):
            return ""
        if stmt.type in ("STMT", "OPEN") and depth <= 0:
            outer += found
        depth += (stmt.type == "OPEN") - (stmt.type == "CLOSE")
    best = max(blocks(), key=lambda block: sum(word in table(block) for word in outer))
    return "".join(f"{name} \1 {{\n" for name in best.split("/") if name)


def _is_top_level(word: str) -> bool:
    return word in ROOT and blocks_with(word) == [""]


# -- what the readings say ------------------------------------------------------------------------------


def _places(statements: Iterable[Stmt], is_kept: Callable[[Stmt], bool]) -> dict[str, dict[int, Place]]:
    """By file and offset, where each statement stands. A statement may be read as several, a file more than once."""
    found: dict[str, dict[int, Place]] = {}
    keys: dict[int, str] = {}
    levels: dict[int, int] = {}
    seen: set[tuple[int, int]] = set()
    for stmt in statements:
        if stmt.type == "MISSING":
            continue
        reading = id(stmt.source)
        if reading not in keys:
            keys[reading] = _key(stmt.source)
        level = levels.get(reading, 0)
        place = found.setdefault(keys[reading], {}).setdefault(stmt.start, Place(level))
        place.kept = place.kept or is_kept(stmt)
        if _address(stmt) not in seen:
            seen.add(_address(stmt))
            place.types |= {stmt.type}
        if stmt.type in _OPENING:
            levels[reading] = level + 1
        elif stmt.type in _CLOSING:
            levels[reading] = max(level - 1, 0)
    return found


def _unbalanced(statements: Sequence[Stmt]) -> set[int]:
    """The statements of blocks whose braces do not add up: there, only the indentation tells what was meant."""
    kept: set[int] = set()
    opened: list[int] = []
    block: int | None = None
    for at, stmt in enumerate(statements):
        if stmt.type in _OPENING:
            block = at if not opened else block
            opened.append(at)
        elif stmt.type in _CLOSING and opened:
            opened.pop()
        elif stmt.type in _CLOSING and block is not None:
            # One `}` too many: the block before it was closed too early.
            kept.update(map(id, statements[block : at + 1]))
            block = None
    return kept.union(map(id, statements[opened[0] :])) if opened else kept


def _agreed(places: Sequence[Place]) -> Place:
    """What is true on all hosts, or else on those that read a statement as it looks, and for which it counts."""
    sound = [place for place in places if not place.kept]
    counting = [place for place in sound if "COND" not in place.types]
    level = max(place.level for place in counting or sound or places)
    return Place(level, frozenset().union(*(place.types for place in places)), not sound)


def _signature(statements: Iterable[Stmt]) -> Signature:
    """What the statements say, whatever their layout."""
    found: Signature = []
    for stmt in statements:
        if stmt.type == "BRACE" and found[-1][0] == "HEAD":
            found[-1] = ("OPEN", found[-1][1])
        elif stmt.type == "INCLUDE":
            found.append((stmt.type, _first_gap.split(stmt.text[: code_end(stmt.text)].strip(BLANKS), maxsplit=1)))
        elif stmt.type not in ("TRIVIA", *_VERBATIM):
            found.append((stmt.type, words(stmt.text)))
    return found


def _untouchable(source: Source) -> list[str]:
    """What must come out as it went in, but for the blanks around it: comments, and what expansion works on."""
    texts = (stmt.text if stmt.type in _VERBATIM else stmt.text[code_end(stmt.text) :] for stmt in scan(source))
    return [text for text in (each.strip(BLANKS) for each in texts) if text]


def _kept_lines(source: Source, places: Mapping[int, Place]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for stmt in scan(source):
        if not places[stmt.start].kept or not stmt.text.strip(BLANKS):
            continue
        last = stmt.line + stmt.text.removesuffix("\n").count("\n")
        if ranges and stmt.line <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((stmt.line, last))
    return tuple(ranges)
