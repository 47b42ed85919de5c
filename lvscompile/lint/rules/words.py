"""1xx: keywords and their arguments."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.ir.commands import is_script
from lvscompile.ir.core import Keyword, Target, parse_version, show_version
from lvscompile.ir.settings import is_newer, successor
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, KeywordUse
from lvscompile.lint.hints import closest, keyword_hint, obsolete_keyword, place, told_elsewhere
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Fix, span_from
from lvscompile.syntax.keepalived.arguments import check
from lvscompile.syntax.keepalived.keywords import table
from lvscompile.syntax.keepalived.words import has_unmatched_quote
from lvscompile.syntax.keepalived.words import words as words_of
from lvscompile.syntax.remarks import Remark

NEGATIVE = frozenset({"off", "no", "false", "0", "none", "disable", "disabled"})
POSITIVE = frozenset({"on", "yes", "true", "1", "enable", "enabled"})
_BACKUP = frozenset({"backup", "slave"})


@rule("LVS101", "unknown-keyword", "error", "unknown-keyword", fix="safe")
def unknown_keyword(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A keyword that keepalived does not know in this block."""
    name, block = remark.facts["name"], remark.facts["block"]
    if obsolete_keyword(name, block) is not None or told_elsewhere(remark):
        return
    word, sign, _ = name.partition("=")
    help = keyword_hint(word, remark.facts["table"], block)
    if word in remark.facts["table"]:
        help = f"leave the `=` out: `{word} VALUE`"
    emit(
        (remark.stmt, remark.word),
        f"keepalived knows no keyword `{word + sign}` in {place(block)}: it ignores the line and goes on with its default",
        help=help,
        fix=_other_keyword(remark, word, bool(sign)),
    )


def _other_keyword(remark: Remark, word: str, with_sign: bool) -> Fix | None:
    """`priority=100` in two words; or the keyword that was probably meant, where the words behind it suit it."""
    keywords, stmt = remark.facts["table"], remark.stmt
    found = words_of(stmt.text)
    if word in keywords:  # else it would be known
        value = found[0].removeprefix(f"{word}=")
        if len(found) > 1 or not _suits(keywords[word], (value,)):
            return None
        return edits.fix("leave the `=` out", edits.blanked(stmt, len(word)), safe=_is_harmless(keywords[word]))
    near = closest(word, keywords)
    if not near or with_sign or not _suits(keywords[near], found[1:]):
        return None
    return edits.fix(f"write `{near}`", edits.replaced(stmt, 0, near), safe=False)


def _suits(keyword: Keyword, arguments: Sequence[str]) -> bool:
    return not keyword.body and _fits(keyword, arguments)


def _fits(keyword: Keyword, arguments: Sequence[str]) -> bool:
    return check(keyword.arguments, arguments) is None


def _is_harmless(keyword: Keyword) -> bool:
    """Whether a statement that begins to count leaves the peers on speaking terms: they may have the same mistake."""
    return keyword.block != "vrrp_instance/authentication"


