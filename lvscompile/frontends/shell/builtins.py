"""Commands of the shell itself: tests, variables, parameters, ways out."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lvscompile.frontends.shell.conditions import judge
from lvscompile.frontends.shell.expand import Field, expand_one
from lvscompile.frontends.shell.status import ASSUMED, FAILED, OK, UNKNOWN, status_of
from lvscompile.syntax.shell.nodes import Simple

if TYPE_CHECKING:
    from lvscompile.frontends.shell.run import Runner

Builtin = Callable[["Runner", Simple, Sequence[Field]], int]

_DECLARED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(=?)(.*)\Z", re.S)
_LIBRARY = re.compile(
    r".*/(?:functions|init-functions|rc\.status|network-functions)\Z|/etc/sysconfig/network\Z|/etc/profile\Z"
)


def _nothing(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    return OK


def _false(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    return FAILED


def _test(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    words = [field.text for field in fields[1:]]
    if fields[0].text == "[":
        if not words or words[-1] != "]":
            return UNKNOWN
        words.pop()
    # A word of several unknown ones may be none: then nothing is as it looks.
    if any(field.text is None and not field.word.quoted for field in fields):
        return UNKNOWN
    return status_of(judge(words, False))


def _declare(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    """export, readonly, local: the words are assignments, and are not split."""
    is_local = fields[0].text == "local"
    for word in node.words[1:]:
        said = expand_one(word, runner.scope)
        if said is None:
            # The name is in front of what is not known.
            text = word.parts[0].text if word.parts else ""
            match = _DECLARED.match(text)
            if match and match[2]:
                runner.declare(match[1], None, is_local)
            continue
        match = _DECLARED.match(said)
        if match and (match[2] or is_local):
            runner.declare(match[1], match[3] if match[2] else "", is_local)
    return OK


def _unset(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    for field in fields[1:]:
        if field.text and field.text in runner.scope.values:
            del runner.scope.values[field.text]
    return OK


def _set(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    words = [field.text for field in fields[1:]]
    if "--" in words:
        runner.scope.positional = words[words.index("--") + 1 :]
    elif words and words[0] and words[0][0] not in "-+":
        runner.scope.positional = words
    return OK


def _shift(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    scope, count = runner.scope, _number(fields, 1)
    if scope.positional is not None and count is not None and count <= len(scope.positional):
        scope.positional = scope.positional[count:]
        return OK
    scope.positional = None
    return UNKNOWN


def _number(fields: Sequence[Field], default: int) -> int | None:
    if len(fields) < 2:
        return default
    text = fields[1].text or ""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _leave(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    """break, continue, return, exit."""
    kind = fields[0].text or ""
    runner.leave(kind, max(1, _number(fields, 1) or 1) if kind in ("break", "continue") else 1)
    if kind in ("return", "exit"):
        status = _number(fields, 0)
        return runner.last if len(fields) < 2 else UNKNOWN if status is None else FAILED if status else OK
    return OK


def _read(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    for field in fields[1:]:
        if field.text and field.text[0] != "-":
            runner.scope.set(field.text, None)
    return UNKNOWN


def _cd(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    scope = runner.scope
    target = fields[1].text if len(fields) > 1 else None
    if target and (target.startswith("/") or (scope.folder and not target.startswith(("-", "~")))):
        scope.folder = os.path.normpath(os.path.join(scope.folder, target))
    else:
        scope.folder = ""
    return ASSUMED


def _source(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    """Another file runs here. Libraries of init scripts only define functions; of others, nothing is known."""
    path = fields[1].text if len(fields) > 1 else None
    if path and _LIBRARY.match(path):
        return ASSUMED
    return runner.keep(node, fields)


def _eval(runner: Runner, node: Simple, fields: Sequence[Field]) -> int:
    return runner.keep(node, fields)


_QUIET = (":", "true", "trap", "umask", "ulimit", "wait", "alias", "unalias", "hash", "type", "pwd", "shopt")

BUILTINS: dict[str, Builtin] = {
    **dict.fromkeys(_QUIET, _nothing),
    **dict.fromkeys(("export", "readonly", "local", "declare", "typeset"), _declare),
    **dict.fromkeys(("break", "continue", "return", "exit"), _leave),
    "[": _test,
    "test": _test,
    "false": _false,
    "unset": _unset,
    "set": _set,
    "shift": _shift,
    "read": _read,
    "cd": _cd,
    ".": _source,
    "source": _source,
    "eval": _eval,
}
