"""1xx: keywords and their arguments."""

from __future__ import annotations

from lvscompile.ir.core import show_version
from lvscompile.lint.engine import Context, Emit, KeywordUse
from lvscompile.lint.hints import closest, keyword_hint, obsolete_keyword, place, told_elsewhere
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import span_from
from lvscompile.syntax.keepalived.read import NAMED_ONCE
from lvscompile.syntax.keepalived.words import has_unmatched_quote
from lvscompile.syntax.remarks import Remark

NEGATIVE = frozenset({"off", "no", "false", "0", "none", "disable", "disabled"})


@rule("LVS101", "unknown-keyword", "error", "unknown-keyword")
def unknown_keyword(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A keyword that keepalived does not know in this block."""
    name, block = remark.facts["name"], remark.facts["block"]
    if obsolete_keyword(name, block) is not None or told_elsewhere(remark):
        return
    word, sign, _ = name.partition("=")
    help = keyword_hint(word, remark.facts["table"], block)
    if sign and word in remark.facts["table"]:
        help = f"leave the `=` out: `{word} VALUE`"
    emit(
        (remark.stmt, remark.word),
        f"keepalived knows no keyword `{word + sign}` in {place(block)}: it ignores the line and goes on with its default",
        help=help,
    )


@rule("LVS103", "missing-argument", "error", "missing-argument", effect="outage")
def missing_argument(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A keyword without the word that must follow: keepalived exits at once."""
    keyword = remark.facts["keyword"]
    if keyword.name in NAMED_ONCE or has_unmatched_quote(remark.stmt.text):
        return  # said by block-name, by unmatched-quote
    emit(
        remark.stmt,
        f"`{keyword.name}` needs {remark.facts['expected']} behind it: keepalived exits with status 2 at this line, "
        "at start and on reload, and takes every virtual address down with it",
        help=f"write `{keyword.name} VALUE`, or remove the line",
    )


@rule("LVS104", "invalid-value", "error", "bad-argument")
def invalid_value(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A value of the wrong kind: keepalived drops it and goes on with the default."""
    keyword, problem = remark.facts["keyword"], remark.facts["problem"]
    if problem == "range" or keyword.name == "auth_pass":
        return
    words, choices = remark.facts["words"], remark.facts["choices"]
    assert remark.word is not None
    value = words[remark.word]
    if "${" in remark.stmt.text and '"' not in remark.stmt.text:
        return  # said by undefined-variable, or known at run time only
    near = next((c for c in choices if c.lower() == value.lower()), "") or closest(value, choices)
    if keyword.body:
        harm = "keepalived skips the whole block"
    else:
        harm = f"keepalived ignores the line{_default(keyword)}"
    help = f"did you mean `{near}`?" if near else ""
    if near and near.lower() == value.lower():
        help = f"write `{near}`: keepalived tells upper from lower case here"
    elif value[:1] == "$":
        help = (
            f"nothing defines `{value[1:]}` before this line"
            if value[1:].isidentifier()
            else ("`$NAME` is replaced before a blank, a comma, a `)` or the end of the line only: write `${NAME}`")
        )
    elif "=" in words:
        help = f"leave the `=` out: `{keyword.name} VALUE`"
    elif keyword.name in ("virtual_server", "real_server", "sorry_server") and ":" in value:
        address, _, port = value.rpartition(":")
        help = f"address and port are two words: `{keyword.name} {address} {port}`"
    emit(
        (remark.stmt, remark.word),
        f"`{keyword.name}` takes {remark.facts['expected']}, not `{value}`: {harm}",
        help=help,
        effect="outage" if keyword.body or keyword.name in ("virtual_router_id", "interface") else "",
    )


def _default(keyword: object) -> str:
    default = getattr(keyword, "default", "")
    return f" and goes on with {default}" if default else ""


@rule("LVS105", "out-of-range", "error", "bad-argument")
def out_of_range(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A number outside the range that keepalived takes."""
    keyword = remark.facts["keyword"]
    if remark.facts["problem"] != "range":
        return
    assert remark.word is not None
    value = remark.facts["words"][remark.word]
    fatal = keyword.name == "virtual_router_id"
    harm = (
        "the instance is left without a VRID and the whole daemon stops"
        if fatal
        else f"keepalived ignores the line{_default(keyword)}"
    )
    emit(
        (remark.stmt, remark.word),
        f"`{keyword.name} {value}` is out of range: it takes {remark.facts['expected']}; {harm}",
        effect="outage" if fatal else "",
    )


@rule("LVS111", "flag-with-argument", "warning", "flag-argument")
def flag_with_argument(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A flag written with a value: the flag is set whatever the value says."""
    keyword, words = remark.facts["keyword"], remark.facts["words"]
    value = words[1]
    if value.lower() in NEGATIVE:
        emit(
            (remark.stmt, 1),
            f"`{keyword.name} {value}` turns {keyword.name} ON: it is a flag, and keepalived ignores the word behind it",
            help=f"remove the line to have {keyword.name} off",
            severity="error",
            effect="latent",
        )
    else:
        emit(
            span_from(remark.stmt, 1),
            f"`{keyword.name}` is a flag: keepalived ignores what stands behind it",
            help=f"write `{keyword.name}` alone",
        )


@rule("LVS112", "ignored-words", "warning", "extra-words")
def ignored_words(remark: Remark, ctx: Context, emit: Emit) -> None:
    """Words behind a complete statement: keepalived ignores them without a message."""
    keyword, words = remark.facts["keyword"], remark.facts["words"]
    assert remark.word is not None
    if keyword.quoted:
        emit(
            span_from(remark.stmt, remark.word),
            f"`{keyword.name}` runs `{words[1]}` alone: a command and its arguments must be one quoted word, the rest "
            "of the line is dropped without a message",
            help=f'write `{keyword.name} "{" ".join(words[1:])}"`',
            severity="error",
            effect="latent",
        )
        return
    emit(
        span_from(remark.stmt, remark.word),
        f"keepalived ignores what stands behind `{' '.join(words[: remark.word])[:60]}`",
        help="if this is a remark, put a `#` before it",
    )


@rule("LVS113", "obsolete-keyword", "warning", "unknown-keyword")
def obsolete_word(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A word that keepalived no longer knows, or never knew although documents say so."""
    name, block = remark.facts["name"], remark.facts["block"]
    known = obsolete_keyword(name, block)
    if known is None:
        return
    if known.removed[:1].isdigit():
        history = f"keepalived dropped it after {known.removed}"
    else:
        history = "no release of keepalived ever accepted it"
    help = f"use {known.use} instead" if known.use else "remove the line"
    emit((remark.stmt, remark.word), f"`{name}` does nothing: {history}, and today ignores the line", help=help)


@rule("LVS114", "deprecated-keyword", "info", KeywordUse)
def deprecated_keyword(use: KeywordUse, ctx: Context, emit: Emit) -> None:
    """A word that still works, but has a successor."""
    keyword = use.keyword
    if not keyword.deprecated:
        return
    times = f" ({len(use.statements)} times in this configuration)" if len(use.statements) > 1 else ""
    help = f"use {keyword.use} instead" if keyword.use else ""
    emit(
        (use.statements[0], 0),
        f"`{keyword.name}` is deprecated{times}: keepalived still reads it, until some version no longer does",
        help=help,
    )


@rule("LVS115", "keyword-too-new", "error", KeywordUse)
def keyword_too_new(use: KeywordUse, ctx: Context, emit: Emit) -> None:
    """A word that the target version of keepalived does not have yet."""
    keyword, target = use.keyword, ctx.target.keepalived
    if target is None or not keyword.since:
        return
    if keyword.since == "next":
        released = "is in no release yet"
    else:
        since = tuple(int(part) for part in keyword.since.split("."))
        if since <= target:
            return
        released = f"came with keepalived {keyword.since}"
    emit(
        (use.statements[0], 0),
        f"`{keyword.name}` {released}: {show_version(target)} does not know it and ignores the line",
    )


@rule("LVS129", "invalid-item", "error", "bad-item")
def invalid_item(remark: Remark, ctx: Context, emit: Emit) -> None:
    """An item of a list that keepalived does not take."""
    keyword, words = remark.facts["keyword"], remark.facts["words"]
    if remark.word is None or remark.word >= len(words):
        emit(
            remark.stmt,
            f"this item of `{keyword.name}` ends too early: {remark.facts['expected']} is missing",
        )
        return
    word, kept = words[remark.word] if len(words) > 1 else words[0], remark.facts["kept"]
    harm = f"keepalived goes on with `{' '.join(kept)}`" if kept else "keepalived drops the line"
    emit(
        (remark.stmt, remark.word),
        f"`{word}` is nothing that an item of `{keyword.name}` takes here, which is {remark.facts['expected']}: {harm}",
        effect="latent",
    )
