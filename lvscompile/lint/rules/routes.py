"""2xx: virtual and static routes and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lvscompile.ir.addresses import split_mask
from lvscompile.ir.core import Block, Item
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.hints import quoted
from lvscompile.lint.registry import rule
from lvscompile.syntax.keepalived.words import words as all_words

TRACKED_SINCE = (2, 0, 3)
_TYPES = frozenset({
    "unicast", "local", "broadcast", "anycast", "multicast", "unreachable", "prohibit", "blackhole", "throw", "nat",
})  # fmt: skip
# What the kernel wants for IPv4 routes of these types.
_SCOPES = {"local": "host", "broadcast": "link", "anycast": "link"}
_OLD = {"gw": "via", "or": "nexthop"}
_ACTIONS = frozenset({"table", "lookup", "goto", "nop", "blackhole", "prohibit", "unreachable", "l3mdev"})
_PREFERENCES = frozenset({"preference", "order", "priority"})
# Options of a route and a rule that have no value, or whose value may be another word.
_ALONE = frozenset(
    {"inet", "inet6", "not", "onlink", "no_track", "nop", "l3mdev", "add", "prepend", "append", "to", "type"}
)
_ALONE |= _TYPES
_BEFORE_VALUES = frozenset({"inet", "inet6", "lock", "to"})


def _lists(host: Host, kind: str) -> Iterator[tuple[Block, list[Item]]]:
    """The lists of `routes` or `rules`, virtual and static, with what keepalived takes of them."""
    inside = (block for instance in host.director.vrrp for block in instance.blocks)
    for block in (*host.director.blocks, *inside):
        if block.keyword.name in (f"static_{kind}", f"virtual_{kind}"):
            yield block, [item for item in block.items if _is_whole(item)]


def _is_whole(item: Item) -> bool:
    """Whether keepalived takes all of an item; where it does not, another rule says so."""
    return item.valid and item.words == tuple(all_words(item.origin.text))


def _options(words: Sequence[str]) -> dict[str, int]:
    """The options of a route or rule, up to its first nexthop: word -> where it stands. A value is no option."""
    found: dict[str, int] = {}
    at = 0
    while at < len(words) and words[at] != "nexthop":
        found.setdefault(words[at], at)
        single = words[at] in _ALONE or _is_network(words[at])
        at += 1 if single else 3 if words[at + 1] in _BEFORE_VALUES else 2
    return found


def _is_network(word: str) -> bool:
    return word in ("default", "default6", "any", "all") or split_mask(word) is not None


def _destination(words: Sequence[str]) -> int | None:
    """Where the destination of a route stands."""
    return next((at for word, at in _options(words).items() if _is_network(word)), None)


def _family(word: str) -> int:
    """The family of an address, 0 where the word does not tell."""
    parts = split_mask(word)
    return parts[0] if parts is not None else 0


def _more(items: Sequence[object]) -> str:
    return f" (and {len(items) - 1} more here)" if len(items) > 1 else ""


@rule("LVS277", "untracked-route", "info", Host, effect="latent")
def untracked_route(host: Host, ctx: Context, emit: Emit) -> None:
    """A route without an interface: keepalived does not notice when it is gone."""
    if ctx.newest() < TRACKED_SINCE:
        return
    for _, items in _lists(host, "routes"):
        bare = [item for item in items if not {"dev", "oif", "no_track"} & _options(item.words).keys()]
        bare = [item for item in bare if _destination(item.words) is not None]
        if bare:
            emit(
                bare[0].origin,
                f"this route names no interface{_more(bare)}: keepalived does not track it, and when somebody removes it nothing "
                "restores it and nobody takes over",
                help="add `dev NAME`, or `no_track` to say that it is meant so",
            )


@rule("LVS278", "rule-without-preference", "warning", Host, effect="latent")
def rule_without_preference(host: Host, ctx: Context, emit: Emit) -> None:
    """A rule without a preference: which of them comes first depends on what happened before."""
    for _, items in _lists(host, "rules"):
        bare = [i for i in items if not _PREFERENCES & _options(i.words).keys() and not _wrong_rule(i.words)]
        if bare:
            emit(
                bare[0].origin,
                f"this rule has no preference{_more(bare)}: keepalived numbers such rules from 16384 downwards, so that what "
                "stands further down in the file is looked at first",
                help="add `preference N`, below 32766, to every rule",
            )


@rule("LVS279", "old-route-words", "info", Host, fix="safe")
def old_route_words(host: Host, ctx: Context, emit: Emit) -> None:
    """Words of routes that have a successor."""
    for _, items in _lists(host, "routes"):
        for word, newer in _OLD.items():
            old = [(item.origin, at) for item in items if (at := _options(item.words).get(word))]
            if old:
                emit(
                    old[0],
                    f"`{word}` in a route is deprecated{_more(old)}: keepalived still reads it",
                    help=f"write `{newer}` instead",
                    fix=edits.fix(f"write `{newer}`", *(edits.replaced(*each, newer) for each in old)),
                )


@rule("LVS282", "route-without-scope", "error", Host, effect="latent", fix="safe")
def route_without_scope(host: Host, ctx: Context, emit: Emit) -> None:
    """An IPv4 route of a type that needs a scope: the kernel refuses it."""
    for _, items in _lists(host, "routes"):
        for item in items:
            options = _options(item.words)
            kind = next((word for word in _SCOPES if word in options), "")
            if not kind or "scope" in options or _is_ipv6(item.words):
                continue
            emit(
                (item.origin, options[kind]),
                f"the kernel takes a `{kind}` route of IPv4 with `scope {_SCOPES[kind]}` only, and keepalived does not add it by "
                "itself: the route is never there, the log says `Netlink: error: Invalid argument`",
                help=f"add `scope {_SCOPES[kind]}`",
                fix=edits.fix(
                    f"add `scope {_SCOPES[kind]}`",
                    edits.replaced(item.origin, len(item.words) - 1, f"{item.words[-1]} scope {_SCOPES[kind]}"),
                )
                if "nexthop" not in item.words
                else None,
            )


def _is_ipv6(words: Sequence[str]) -> bool:
    return "inet6" in words or any(_family(word) == 6 for word in words)


@rule("LVS288", "route-refused", "error", Host, effect="latent")
def route_refused(host: Host, ctx: Context, emit: Emit) -> None:
    """A route that keepalived drops: without a destination, or of two families."""
    for _, items in _lists(host, "routes"):
        for item in items:
            at = _destination(item.words)
            if at is None:
                emit(
                    item.origin,
                    "this route has no destination: keepalived drops it",
                    help="write `default`, or the network that it leads to",
                )
                continue
            odd = _other_family(item.words, at)
            if odd:
                emit(
                    (item.origin, odd),
                    f"`{item.words[odd]}` and `{item.words[at]}` are of two families: keepalived drops the route",
                    help="write a gateway and a source of the destination's family",
                )


def _other_family(words: Sequence[str], destination: int) -> int:
    """Where an address stands that is not of the destination's family, 0 for none. `via inet6` says that it is meant."""
    options, family = _options(words), _family(words[destination])
    for option in ("src", "via", "gw"):
        at = options.get(option)
        if at is not None and family and _family(words[at + 1]) not in (0, family):
            return at + 1
    return 0


