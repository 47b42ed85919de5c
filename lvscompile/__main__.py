"""The entry point of `lvscompile` and `python -m lvscompile`."""

import gc

# A run is short and its objects live to its end: collecting garbage costs a third of the time and finds none.
gc.disable()


def main() -> None:
    """Run the command line, then leave without tearing down half a million objects."""
    import os
    import sys

    from lvscompile.cli import run

    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = 141
    except OSError:
        status = 2
    os._exit(status)


if __name__ == "__main__":
    main()
