"""2xx: scripts that keepalived runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lvscompile.ir.commands import PUBLIC, WITHOUT_SHELL, Command, commands, is_script
from lvscompile.ir.core import Block, Setting
from lvscompile.ir.references import references
from lvscompile.ir.settings import made_at_run_time
from lvscompile.ir.site import Director
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Place
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Fix, Span, script_span
from lvscompile.syntax.keepalived.script_words import script_words
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.statements import Stmt

_STATES = frozenset({"master", "backup", "fault", "stop", "up", "down"})
# What no system calls a user: paths, options, numbers, and whatever a shell would read as something else.
_NO_NAME = re.compile(r"-.*|[0-9]+|.*[/=:*?<>|&;()'\"{}\[\] ].*").fullmatch
_CONTROL = re.compile(r"\|\|?|&&?|;|[^'\"]+;").fullmatch
_REDIRECTION = re.compile(r"[0-9]?>>?.*|&>.*|[0-9]?<.*").fullmatch
_SUBSTITUTION = re.compile(r"(?:[^']*(?:\$\(|`)).*").fullmatch
_TRACKED_FILES = ("track_file/file", "vrrp_track_file/file")
_TRACK_PROCESS = (2, 0, 11)  # the release that brought vrrp_track_process


@rule("LVS216", "unquoted-script-arguments", "error", "extra-words", Host, effect="latent", fix="safe")
def unquoted_arguments(node: Remark | Host, ctx: Context, emit: Emit) -> None:
    """A command whose arguments stand outside its quotes: they are dropped, or taken as a user."""
    if isinstance(node, Remark):
        if is_script(node.facts["keyword"].arguments):
            assert node.word is not None
            _surplus(node.stmt, node.facts["words"], node.word, emit)
        return
    things = _things(node.director)
    for command in commands(node.director):
        stmt = command.setting.origin
        wrong = _no_user(command.setting, things)
        if wrong and len(script_words(stmt.text)) <= 4:  # else a remark tells of the words that are too many
            _taken_as_user(stmt, command.setting.words, wrong, emit)


def _surplus(stmt: Stmt, words: Sequence[str], first: int, emit: Emit) -> None:
    if first > 2:
        emit(
            script_span(stmt, 2, -1),
            f"keepalived takes `{words[2]}` as the user and `{words[3]}` as the group that run `{words[1]}`, and drops the rest; "
            f"where there is none of that name `{words[0]}` is ignored, which only the log tells",
            help=_as_one(words),
            fix=_quote(stmt, safe=False),
        )
        return
    emit(
        script_span(stmt, first, -1),
        f"`{words[0]}` runs `{words[1]}` alone: a command and its arguments must be one quoted word, keepalived drops the rest "
        "of the line without a message",
        help=_as_one(words),
        fix=_quote(stmt),
    )


def _taken_as_user(stmt: Stmt, words: Sequence[str], wrong: int, emit: Emit) -> None:
    what = "user" if wrong == 2 else "group"
    emit(
        script_span(stmt, wrong, -1),
        f"keepalived takes `{words[wrong]}` as the {what} that runs `{words[1]}`, not as an argument: there is hardly one of "
        f"that name, and then `{words[0]}` is ignored, which only the log tells",
        help=_as_one(words) if wrong == 2 else "arguments belong inside the quotes of the command",
        fix=_quote(stmt) if wrong == 2 else None,
    )


def _as_one(words: Sequence[str]) -> str:
    return f'a command and its arguments are one quoted word: `{words[0]} "{" ".join(words[1:])}"`'


def _quote(stmt: Stmt, safe: bool = True) -> Fix | None:
    return edits.fix("quote the command and its arguments", edits.quoted(stmt, 1), safe=safe)


def _things(director: Director) -> frozenset[str]:
    """Names in the configuration that are hardly those of users: interfaces, and others with capitals."""
    blocks = (block.words[1] for block in director.blocks if len(block.words) > 1)
    interfaces = (instance.interface.value for instance in director.vrrp if instance.interface is not None)
    return frozenset(interfaces).union(name for name in blocks if name != name.lower())


def _no_user(setting: Setting, things: frozenset[str]) -> int:
    """The index of the first word that can be neither user nor group, 0 where all can."""
    for at, word in enumerate(setting.words[2:], 2):
        # Debian has a user called backup.
        state = word.lower() in _STATES and (word != "backup" or setting.keyword.name == "notify_backup")
        if state or word in things or _NO_NAME(word):
            return at
    return 0


@rule("LVS217", "shell-syntax-in-script", "error", Host, effect="latent")
def shell_syntax(host: Host, ctx: Context, emit: Emit) -> None:
    """What only a shell understands, in a command that no shell runs."""
    if ctx.newest() < WITHOUT_SHELL:
        return
    for command in commands(host.director):
        arguments = command.arguments()
        if arguments[0][:1] in ("<", ">"):
            _opened_by_shell(command, emit)
            continue
        found = next((a for a in arguments if _CONTROL(a) or _SUBSTITUTION(a)), "")
        redirected = found or next((a for a in arguments if _REDIRECTION(a)), "")
        if redirected:
            emit(
                _place(command),
                f"keepalived runs commands itself, without a shell: `{redirected}` and what follows are plain arguments of "
                f"`{arguments[0].removesuffix(';')}`, whose result is not what the line seems to say",
                severity="" if found else "warning",
                help="put it into a script of its own, or let a shell run it: `\"/bin/sh -c '…'\"`",
            )


def _opened_by_shell(command: Command, emit: Emit) -> None:
    if "/dev/tcp/" in command.line or "/dev/udp/" in command.line:
        emit(
            _place(command),
            "keepalived hands this to /bin/sh, and /dev/tcp is bash's alone: where /bin/sh is another shell, as on Debian and "
            "Ubuntu, the check always fails",
            severity="info",
            help=f"name the shell: `\"/bin/bash -c '{command.line}'\"`",
        )


@rule("LVS218", "script-timeout-over-interval", "info", Host)
def script_timeout(host: Host, ctx: Context, emit: Emit) -> None:
    """A vrrp_script that may hang for longer than its interval."""
    for script in host.director.scripts:
        if script.cut_short or not all(s.valid for s in script.settings if s.keyword.name in ("interval", "fall")):
            continue
        timeout, interval, fall = (script.setting(name) for name in ("timeout", "interval", "fall"))
        period = float(interval.words[1]) if interval is not None else 1
        if timeout is None or float(timeout.words[1]) <= period:
            continue
        seconds = float(timeout.words[1]) * (int(fall.words[1]) if fall is not None else 1)
        emit(
            (timeout.origin, 1),
            f"`{script.name}` may hang for {timeout.words[1]} s although it is due every {period:g} s: keepalived skips the "
            f"runs that fall due meanwhile, and takes at least {seconds:g} s to notice a command that hangs",
            related=[((interval.origin, 1), "the interval")] if interval is not None else (),
            help="a timeout up to the interval; without one the interval is the timeout",
        )


@rule("LVS219", "unused-script", "info", Host)
def unused_script(host: Host, ctx: Context, emit: Emit) -> None:
    """A vrrp_script that nothing tracks."""
    director = host.director
    tracked = [r for r in references(director) if r.block.keyword.name == "track_script"]
    # A name that leads nowhere may be meant for this script: another rule speaks about it.
    unsure = any(reference.definition is None for reference in tracked)
    if unsure or host.includes_missing or any(block.cut_short for block in director.blocks):
        return
    names = {reference.name for reference in tracked}
    for script in director.scripts:
        if script.name and script.name not in names:
            emit(
                (script.origin, 1),
                f"no instance and no sync group tracks `{script.name}`: its result changes nothing",
                help=f"name it in the track_script of an instance: `track_script {{ {script.name} }}`; or remove it",
            )


@rule("LVS220", "script-without-command", "error", Host, effect="latent")
def script_without_command(host: Host, ctx: Context, emit: Emit) -> None:
    """A vrrp_script that runs nothing: keepalived removes it, and nothing is tracked."""
    # Its line may be there for one host only, and this may be that host under another name.
    known = not host.conditions or host.config_id in host.conditions
    if host.includes_missing or not known:
        return
    for script in host.director.scripts:
        if script.cut_short or not script.name or any(s.keyword.name == "script" for s in script.settings):
            continue
        emit(
            (script.origin, 1),
            f"the vrrp_script `{script.name}` has no command: keepalived removes it, and whatever tracks it never fails over "
            "because of it",
            help='give it one: `script "/path/to/command argument"`',
        )


@rule("LVS221", "script-by-bare-name", "info", Host)
def bare_name(host: Host, ctx: Context, emit: Emit) -> None:
    """A command without its path: which program runs depends on the PATH that keepalived was started with."""
    for command, times in _distinct(c for c in commands(host.director) if not _asks_for_process(c, ctx)):
        program = command.arguments()[0]
        if "/" in program or program[:1] in ("<", ">"):
            continue
        emit(
            _place(command),
            f"`{program}` is looked for in the PATH that keepalived was started with{times}: at boot that may be another one "
            "than yours",
            help="write the full path",
        )


@rule("LVS222", "process-check-by-script", "info", Host)
def process_check(host: Host, ctx: Context, emit: Emit) -> None:
    """A vrrp_script that asks whether a process exists, which keepalived can see without one."""
    for command, times in _distinct(c for c in commands(host.director) if _asks_for_process(c, ctx)):
        emit(
            _place(command),
            f"`{command.line}` asks whether a process of that name exists{times}, not whether it does its work, and the check "
            "always fails where the program is not installed",
            help="vrrp_track_process (since 2.0.11) watches a process without running anything; to know whether the service "
            "answers, ask the service",
        )


def _place(command: Command) -> Span:
    return script_span(command.setting.origin, 1, 1)


def _asks_for_process(command: Command, ctx: Context) -> bool:
    if command.setting.keyword.path != "vrrp_script/script" or ctx.newest() < _TRACK_PROCESS:
        return False
    arguments = command.arguments()
    program = arguments[0].rpartition("/")[2]
    return program in ("pidof", "pgrep") or (program == "killall" and "-0" in arguments)


def _distinct(found: Iterable[Command]) -> Iterator[tuple[Command, str]]:
    """The first command of each text, and a remark on how often it is there."""
    table: dict[str, list[Command]] = {}
    for command in found:
        table.setdefault(command.line, []).append(command)
    for same in table.values():
        yield same[0], f" ({len(same)} times in this configuration)" if len(same) > 1 else ""


@rule("LVS223", "tracked-file-in-tmp", "warning", Host)
def tracked_file_in_tmp(host: Host, ctx: Context, emit: Emit) -> None:
    """A tracked file where everybody may put one."""
    for block in host.director.blocks:
        setting = _tracked_file(block)
        if setting is None or made_at_run_time(setting) or not setting.words[1].startswith(PUBLIC):
            continue
        path = setting.words[1]
        emit(
            (setting.origin, 1),
            f"everybody may put a file into {path[: path.rindex('/')]}, and so decide who is master; and it goes when the machine "
            "starts or cleans up",
            help="a path below /run or /var/lib that only your scripts can write to",
        )


def _tracked_file(block: Block) -> Setting | None:
    """The file that a track_file block names: the first one counts."""
    return next((s for s in block.settings if s.path in _TRACKED_FILES and s.valid), None)


@rule("LVS227", "reload-check-refuses", "error", Host, effect="outage")
def reload_check(host: Host, ctx: Context, emit: Emit) -> None:
    """reload_check_config in a configuration that keepalived has something to say about: it does not start."""
    setting = host.director.global_setting("reload_check_config")
    if setting is None:
        return
    used = commands(host.director)
    unknown = next((remark for remark in host.remarks if remark.kind == "unknown-keyword"), None)
    if unknown is not None:
        at: Place = (unknown.stmt, unknown.word)
        label = "it complains about this keyword"
    elif used and host.director.global_setting("enable_script_security") is None and not host.includes_missing:
        at, label = _place(used[0]), "it complains about scripts without enable_script_security"
    else:
        return
    emit(
        (setting.origin, 0),
        "with reload_check_config keepalived takes no configuration that it has any remark on: it exits when it starts, and "
        "ignores reloads",
        related=[(at, label)],
        help="mend what it complains about (`keepalived -t` tells), or remove the line",
    )
