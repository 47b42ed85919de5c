"""Comparison in meaning: what two set-ups tell keepalived, whatever words and order they use for it.

Order counts only where keepalived makes something of it; a default that is written out equals one that is not; a
deprecated word equals its successor. What keepalived ignores or rejects does not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.addresses import canonical, split_mask
from lvscompile.ir.core import Block, Keyword, Origin, Setting, Target, Version
from lvscompile.ir.durations import micros
from lvscompile.ir.node import Node
from lvscompile.ir.references import late_groups, references, without_group
from lvscompile.ir.services import RealServer, VirtualService
from lvscompile.ir.settings import (
    command_as_written,
    counting,
    counts,
    is_newer,
    joined,
    made_at_run_time,
    merged,
    same_thing,
    successor,
)
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance

Path = tuple[str, ...]

# What an instance does that says nothing itself, where global_defs says it.
INHERITED = {
    "version": "vrrp_version", "strict_mode": "vrrp_strict", "unicast_ttl": "vrrp_unicast_ttl",
    **{
        name: f"vrrp_{name}"
        for name in (
            "garp_master_delay", "garp_master_refresh", "garp_master_repeat", "garp_master_refresh_repeat",
            "garp_lower_prio_delay", "garp_lower_prio_repeat", "garp_extra_if", "down_timer_adverts",
            "lower_prio_no_advert", "higher_prio_send_advert", "owner_ignore_adverts", "skip_check_adv_addr",
        )
    },
}  # fmt: skip
# Words that change nothing.
IDLE = frozenset({"preempt"})
# List blocks whose order means something: the kernel gets the entries one after the other.
ORDERED = frozenset({"virtual_routes", "virtual_rules", "static_routes", "static_rules"})


class Fact(Node):
    """One thing that a set-up says: a value in one spelling, as it is written (`text`), and where. `default` is what
    counts where nothing is said, None where that is not one value.
    """

    value: str
    text: str
    origin: Origin
    secret: bool = False
    default: str | None = None
    default_text: str = ""


class Change(Node):
    """One difference: `path` names the object from the outside in; `before` or `after` is None where nothing is said.
    What belongs to an object that is missing as a whole is not told one by one.
    """

    path: Path
    before: Fact | None
    after: Fact | None


def compare(a: Director, b: Director, target: Target) -> tuple[Change, ...]:
    """The differences in meaning between two hosts under the target version, in the order of the first."""
    version = target.versions()[-1]
    left, right = dict(meaning(a, version)), dict(meaning(b, version))
    changes: list[Change] = []
    for path in (*left, *(path for path in right if path not in left)):
        before, after = left.get(path), right.get(path)
        if before is None and _under_missing(path, left, right):
            continue
        if after is None and _under_missing(path, right, left):
            continue
        if _said(before, after) != _said(after, before):
            changes.append(Change(path, before, after))
    return tuple(sorted(changes, key=lambda change: change.path[:-1]))


def _said(fact: Fact | None, other: Fact | None) -> str | None:
    """What one side says; where it says nothing, the default that the other side's statement knows of."""
    if fact is not None:
        return fact.value
    return other.default if other is not None else None


def _under_missing(path: Path, here: dict[Path, Fact], there: dict[Path, Fact]) -> bool:
    """Whether an object around `path` is missing here as a whole."""
    return any(path[:length] in there and path[:length] not in here for length in range(1, len(path)))


def meaning(director: Director, version: Version) -> Iterator[tuple[Path, Fact]]:
    """All that a host says, as path and value."""
    late = {id(reference.item) for reference in references(director) if reference.too_early}
    reader = _Reader(director, version, late)
    yield from reader.settings((), director.settings)
    yield from reader.blocks((), director.blocks)