@rule("LVS103", "missing-argument", "error", "missing-argument", effect="outage")
def missing_argument(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A keyword without the word that must follow: keepalived exits at once."""
    keyword = remark.facts["keyword"]
    if has_unmatched_quote(remark.stmt.text):
        return  # said by unmatched-quote
    emit(
        remark.stmt,
        f"`{keyword.name}` needs {remark.facts['expected']} behind it: keepalived exits with status 2 at this line, "
        "at start and on reload, and takes every virtual address down with it",
        help=f"write `{keyword.name} VALUE`, or remove the line",
    )


@rule("LVS104", "invalid-value", "error", "bad-argument", fix="safe")
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
        name = value[1:].removeprefix("{").removesuffix("}")
        help = (
            f"nothing defines `{name}` before this line"
            if name.isidentifier()
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
        # What keepalived goes on with is what was meant.
        severity="warning" if keyword.name == "state" and value.lower() in _BACKUP else "",
        effect="outage" if keyword.body or keyword.name in ("virtual_router_id", "interface") else "",
        fix=_other_value(remark, keyword, near),
    )


def _other_value(remark: Remark, keyword: Keyword, near: str) -> Fix | None:
    """The value in the letters that keepalived knows, without a `=` before it, or the address without its port."""
    stmt, found, at = remark.stmt, remark.facts["words"], remark.word
    assert at is not None
    expected = remark.facts["expected"]
    value = found[at]
    if near:
        wrong = check(keyword.arguments, (*found[1:at], near, *found[at + 1 :]))
        if wrong is not None and wrong.kind != "extra":
            return None
        safe = near.lower() == value.lower() and _is_harmless(keyword)
        return edits.fix(f"write `{near}`", edits.replaced(stmt, at, near), safe=safe)
    for title, plain in (
        ("remove the `;`", value.removesuffix(";")),
        ("write the number alone, it is in seconds", value.removesuffix("s") if "seconds" in expected else value),
    ):
        if _fits(keyword, (*found[1:at], plain, *found[at + 1 :])):
            return edits.fix(title, edits.replaced(stmt, at, plain), safe=_is_harmless(keyword))
    if found[1] == "=" and _fits(keyword, found[2:]):
        return edits.fix("leave the `=` out", edits.without(stmt, 1), safe=_is_harmless(keyword))
    address, _, port = value.partition(":")
    if keyword.name in ("virtual_server", "real_server", "sorry_server") and len(found) == 2:
        pair = (address, port)
        if _fits(keyword, pair):  # no address of IPv6 ends at its first colon
            return edits.fix("write address and port as two words", edits.replaced(stmt, 1, " ".join(pair)))
    return None


def _default(keyword: object) -> str:
    default = getattr(keyword, "default", "")
    return f" and goes on with {default}" if default else ""


@rule("LVS105", "out-of-range", "error", "bad-argument", fix="safe")
def out_of_range(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A number outside the range that keepalived takes."""
    keyword = remark.facts["keyword"]
    if remark.facts["problem"] != "range":
        return
    assert remark.word is not None
    value = remark.facts["words"][remark.word]
    if _is_default(value, keyword.default):
        emit(
            (remark.stmt, remark.word),
            f"`{keyword.name} {value}` is out of range: keepalived complains and ignores the line, and goes on with "
            f"{keyword.default} all the same",
            severity="info",
            help="remove the line: it changes nothing",
            fix=edits.fix("remove the line", edits.removed(remark.stmt)),
        )
        return
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


def _is_default(value: str, default: str) -> bool:
    """Whether the rejected number is what keepalived has without the line, too: an interval or a timeout of 0."""
    return default == "0" and value.strip("0") in ("", ".")


@rule("LVS111", "flag-with-argument", "warning", "flag-argument", fix="safe")
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
            fix=edits.fix("remove the line", edits.removed(remark.stmt)) if len(words) == 2 else None,
        )
    else:
        certain = len(words) == 2 and value.lower() in POSITIVE
        emit(
            span_from(remark.stmt, 1),
            f"`{keyword.name}` is a flag: keepalived ignores what stands behind it",
            help=f"write `{keyword.name}` alone",
            fix=edits.fix(f"write `{keyword.name}` alone", edits.cut(remark.stmt, 1)) if certain else None,
        )


@rule("LVS112", "ignored-words", "warning", "extra-words", fix="safe")
def ignored_words(remark: Remark, ctx: Context, emit: Emit) -> None:
    """Words behind a complete statement: keepalived ignores them without a message."""
    keyword, words = remark.facts["keyword"], remark.facts["words"]
    assert remark.word is not None
    if is_script(keyword.arguments):
        return  # said by unquoted-script-arguments
    if "tail" in remark.facts:
        _ignored_tail(remark, words[remark.word], emit)
        return
    emit(
        span_from(remark.stmt, remark.word),
        f"keepalived ignores what stands behind `{' '.join(words[: remark.word])[:60]}`",
        help="if this is a remark, put a `#` before it",
        fix=None if keyword.quoted else _without_surplus(remark, words),
    )


