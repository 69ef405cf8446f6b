"""What the commands write: data on stdout, messages on stderr, and the exit status."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING

import click

from search.model.errors import QueryError
from search.model.settings import Settings

if TYPE_CHECKING:
    from search.present.terminal.lines import Style

#: Exit statuses other than 0: the first two as grep has them, the others 128 plus the number of a signal.
NOTHING, ERROR, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141

#: Why writing to standard output fails if it is a file: full disk, quota, size limit, broken disk.
_CANNOT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def is_of_output(error: OSError) -> bool:
    """Whether writing the answer failed. Failures of the index and of input files are `SearchError` by now."""
    return error.filename is None and error.errno in _CANNOT_WRITE


def give_up_output(error: OSError) -> None:
    silence_output()
    tell(f"newssearch: cannot write the answer: {error.strerror}")


def silence_output() -> None:
    """Discard what is still to be written, so that the flush at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(message: str) -> None:
    """Print a message to stderr, wrapped on a terminal. What it quotes cannot steer that."""
    click.echo("\n".join(_told(message)), err=True)


def _told(message: str) -> list[str]:
    from search.present.terminal.safe import visible

    lines = [visible(line) for line in message.split("\n")]
    if sys.stderr.isatty():
        lines = [part for line in lines for part in _folded(line)]
    return lines


def _folded(line: str) -> list[str]:
    """Return a line of a message as lines that fit the window; one that begins with blanks is a table, and stays."""
    width = max(20, min(columns(), 100))
    if len(line) <= width or line.startswith(" "):
        return [line]
    from textwrap import wrap  # slow to import

    return wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def tell_of_interrupt(doing: str) -> None:
    """Say at once that Ctrl-C was noticed. A signal handler calls this, so no stream of Python's is used."""
    said = f"newssearch: interrupted; {doing}; Ctrl-C again stops at once\n"
    wipe = "\r\x1b[K" if sys.stderr.isatty() else ""
    with suppress(OSError):
        os.write(2, (wipe + said).encode())


@contextmanager
def query_errors(text: str) -> Iterator[None]:
    """If the query *text* turns out malformed, show where and end the program."""
    from search.present.terminal.questions import error_lines

    try:
        yield
    except QueryError as exc:
        tell("newssearch: " + "\n".join((exc.message, *error_lines(text, exc))))
        sys.exit(ERROR)


def columns() -> int:
    """Return the width of the terminal in characters."""
    import shutil

    return shutil.get_terminal_size().columns


def style_of(color: str, settings: Settings) -> Style:
    from search.present.terminal.lines import Style

    is_terminal = sys.stdout.isatty()
    has_color = color == "always" or (
        color == "auto"
        and is_terminal
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    if not is_terminal:
        return Style(settings.zone(), has_color)
    return Style.of_window(columns(), has_color, settings.zone())


def print_lines(lines: Iterable[str], has_color: bool = False) -> None:
    """Print lines for a person: on a terminal through a pager where they are many."""
    if sys.stdout.isatty():
        from search.cli.pager import print_paged

        print_paged(lines, has_color)
        return
    for line in lines:
        click.echo(line, color=has_color)


def print_below(messages: Sequence[str], lines: Iterable[str], has_color: bool = False) -> None:
    """Print *messages* to stderr and *lines* to stdout; where both are one terminal all go through its pager.

    A pager that begins below what is on the window already moves that out of sight.
    """
    if sys.stdout.isatty() and sys.stderr.isatty():
        above = (line for message in messages for line in _told(message))
        print_lines(chain(above, lines), has_color)
        return
    for message in messages:
        tell(message)
    print_lines(lines, has_color)


def print_csv(rows: Iterable[Iterable[object]]) -> None:
    """Print *rows* as a table for spreadsheets; on a terminal without characters that would steer it."""
    import csv

    from search.present.terminal.safe import visible

    writer = csv.writer(sys.stdout, lineterminator="\n")
    is_terminal = sys.stdout.isatty()  # in a file or pipe, characters stay as they are
    for row in rows:
        writer.writerow(visible(str(cell)) if is_terminal else cell for cell in row)


def print_json(value: object) -> None:
    """Print *value* as JSON: indented on a terminal, else in one line."""
    _print_json(value, indent=2 if sys.stdout.isatty() else None)


def print_json_line(value: object) -> None:
    """Print *value* as JSON in a line of its own, for programs that read line by line."""
    _print_json(value)


def _print_json(value: object, indent: int | None = None) -> None:
    from search.present.terminal.safe import visible_json

    click.echo(visible_json(json_text(value, indent=indent)))


def json_text(
    value: object, *, indent: int | None = None, separators: tuple[str, str] | None = None
) -> str:
    """Return *value* as JSON that standard output can hold, laid out as `json.dumps` does it.

    An encoding other than UTF-8 may lack a letter, but JSON can escape every letter.
    """
    import json

    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not is_utf8, indent=indent, separators=separators)
