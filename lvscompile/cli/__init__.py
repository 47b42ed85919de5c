"""The command line: one module a command, imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from lvscompile import __version__

# Command -> one line of help. The module of the same name in this package holds it.
COMMANDS = {
    "convert": "Compile a set-up to a normalised keepalived.conf.",
    "diff": "Compare two set-ups in meaning.",
    "explain": "Explain a rule: what it finds, what happens on the wire, how to mend it.",
    "facts": "Print what this host's kernel and tools say, as an input for the other commands.",
    "fmt": "Lay a keepalived.conf out in the one canonical way.",
    "lint": "Say what is wrong with a set-up, or with a pair of them.",
    "rules": "List all rules.",
    "show": "Draw a set-up: addresses, services, servers, who takes over and when.",
    "trace": "Follow a client's packet and its answer through a set-up.",
}

EXIT_CANNOT_RUN = 2
EXIT_DEFECT = 3


class Lazy(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"lvscompile.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else " `lvscompile --help` lists them."
            raise click.UsageError(f"There is no command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lvscompile")
def group() -> None:
    """Reads Linux Virtual Server set-ups, says what is wrong, and compiles them to something that lives on.

    \b
    Examples:
      lvscompile lint /etc/keepalived/keepalived.conf
      lvscompile lint lvs1=a.conf lvs2=b.conf
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status. No exception of an input's making leaves this function."""
    from lvscompile.syntax.source import InputError

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # Names and lines may hold bytes of any encoding.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        result = group.main(list(arguments), prog_name="lvscompile", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_CANNOT_RUN
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        return 130
    except InputError as error:
        from lvscompile.cli.render import one_line

        hint = f"\n  {one_line(error.hint)}" if error.hint else ""
        print(f"lvscompile: {one_line(error.path)}: {error.reason}{hint}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    except BrokenPipeError:
        return 141
    except OSError as error:
        print(f"lvscompile: cannot write the output: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    except Exception:
        import traceback

        print("lvscompile: this is a defect of lvscompile, not of your input. Please report it with:", file=sys.stderr)
        print("".join("  " + line for line in traceback.format_exc().splitlines(keepends=True)), file=sys.stderr)
        return EXIT_DEFECT
    return result if isinstance(result, int) else 0
