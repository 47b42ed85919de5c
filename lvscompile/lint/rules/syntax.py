"""1xx: what keepalived's reader stumbles over, or silently takes for something else."""

from __future__ import annotations

from lvscompile.ir.core import show_version
from lvscompile.lint.engine import Context, Emit, Host, KeywordUse
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.hints import closest, keyword_hint, obsolete_keyword, place, quoted
from lvscompile.syntax.findings import Span, span_from
from lvscompile.syntax.keepalived.expand import LINE_BYTES
from lvscompile.syntax.keepalived.read import NAMED_ONCE
from lvscompile.syntax.keepalived.words import ends_in_backslash, has_unmatched_quote
from lvscompile.syntax.keepalived.words import words as words_of
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import encode

BOM = "\ufeff"
NEGATIVE = frozenset({"off", "no", "false", "0", "none", "disable", "disabled"})


def _told(remark: Remark) -> bool:
    """Whether another finding names the cause: a byte order mark, a backslash at the end, a line that is too long, a
    `${NAME}` that nothing defines."""
    stmt, name = remark.stmt, remark.facts.get("name", "")
    return (
        name.startswith(BOM)
        or (name.endswith("\\") and ends_in_backslash(stmt.text))
        or "${" in stmt.text
        or len(encode(stmt.source.text[stmt.start : min(stmt.end, stmt.start + LINE_BYTES + 1)].rstrip("\n")))
        > LINE_BYTES
    )


