"""Lines of a terminal: marks in colour, text wrapped to the window."""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterator
from datetime import tzinfo
from typing import NamedTuple

from search.highlight.marked import Marked
from search.present.terminal.safe import visible

BOLD, DIM, _MARK, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[0m"

#: Lines much longer than this are hard to read, however wide the window is.
_MAX_WIDTH = 100
_MIN_WIDTH = 20


class Style(NamedTuple):
    """How lines are written. ``width`` is in columns; None writes each text on one line."""

    zone: tzinfo
    has_color: bool = False
    width: int | None = None

    @classmethod
    def of_window(cls, columns: int, has_color: bool, zone: tzinfo) -> Style:
        """Return the style for a window of *columns* columns."""
        return cls(zone, has_color, max(_MIN_WIDTH, min(columns, _MAX_WIDTH)))


def painted(text: str, color: str, style: Style) -> str:
    return f"{color}{text}{_PLAIN}" if style.has_color and text else text


def wrapped(
    marked: Marked, style: Style, *, base: str = "", leading: str = "", hanging: str = ""
) -> Iterator[str]:
    """Yield the lines of *marked*, marks coloured: the first begins with *leading*, the next with *hanging*."""
    marked = _closed_up(marked)
    text = marked.text
    room = None if style.width is None else max(10, style.width - len(hanging or leading))
    for number, (start, end) in enumerate(_line_ranges(text, room)):
        line = text[start:end]
        if style.has_color:
            inside = [(max(s, start), min(e, end)) for s, e in marked.marks]
            marks = [(s - start, e - start) for s, e in inside if s < e]
            line = _colored(line, marks, base)
        yield (hanging if number else leading) + line


def _closed_up(marked: Marked) -> Marked:
    """Return *marked* made visible, with one blank for each run of white space; marks move along."""
    text = visible(marked.text)
    runs = list(re.finditer("  +", text))
    starts = [run.start() + 1 for run in runs]
    dropped = list(itertools.accumulate(run.end() - run.start() - 1 for run in runs))

    def moved(offset: int) -> int:
        before = bisect.bisect_left(starts, offset)
        if not before:
            return offset
        not_yet = max(0, runs[before - 1].end() - offset)
        return offset - dropped[before - 1] + not_yet

    marks = tuple((moved(start), moved(end)) for start, end in marked.marks)
    return Marked(re.sub("  +", " ", text), marks)


def _colored(line: str, marks: list[tuple[int, int]], base: str) -> str:
    def plain(text: str) -> str:
        return f"{base}{text}{_PLAIN}" if base and text else text

    parts = []
    at = 0
    for start, end in marks:
        parts += [plain(line[at:start]), f"{_MARK}{line[start:end]}{_PLAIN}"]
        at = end
    return "".join(parts) + plain(line[at:])


def _line_ranges(text: str, room: int | None) -> Iterator[tuple[int, int]]:
    """Yield the ranges of *text* that fit into *room* columns, broken at blanks if possible."""
    if room is None:
        yield 0, len(text)
        return
    start = end = 0
    used = 0
    for match in re.finditer(r"\S+|\s+", text):
        width = columns(match.group())
        if match.group().isspace():
            used += width
            continue
        if used + width > room:
            if end > start:
                yield start, end
            start, used = match.start(), 0
        for at in range(match.start(), match.end()) if width > room else ():
            # A word longer than a line, or a script without blanks.
            added = columns(text[at])
            if used + added > room and at > start:
                yield start, at
                start, used = at, 0
            used += added
        used += 0 if width > room else width
        end = match.end()
    if end > start:
        yield start, end


def columns(text: str) -> int:
    """Return how many columns *text* takes (Unicode UAX 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
