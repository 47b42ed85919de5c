"""1xx: bytes and lines, includes, variables, generators."""

from __future__ import annotations

from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.hints import BOM, quoted
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Edit, Span
from lvscompile.syntax.keepalived.words import words as words_of
from lvscompile.syntax.remarks import Remark


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


@rule("LVS117", "trailing-backslash", "error", "trailing-backslash", effect="latent")
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


@rule("LVS118", "line-too-long", "error", "long-line", effect="latent")
def line_too_long(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A line that does not fit keepalived's buffer of 1023 bytes."""
    span = Span(remark.stmt.source, remark.stmt.start, min(remark.stmt.start + 60, remark.stmt.end))
    emit(
        span,
        f"this line has {remark.facts['length']} bytes, keepalived reads {remark.facts['limit']}: up to 2.2 the rest "
        "is read as a new line (even the rest of a comment), newer versions drop the first part and read the rest",
        help="break the line up",
    )


@rule("LVS119", "nul-byte", "error", "nul-byte", effect="latent")
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


@rule("LVS126", "byte-order-mark", "error", "unknown-keyword", "unknown-block", effect="outage", fix="safe")
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
        fix=edits.fix("remove the byte order mark", Edit(Span(remark.stmt.source, start, start + 1), "")),
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