class _Reader:
    def __init__(self, director: Director, version: Version, late: set[int]) -> None:
        self.director = director
        self.version = version
        self.late = late
        self.late_groups = late_groups(director)

    def settings(
        self, path: Path, settings: tuple[Setting, ...], inside: Block | None = None
    ) -> Iterator[tuple[Path, Fact]]:
        seen: dict[str, int] = {}
        for keyword, setting in counting(settings, self.version):
            if is_newer(keyword, self.version) or keyword.name in IDLE:
                continue
            if keyword.name == "protocol" and isinstance(inside, VirtualService):
                continue  # the service is called by it
            default = self._default(keyword, inside)
            name = same_thing(keyword)
            seen[name] = seen.get(name, 0) + 1
            key = name if seen[name] == 1 else f"{name} #{seen[name]}"
            fact = Fact(
                _value(keyword, setting),
                " ".join(setting.words[1:]),
                setting.origin,
                _is_secret(keyword),
                _normal(keyword, default) if default is not None else None,
                " ".join(default) if default is not None else "",
            )
            yield (*path, key), fact

    def _default(self, keyword: Keyword, inside: Block | None) -> tuple[str, ...] | None:
        """The words that could stand there instead of nothing, None where no words say the same."""
        if isinstance(inside, VrrpInstance):
            if keyword.name in INHERITED:
                stated = self.director.global_setting(INHERITED[keyword.name])
                if stated is not None:
                    return stated.words[1:]
            if keyword.name == "priority" and inside.state is not None and inside.state.value == "MASTER":
                return ("255",) if self.version >= (2, 0) else (keyword.default,)
            if keyword.name.startswith("garp_") and self.director.global_setting("vrrp_min_garp") is not None:
                return None
        return (keyword.default,) if keyword.default else None

    def blocks(self, path: Path, blocks: tuple[Block, ...], inside: Block | None = None) -> Iterator[tuple[Path, Fact]]:
        seen: dict[str, int] = {}
        for block in (joined(group) for group in merged(blocks)):
            keyword = successor(block.keyword, self.version)
            if not block.valid or is_newer(keyword, self.version):
                continue
            name = _title(keyword, block, inside)
            seen[name] = seen.get(name, 0) + 1
            here = (*path, name if seen[name] == 1 else f"{name} #{seen[name]}")
            if (keyword.body == "block" and name != "global_defs") or len(block.words) > 1:
                yield here, Fact("", "", block.origin)
            yield from self.settings(here, block.settings, block)
            yield from self.blocks(here, block.blocks, block)
            yield from self.items(here, block, inside)

    def items(self, path: Path, block: Block, inside: Block | None) -> Iterator[tuple[Path, Fact]]:
        ordered = block.keyword.name in ORDERED
        seen: dict[str, int] = {}
        for at, item in enumerate(item for item in block.items if counts(item) and id(item) not in self.late):
            words = without_group(item) if id(item) in self.late_groups else item.words
            key, value = _item(words, inside)
            seen[key] = seen.get(key, 0) + 1
            again = f" #{seen[key]}" if seen[key] > 1 else ""
            yield (*path, f"{at + 1}. {key}" if ordered else key + again), Fact(value, value, item.origin)


def _title(keyword: Keyword, block: Block, inside: Block | None) -> str:
    """A block as a path names it; addresses in canonical form, ports filled in."""
    if isinstance(block, RealServer):
        port = block.port if block.port is not None else inside.port if isinstance(inside, VirtualService) else None
        return f"real_server {block.address} {port}"
    if isinstance(block, VirtualService):
        # The protocol is a part of what the kernel knows a service by, but for a mark. Not said, it is UDP.
        unsaid = "UDP" if block.kind != "fwmark" else "TCP"
        protocol = block.protocol.value.upper() if block.protocol is not None else unsaid
        title = block.title if block.kind != "address" or block.port else block.address
        return f"virtual_server {title}" + ("" if protocol == "TCP" else f" {protocol}")
    return " ".join((keyword.name, *block.words[1:]))


def _item(words: tuple[str, ...], inside: Block | None) -> tuple[str, str]:
    """An item's name and its options."""
    first, rest = words[0], list(words[1:])
    address = split_mask(first)
    if address is None:
        return first, " ".join(rest)
    family, text, prefix = address
    bits = 128 if family == 6 else 32
    device = inside.interface.value if isinstance(inside, VrrpInstance) and inside.interface else ""
    if "dev" in rest[:-1] and rest[rest.index("dev") + 1] == device:
        at = rest.index("dev")
        del rest[at : at + 2]
    return f"{text}/{bits if prefix is None else prefix}", " ".join(rest)


def _value(keyword: Keyword, setting: Setting) -> str:
    if keyword.quoted or made_at_run_time(setting):
        return command_as_written(setting)
    if keyword.name == "auth_pass":
        return setting.words[1].encode("utf-8", "surrogateescape")[:8].decode("latin-1")
    return _normal(keyword, setting.words[1:])


def _normal(keyword: Keyword, words: tuple[str, ...]) -> str:
    """Words in one spelling: numbers, durations, truth values and addresses have several."""
    expression = keyword.arguments
    if not expression:
        return "on" if words in ((), ("on",)) else words[0]
    kind = expression[1][0] if expression[0] == "opt" else expression[0]
    if kind == "bool":
        return "on" if not words or words[0] in ("on", "true", "yes") else "off"
    if kind == "nocase":
        return " ".join(words).lower()
    return " ".join(_normal_word(kind, word) for word in words)


def _normal_word(kind: str, word: str) -> str:
    digits = word.lstrip("+-").strip()
    if kind == "int" and digits.isdecimal() and digits.isascii():
        return str(int(word))
    if kind == "dec" and digits.replace(".", "", 1).isdecimal() and digits.isascii():
        return str(micros(word))
    address = canonical(word)
    return address[1] if address is not None else word


def _is_secret(keyword: Keyword) -> bool:
    return "secret" in keyword.arguments[:1] or "hmackey" in str(keyword.arguments)