@rule("LVS289", "rule-refused", "error", Host, effect="latent")
def rule_refused(host: Host, ctx: Context, emit: Emit) -> None:
    """A rule that keepalived drops: without an action, with two of them, or of two families."""
    for _, items in _lists(host, "rules"):
        for item in items:
            problem = _wrong_rule(item.words)
            if problem:
                emit(item.origin, f"this rule {problem}: keepalived drops it")


def _wrong_rule(words: Sequence[str]) -> str:
    options = _options(words)
    actions = [word for word in options if word in _ACTIONS]
    if not actions:
        return "says what it is for, and not what to do (`table NAME`, `blackhole` …)"
    if len(actions) > 1:
        return f"has several actions ({quoted(actions)})"
    sides = {_family(words[options[side] + 1]) for side in ("from", "to") if side in options} - {0}
    if len(sides) > 1:
        return "matches IPv4 on one side and IPv6 on the other"
    target, own = _number(words, options, {"goto"}), _number(words, options, _PREFERENCES)
    if target is not None and own is not None and target <= own:
        return f"goes from {own} to {target}, and a rule can only go forward"
    table = _number(words, options, {"table", "lookup"})
    return "names the table 0, which is none" if table == 0 else ""


def _number(words: Sequence[str], options: dict[str, int], names: frozenset[str] | set[str]) -> int | None:
    """The number behind one of some options."""
    at = next((options[name] for name in names if name in options), None)
    return int(words[at + 1]) if at is not None and words[at + 1].isdecimal() else None


@rule("LVS290", "protocol-replaced", "warning", Host)
def protocol_replaced(host: Host, ctx: Context, emit: Emit) -> None:
    """A route or rule with a protocol of its own: keepalived tracks only what bears its own."""
    if ctx.newest() < TRACKED_SINCE:
        return
    for kind in ("routes", "rules"):
        for _, items in _lists(host, kind):
            for item in items:
                options = _options(item.words)
                at = options.get("protocol", -1) + 1
                # A rule's protocol is a number, for most versions.
                tracked = item.words[at].isdecimal() if kind == "rules" else options.keys() & {"dev", "oif"}
                if at and tracked and "no_track" not in options and item.words[at] not in ("keepalived", "18"):
                    emit(
                        (item.origin, at),
                        f"keepalived tracks only what bears its own protocol: it puts that in the place of `{item.words[at]}`",
                        help="add `no_track` to keep the protocol, or remove it",
                    )
