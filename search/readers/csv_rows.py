"""Rows of a CSV or TSV text, one at a time, so that an open quotation mark does not swallow the rest."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line it begins on; or a *problem* if it could not be read."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""


def delimiter_of(first_line: str, is_known: Callable[[str], bool]) -> str:
    """Return the delimiter that gives *first_line* the most known names; of several, the most names."""

    def names(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first_line.strip("\ufeff\r\n")], delimiter=delimiter), [])
        except csv.Error:
            cells = []
        return sum(map(is_known, cells)), len(cells)

    return max(_DELIMITERS, key=names)


def read_rows(stream: TextIO, delimiter: str, max_chars: int) -> Iterator[Row]:
    """Yield the rows that are not blank. A row is at most *max_chars* long, over all its lines.

    A row whose quotation mark is not closed within that is a problem, and the next row begins on
    the next line.
    """
    # The limit belongs to the whole process: never lower it, other code may read CSV too.
    csv.field_size_limit(max(csv.field_size_limit(), max_chars))
    lines = _Lines(stream, max_chars)
    while group := lines.take_row():
        first, texts = group
        if len(texts[0]) > max_chars:
            yield Row(first, problem=f"is longer than {max_chars:,} characters; split it")
            continue
        reader = csv.reader(texts, delimiter=delimiter, strict=lines.is_open)
        try:
            before = 0
            for cells in reader:
                if any(cells):
                    yield Row(first + before, tuple(cells))
                before = reader.line_num
        except csv.Error:
            yield Row(first, problem="has a quotation mark that is never closed")


class _Lines:
    """The physical lines of a stream, grouped into rows by counting quotation marks."""

    def __init__(self, stream: TextIO, max_chars: int) -> None:
        self._stream = stream
        self._max_chars = max_chars
        self._number = 1
        self._ahead: deque[str] = deque()
        #: Whether the last row is the first line of a row whose quotation marks are not closed.
        self.is_open = False

    def take_row(self) -> tuple[int, list[str]] | None:
        """Return the number of the first line and the lines of the next row, None at the end."""
        texts: list[str] = []
        chars = 0
        is_open = False
        while chars <= self._max_chars and (line := self._next_line()):
            texts.append(line)
            chars += len(line)
            is_open ^= line.count('"') % 2 == 1
            if not is_open:
                break
        if not texts:
            return None
        self.is_open = is_open
        if is_open:
            self._ahead.extendleft(reversed(texts[1:]))
            del texts[1:]
        first = self._number
        self._number += len(texts)
        return first, texts

    def _next_line(self) -> str:
        if self._ahead:
            return self._ahead.popleft()
        line = self._stream.readline(self._max_chars + 1)
        if len(line) > self._max_chars and not line.endswith(("\n", "\r")):
            while (rest := self._stream.readline(self._max_chars)) and not rest.endswith(
                ("\n", "\r")
            ):
                pass
        return line