def _ignored_tail(remark: Remark, word: str, emit: Emit) -> None:
    """A mask is harmless where there is an address only; who writes a range means more addresses than one."""
    assert remark.word is not None
    is_range = "-" in word
    address = word.partition("-" if is_range else "/")[0]
    emit(
        (remark.stmt, remark.word),
        f"keepalived reads `{address}` here and ignores what stands behind it: "
        + ("this is one address, no range" if is_range else "this is an address, without a mask"),
        severity="" if is_range else "info",
        help=f"write `{address}`",
        fix=edits.fix(f"write `{address}`", edits.replaced(remark.stmt, remark.word, address), safe=not is_range),
    )


def _without_surplus(remark: Remark, words: Sequence[str]) -> Fix | None:
    """What is certainly no argument: the sign that ends statements elsewhere, and what begins comments elsewhere."""
    assert remark.word is not None
    if set(words[remark.word :]) == {";"}:
        return edits.fix("remove the `;`", edits.cut(remark.stmt, remark.word))
    if words[remark.word].startswith("//"):
        return edits.fix("put a `#` before the remark", edits.commented(remark.stmt, remark.word))
    return None


@rule("LVS113", "obsolete-keyword", "warning", "unknown-keyword", fix="safe")
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
    emit(
        (remark.stmt, remark.word),
        f"`{name}` does nothing: {history}, and today ignores the line",
        help=help,
        fix=_without_obsolete(remark, known, ctx.target),
    )


def _without_obsolete(remark: Remark, known: Keyword, target: Target) -> Fix | None:
    """The word that took its place in this block; or no line, where it was for something that is gone."""
    oldest, stmt = target.versions()[0], remark.stmt
    renamed = known.removed[:1].isdigit()
    if not known.use:
        gone = not renamed or parse_version(known.removed) < oldest
        return edits.fix("remove the line", edits.removed(stmt), safe=renamed) if gone else None
    newer = table(known.block).get(known.use)
    if newer is None or is_newer(newer, oldest) or not _suits(newer, words_of(stmt.text)[1:]):
        return None
    return edits.fix(f"write `{newer.name}`", edits.replaced(stmt, 0, newer.name), safe=renamed)


@rule("LVS114", "deprecated-keyword", "info", KeywordUse, fix="safe")
def deprecated_keyword(use: KeywordUse, ctx: Context, emit: Emit) -> None:
    """A word that still works, but has a successor."""
    keyword = use.keyword
    if not keyword.deprecated:
        return
    times = f" ({len(use.statements)} times in this configuration)" if len(use.statements) > 1 else ""
    emit(
        (use.statements[0], 0),
        f"`{keyword.name}` is deprecated{times}: keepalived still reads it, until some version no longer does",
        help=f"use {keyword.use} instead",
        fix=_up_to_date(use, ctx.target),
    )


def _up_to_date(use: KeywordUse, target: Target) -> Fix | None:
    """The successor, where every target version that knows the old word knows the new one."""
    keyword = use.keyword
    versions = [version for version in target.versions() if not is_newer(keyword, version)]
    newer = successor(keyword, versions[0]) if versions else keyword
    if newer is keyword:
        return None
    return edits.fix(f"write `{newer.name}`", *(edits.replaced(stmt, 0, newer.name) for stmt in use.statements))


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
    keyword, words = remark.facts["keyword"], words_of(remark.stmt.text)
    assert remark.word is not None
    if remark.facts["problem"] == "missing":
        emit(
            remark.stmt,
            f"this item of `{keyword.name}` ends too early: {remark.facts['expected']} is missing",
        )
        return
    word, kept = words[remark.word], remark.facts["kept"]
    harm = f"keepalived goes on with `{' '.join(kept)}`" if kept else "keepalived drops the line"
    emit(
        (remark.stmt, remark.word),
        f"`{word}` is nothing that an item of `{keyword.name}` takes here, which is {remark.facts['expected']}: {harm}",
        effect="latent",
    )