@rule("LVS101", "unknown-keyword", "error", "unknown-keyword")
def unknown_keyword(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A keyword that keepalived does not know in this block."""
    name, block = remark.facts["name"], remark.facts["block"]
    if obsolete_keyword(name, block) is not None or _told(remark):
        return
    help = keyword_hint(name, remark.facts["table"], block)
    emit(
        (remark.stmt, remark.word),
        f"keepalived knows no keyword `{name}` in {place(block)}: it ignores the line and goes on with its default",
        help=help,
    )


@rule("LVS102", "unknown-block", "error", "unknown-block", effect="outage")
def unknown_block(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A block that keepalived does not know: its `}` closes the block around it."""
    name, block = remark.facts["name"], remark.facts["block"]
    if _told(remark):
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
    elif value == "=":
        help = f"leave the `=` out: `{keyword.name} VALUE`"
    elif keyword.name in ("virtual_server", "real_server", "sorry_server") and ":" in value:
        address, _, port = value.rpartition(":")
        help = f"address and port are two words: `{keyword.name} {address} {port}`"
    emit(
        (remark.stmt, remark.word),
        f"`{keyword.name}` takes {remark.facts['expected']}, not `{value}`: {harm}",
        help=help,
        effect="outage" if keyword.name in ("virtual_router_id", "interface") else "",
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
            "part of it, and misreads it",
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
        emit(remark.stmt, "this `}` closes nothing: no block is open here", help="remove it")


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


@rule("LVS110", "lost-on-one-line", "error", "lost-keywords", "lost-items")
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
            effect="latent",
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


@rule("LVS116", "unmatched-quote", "error", "unmatched-quote")
def unmatched_quote(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A double quote without its partner: the words from it on are lost."""
    text = remark.stmt.source.text
    at = text.rfind('"', remark.stmt.start, remark.stmt.end)
    place_ = remark.stmt if at < 0 else Span(remark.stmt.source, at, at + 1)
    alone = len(words_of(remark.stmt.text)) < 2
    harm = ". Where the keyword is left without a word that it needs, keepalived exits" if alone else ""
    emit(
        place_,
        f'a `"` without its partner: keepalived drops the words from here to the end of the line, braces included{harm}',
        effect="outage" if alone else "",
        help='close the quote, or remove it; `\\"` is no way to have a quote inside quotes',
    )


@rule("LVS117", "trailing-backslash", "error", "trailing-backslash")
def trailing_backslash(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A backslash at the end of a line: it does not continue the line, it becomes part of it."""
    raw = remark.stmt.source.text[remark.stmt.start : remark.stmt.end].rstrip("\r\n")
    at = remark.stmt.start + len(raw) - 1
    in_comment = "#" in raw or "!" in raw
    what = (
        "even at the end of a comment it is kept, and glued to the last word before the comment (or read as a line of "
        "its own)"
        if in_comment
        else "keepalived does not continue the line, it takes the backslash for part of the last word"
    )
    emit(
        Span(remark.stmt.source, at, at + 1),
        f"a backslash ends this line: {what}",
        help="remove it; in Shift-JIS, the last byte of some characters is a backslash: put a full stop behind it",
        effect="outage",
    )


@rule("LVS118", "line-too-long", "error", "long-line")
def line_too_long(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A line that does not fit keepalived's buffer of 1023 bytes."""
    span = Span(remark.stmt.source, remark.stmt.start, min(remark.stmt.start + 60, remark.stmt.end))
    emit(
        span,
        f"this line has {remark.facts['length']} bytes, keepalived reads {remark.facts['limit']}: up to 2.2 the rest "
        "is read as a new line (even the rest of a comment), newer versions drop the first part and read the rest",
        help="break the line up",
    )


@rule("LVS119", "nul-byte", "error", "nul-byte")
def nul_byte(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A NUL byte: the rest of the line vanishes, or the whole line."""
    at = remark.stmt.source.text.find("\0", remark.stmt.start)
    emit(
        Span(remark.stmt.source, at, at + 1),
        "a NUL byte: up to 2.2 keepalived does not see the rest of the line, newer versions drop the line",
        help="the file is damaged, or saved as UTF-16: save it as UTF-8",
    )


@rule("LVS120", "include-finds-nothing", "warning", "include-missing")
def include_missing(remark: Remark, ctx: Context, emit: Emit) -> None:
    """An include whose pattern names no file."""
    pattern = remark.facts["pattern"]
    if remark.facts["strict"]:
        emit(
            remark.stmt,
            f"no file matches `{pattern}`: keepalived exits with status 6, it does not start",
            severity="error",
            effect="outage",
        )
        return
    quote = "; quotes are part of the name here, leave them out" if pattern.startswith('"') else ""
    emit(
        remark.stmt,
        f"no file matches `{pattern}`: keepalived logs this and goes on without it, also under `keepalived -t`{quote}",
        help="references to what it should define are not judged",
    )


@rule(
    "LVS121",
    "include-skipped",
    "error",
    "include-executable",
    "include-directory",
    "include-cycle",
    "include-limit",
    "include-unreadable",
)
def include_skipped(remark: Remark, ctx: Context, emit: Emit) -> None:
    """An included file that is not read."""
    path = remark.facts["path"]
    why = {
        "include-executable": f"`{path}` is executable, and keepalived skips executable files: it logs this and goes on "
        "without it, also under `keepalived -t`",
        "include-directory": f"`{path}` is a directory: keepalived logs this and goes on without it, also under "
        "`keepalived -t`",
        "include-cycle": f"`{path}` includes itself, directly or by way of others: read no further here; keepalived "
        "goes on until it runs out of file descriptors",
        "include-limit": f"`{path}` is not read: too many included files",
        "include-unreadable": f"`{path}` cannot be read: {remark.facts.get('reason', '')}",
    }[remark.kind]
    help = {"include-executable": f"chmod -x {path}", "include-directory": f"include {path}/*.conf"}.get(
        remark.kind, ""
    )
    emit(remark.stmt, why, help=help)


@rule("LVS122", "undefined-variable", "error", "undefined-variable", effect="outage")
def undefined_variable(remark: Remark, ctx: Context, emit: Emit) -> None:
    """`${NAME}` that nothing defines: its braces open and close blocks."""
    name = remark.facts["name"]
    emit(
        remark.stmt,
        f"nothing defines `{name}` before this line: keepalived leaves `${{{name}}}` as it is, and its braces then open "
        "and close blocks",
        help=f"define it above: `${name}=VALUE`, without a blank before the `=`",
    )


@rule("LVS123", "endless-definition", "error", "endless-definition", effect="outage")
def endless_definition(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A definition that refers to itself: keepalived hangs."""
    name = remark.facts.get("name", "")
    what = f"the definition of `{name}` leads back to itself" if name else "this expands without end"
    emit(remark.stmt, f"{what}: keepalived hangs here, at start and on reload")


@rule("LVS124", "invalid-generator", "error", "bad-generator")
def bad_generator(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A ~SEQ or ~LST that keepalived does not take."""
    emit(
        remark.stmt,
        "keepalived does not take this generator and drops the line",
        help="the forms are `~SEQ(var, [start, [step,]] end) text` and `~LST(var, v1, v2, …) text`",
    )


@rule("LVS125", "too-many-lines", "error", "too-many-instances", "too-much")
def too_many_lines(remark: Remark, ctx: Context, emit: Emit) -> None:
    """More generated lines than anyone can mean."""
    emit(
        remark.stmt,
        f"this generates more than {remark.facts['limit']} lines; the rest is not looked at (keepalived takes minutes "
        "over it)",
    )


@rule("LVS126", "byte-order-mark", "error", "unknown-keyword", "unknown-block", effect="outage")
def byte_order_mark(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A byte order mark at the start of the file: the first keyword is unknown because of it."""
    name = remark.facts["name"]
    if not name.startswith(BOM):
        return
    start = remark.stmt.source.text.index(BOM)
    taken = f"part of `{name[1:]}`" if name[1:] else "a keyword of its own"
    emit(
        Span(remark.stmt.source, start, start + len(name)),
        f"the file begins with a byte order mark: keepalived takes it for {taken}, and does not know that keyword",
        help="save the file as UTF-8 without a byte order mark",
    )


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
    word = words[remark.word] if len(words) > 1 else words[0]
    emit(
        (remark.stmt, remark.word),
        f"`{word}` is no item of `{keyword.name}` that keepalived takes: it expects {remark.facts['expected']} here",
        effect="latent",
    )


@rule("LVS130", "no-matching-host", "info", Host)
def no_matching_host(host: Host, ctx: Context, emit: Emit) -> None:
    """Lines that count on some hosts only, none of which is this one."""
    ids = [name for name in host.conditions if name]
    if not ids or host.config_id in ids:
        return
    first = host.conditions[ids[0]][0]
    emit(
        first,
        f"lines behind `@{ids[0]}` count on the host of that name only; this host is `{host.config_id}`, and none of "
        f"the names in the file ({quoted(ids[:6])}) is it",
        help="say which host this is: `HOST=PATH` or --config-id",
    )
