"""1xx: blocks, braces, and what stands on one line."""

from __future__ import annotations

from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit
from lvscompile.lint.hints import keyword_hint, obsolete_keyword, place, quoted, told_elsewhere
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Fix, span_from
from lvscompile.syntax.keepalived.arguments import check
from lvscompile.syntax.keepalived.keywords import table
from lvscompile.syntax.keepalived.words import words as words_of
from lvscompile.syntax.remarks import Remark


@rule("LVS102", "unknown-block", "error", "unknown-block", effect="outage")
def unknown_block(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A block that keepalived does not know: its `}` closes the block around it."""
    name, block = remark.facts["name"], remark.facts["block"]
    if told_elsewhere(remark):
        return
    known = obsolete_keyword(name, block)
    if remark.facts["inside"]:
        harm = (
            f"what is inside is read as part of {place(block)}, and its `}}` closes that block: "
            "everything behind it is misread"
        )
    else:
        harm = "what is inside is read as if it stood at the top level"
    if known is not None and known.use:
        help = (
            f"this block is gone since keepalived {known.removed}; use {known.use} instead"
            if (known.removed[:1].isdigit())
            else f"use {known.use} instead"
        )
    else:
        help = keyword_hint(name, remark.facts["table"], block)
    emit((remark.stmt, remark.word), f"keepalived knows no block `{name}` in {place(block)}: {harm}", help=help)


@rule("LVS106", "missing-closing-brace", "error", "missing-close", effect="outage")
def missing_close(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A block that is never closed."""
    head = remark.stmt.text.strip().rstrip("{ \t\r\n").split("\n")[0][:60]
    if remark.related:
        later = remark.related[0]
        word = later.text.strip().partition(" ")[0]
        emit(
            remark.stmt,
            f"`{head}` is not closed before `{word}` begins in line {later.line}: keepalived takes what follows for "
            "part of it, and misreads it"
            if later.start != remark.stmt.start
            else f"`{head}` is not closed before this line generates the next `{word}`: keepalived takes that for part of it",
            related=[(later, "this no longer belongs to the block, but keepalived reads it inside")],
            help="add the missing `}`",
        )
    else:
        emit(remark.stmt, f"`{head}` is never closed: the file ends inside it", help="add the missing `}`")


@rule("LVS107", "extra-closing-brace", "error", "extra-close")
def extra_close(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A `}` that closes nothing, or closes a block too early."""
    if remark.related:
        emit(
            remark.stmt,
            "this `}` is one too many: it ends the block early, and the keywords behind it are read one level further "
            "out, where keepalived does not know them",
            related=[(remark.related[0], "the block that it closes begins here")],
            effect="outage",
            help="remove it, or open the block that it should close",
        )
    else:
        more = remark.facts["more"]
        again = f" (nor do the {more} behind it)" if more > 1 else " (nor does the next)" if more else ""
        emit(remark.stmt, f"this `}}` closes nothing{again}: no block is open here", help="remove it")


@rule("LVS108", "missing-opening-brace", "error", "missing-open", effect="outage")
def missing_open(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A block's keyword without its `{`."""
    keyword = remark.facts["keyword"]
    if keyword.body in ("lines", "words") and not remark.facts["closes"]:
        harm = "keepalived reads the lines up to the next `}` as its items, without a word"
    elif remark.facts["closes"]:
        harm = "keepalived opens the block all the same, and the next `}` closes it: the block around it stays open"
    else:
        harm = "keepalived opens the block all the same, and reads the next lines inside it"
    emit(
        (remark.stmt, remark.word),
        f"`{keyword.name}` needs a `{{`: {harm}",
        related=[(remark.related[0], "keepalived looked for the `{` here")],
        help=f"write `{keyword.name} {{` and `}}`, with nothing between them for the defaults"
        if keyword.body == "block"
        else f"write `{keyword.name} {{`",
    )


@rule("LVS109", "unexpected-brace", "error", "unexpected-brace", "brace-in-list", effect="outage")
def unexpected_brace(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A `{` where no block begins: its `}` closes the block around it."""
    if "${" in remark.stmt.text:
        return  # said by undefined-variable
    keyword = remark.facts.get("keyword", "")
    known = table(remark.facts["block"]).get(keyword)
    if (
        known is not None
        and (wrong := check(known.arguments, words_of(remark.stmt.text)[1:]))
        and wrong.kind == "missing"
    ):
        return  # said by missing-argument: keepalived gets no further
    what = f"`{keyword}` opens no block" if keyword else "no block begins here"
    if remark.kind == "brace-in-list":
        what = "a list of items has no blocks inside"
    block = remark.facts["block"]
    emit(
        remark.stmt,
        f"{what}: keepalived ignores this `{{`, and the `}}` that belongs to it closes "
        + (f"{place(block)} instead" if block else "nothing"),
        help="remove the braces",
    )


@rule("LVS110", "lost-on-one-line", "error", "lost-keywords", "lost-items", fix="safe")
def lost_on_one_line(remark: Remark, ctx: Context, emit: Emit) -> None:
    """Several keywords, or several items, on one line: all but the first are lost."""
    words, keyword = remark.facts["words"], remark.facts["keyword"]
    assert remark.word is not None
    if remark.kind == "lost-keywords":
        lost = remark.facts["lost"]
        kept = " ".join(words[: remark.word])
        emit(
            span_from(remark.stmt, remark.word),
            f"keepalived reads one keyword a line: {quoted(lost)} behind `{kept}` is ignored without a message",
            help="put each keyword on a line of its own",
            effect="outage" if {"virtual_router_id", "interface"} & set(lost) else "latent",
            fix=_keywords_apart(remark),
        )
        return
    first = words[0]
    dropped = keyword.name.startswith("track_")
    harm = "drops the whole line" if dropped else f"keeps `{first}` only"
    emit(
        span_from(remark.stmt, remark.word),
        f"`{keyword.name}` takes one item a line: keepalived {harm}, and takes what follows for options",
        help="put each item on a line of its own",
        effect="latent",
        fix=_items_apart(remark),
    )


def _keywords_apart(remark: Remark) -> Fix | None:
    """Each keyword on its line, where it is plain which words belong to which. A password that begins to count shuts out
    a peer that has the same mistake.
    """
    words, keyword, block = remark.facts["words"], remark.facts["keyword"], remark.facts["keyword"].block
    starts, at = [], 0
    while True:
        wrong = check(keyword.arguments, words[at + 1 :])
        if keyword.body or keyword.quoted or (wrong is not None and wrong.kind != "extra"):
            return None
        if wrong is None:
            break
        at += wrong.word + 1
        keyword = table(block).get(words[at])
        if keyword is None:
            return None
        starts.append(at)
    safe = block != "vrrp_instance/authentication"
    return edits.fix("put each keyword on a line of its own", edits.split(remark.stmt, starts), safe=safe)


def _items_apart(remark: Remark) -> Fix | None:
    """The same for items, each as long as it can be."""
    words, item = remark.facts["words"], remark.facts["keyword"].item
    starts, at = [], 0
    while (wrong := check(item, words[at:])) is not None:
        if check(item, words[at : at + wrong.word]) is not None:
            return None
        at += wrong.word
        starts.append(at)
    return edits.fix("put each item on a line of its own", edits.split(remark.stmt, starts))


@rule("LVS127", "block-name", "error", "block-name", effect="outage")
def block_name(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A block that needs exactly one name, without one or with several."""
    keyword, count = remark.facts["keyword"], remark.facts["names"]
    problem = "no name" if count == 0 else f"{count} names"
    emit(
        (remark.stmt, remark.word),
        f"`{keyword.name}` needs exactly one name and has {problem}: keepalived skips the whole block",
        help=f"write `{keyword.name} NAME {{`" + ("; put a name with blanks in double quotes" if count else ""),
    )


@rule("LVS128", "duplicate-block", "error", "duplicate-block", effect="outage")
def duplicate_block(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A second block of the same name: keepalived skips it."""
    keyword, name = remark.facts["keyword"], remark.facts["name"]
    emit(
        (remark.stmt, remark.word),
        f"there already is a `{keyword.name} {name}`: keepalived skips this one, with all that is in it",
        help="give it a name of its own, or merge the two",
    )
