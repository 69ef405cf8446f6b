"""Long answers a screen at a time: through PAGER, or less, and only on a terminal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import IO, cast

import click

from search.model.settings_files import in_force

#: Where LESS is not set: quit where all fits, keep colours, leave the text on the screen (as git has it).
_LESS = "FRX"


def print_paged(lines: Iterable[str], has_color: bool) -> None:
    """Print *lines*, through a pager where there are more than the window has and a person wants one."""
    iterator = iter(lines)
    room = shutil.get_terminal_size().lines - 1
    first = list(islice(iterator, max(1, room)))
    after = next(iterator, None)
    program = _program() if after is not None else []
    rest = chain([] if after is None else [after], iterator)
    if not program or not _printed_by(program, chain(first, rest), has_color):
        for line in chain(first, rest):
            click.echo(line, color=has_color)


def _program() -> list[str]:
    """Return the pager as words of a command, none where none is wanted or found."""
    import shlex

    root = click.get_current_context().find_root()
    is_wanted = root.params.get("pager", True) and in_force().values["pager"].value
    if not is_wanted or os.environ.get("TERM", "dumb") == "dumb":
        return []
    try:
        words = shlex.split(os.environ.get("PAGER") or "less")
    except ValueError:  # a quote that is not closed
        return []
    found = shutil.which(words[0]) if words else None
    return [found, *words[1:]] if found else []


def _printed_by(program: list[str], lines: Iterator[str], has_color: bool) -> bool:
    """Whether the pager could be started; it has been given all *lines* then, or as many as a person wanted."""
    environment = {"LESS": _LESS, "LV": "-c", **os.environ}
    sys.stdout.flush()
    try:
        process = subprocess.Popen(program, stdin=subprocess.PIPE, env=environment)  # noqa: S603
    except OSError:
        return False
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pager
    # Who leaves the pager before the end closes the pipe.
    with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as pipe:
        for line in lines:
            text = line if has_color else click.unstyle(line)
            pipe.write(f"{text}\n".encode())
    process.wait()
    signal.signal(signal.SIGINT, before)
    return True
