"""Rows of a CSV or TSV text, one at a time, so that an open quotation mark does not swallow the rest."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, TextIO

from search.readers.bounded_lines import BoundedLines
from search.readers.decompression import CutShort

#: More are no row of articles, and take memory.
_MAX_CELLS = 1_000_000
MAX_COLUMNS = 10_000
#: An open quotation mark does not take more lines with it.
_MAX_LINES = 100_000
#: Lines above the names of the columns.
MAX_LINES_ABOVE = 20
#: A spreadsheet has 1,048,576 rows, and may save them all.
_MAX_BLANK_ROWS = 1_100_000

_DELIMITERS = (",", ";", "\t", "|")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
#: A quotation mark that only a backslash keeps from ending its cell.
_ESCAPED_MARK = re.compile(r'\\"(?![",;\t|\r\n]|\Z)')
#: A cell in quotation marks.
_MARKED = re.compile(r'(?:^|[,;\t|])"', re.MULTILINE)
#: How PostgreSQL and MySQL write nothing, and a cell that a program put into quotation marks.
_NULL_CELL = re.compile(r"(?:^|\t)\\N(?=[\t\r\n]|\Z)", re.MULTILINE)
_IS_QUOTED = re.compile(r'(?:^|\t)"[^"\t\r\n]*+"(?=[\t\r\n]|\Z)', re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line it begins on; or a *problem* if it could not be read."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""


class Layout(NamedTuple):
    """How the rows of a text are written."""

    delimiter: str
    #: A quotation mark in a cell has a backslash before it, as MySQL and Spark write it.
    is_escaped: bool = False
    #: The first line names the delimiter, as Excel writes it: "sep=;".
    has_sep_line: bool = False
    #: A quotation mark is a letter, and a backslash writes what a cell cannot hold: dumps of databases.
    is_dump: bool = False


def layout_of(head: str, is_known: Callable[[str], bool]) -> Layout:
    """Return the layout of a text that begins with *head*: its delimiter gives the most known names."""
    lines = lines_after(head)
    first = next(lines, "")
    has_sep_line = (sep := _SEP.fullmatch(first)) is not None
    if sep is None and not _known_names(first, is_known):
        # Lines above the table: what was exported, and when.
        ahead = islice(lines, MAX_LINES_ABOVE)
        first = next((line for line in ahead if _known_names(line, is_known) > 1), first)
    delimiter = sep[1] if sep is not None else _delimiter_of(first, is_known)
    is_marked = _MARKED.search(head) is not None
    is_escaped = _ESCAPED_MARK.search(head) is not None and is_marked
    if delimiter == "\t" and _NULL_CELL.search(head) and not _IS_QUOTED.search(head):
        return Layout(delimiter, True, has_sep_line, is_dump=True)
    return Layout(delimiter, is_escaped, has_sep_line)


def lines_after(head: str, layout: Layout | None = None) -> Iterator[str]:
    """Yield the lines of *head* that are not blank, after the one that names the delimiter."""
    lines = (line for line in re.split(r"[\r\n]+", head.lstrip("\ufeff")) if line)
    if layout and layout.has_sep_line:
        next(lines, None)
    return lines


def _known_names(line: str, is_known: Callable[[str], bool]) -> int:
    return max(sum(map(is_known, line.split(each))) for each in _DELIMITERS)


def _delimiter_of(first_line: str, is_known: Callable[[str], bool]) -> str:
    """Return the delimiter that gives *first_line* the most known names; of several, the most names."""

    def names(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first_line], delimiter=delimiter), [])
        except csv.Error:
            cells = []
        return sum(map(is_known, cells)), len(cells)

    return max(_DELIMITERS, key=names)


def read_rows(stream: TextIO, layout: Layout, max_chars: int) -> Iterator[Row]:
    """Yield the rows that are not blank. A row is at most *max_chars* long, over all its lines.

    A row whose quotation mark is not closed within that is a problem, and the next row begins on
    the next line. Raises `CutShort` where nothing but blank rows comes.
    """
    # The limit belongs to the whole process: never lower it, other code may read CSV too.
    csv.field_size_limit(max(csv.field_size_limit(), max_chars))
    delimiter = layout.delimiter
    escape = "\\" if layout.is_escaped else None
    nothing = re.compile(rf"(^|{re.escape(delimiter)})\\N(?={re.escape(delimiter)}|[\r\n]|$)")
    lines = _Lines(stream, max_chars, layout)
    columns = 0
    skips = layout.has_sep_line
    blank = 0
    no_text = delimiter + '" \t\r\n'
    while group := lines.take_row():
        first, texts = group
        if len(texts[0]) > max_chars:
            yield Row(first, problem=f"is longer than {max_chars:,} characters; split it")
            continue
        if len(texts) == 1 and not texts[0].strip(no_text):
            blank += 1
            if blank > _MAX_BLANK_ROWS:
                raise CutShort(f"{blank:,} rows in a row are blank; what follows was not read")
            continue
        blank = 0
        chars = len(texts[0]) if len(texts) == 1 else sum(map(len, texts))
        if chars > _MAX_CELLS and sum(text.count(delimiter) for text in texts) > _MAX_CELLS:
            yield Row(first, problem=f"has more than {_MAX_CELLS:,} cells")
            continue
        if skips and texts[0].strip("\ufeff\r\n"):
            skips = False
            continue
        if escape:
            texts = [_ESCAPED.sub(_unescaped, nothing.sub(r"\1", text)) for text in texts]
        quoting: Literal[0, 3] = csv.QUOTE_NONE if layout.is_dump else csv.QUOTE_MINIMAL
        is_strict = lines.is_open or len(texts) == 1
        rows = csv.reader(
            texts, delimiter=delimiter, escapechar=escape, quoting=quoting, strict=is_strict
        )
        try:
            before = 0
            for cells in rows:
                columns = len(cells)
                if any(cells):
                    yield Row(first + before, tuple(cells))
                before = rows.line_num
        except csv.Error:
            if lines.is_open:
                yield Row(first, problem="has a quotation mark that is never closed")
            elif any(cells := _loose_cells(texts, delimiter, escape, columns)):
                yield Row(first, tuple(cells))


def _loose_cells(texts: list[str], delimiter: str, escape: str | None, columns: int) -> list[str]:
    """Return the cells of a line in which more follows a closing quotation mark: `"No" says the mayor`.

    The marks are letters then, if all *columns* are there without them too.
    """
    for quoting in (csv.QUOTE_NONE, csv.QUOTE_MINIMAL):
        rows = csv.reader(texts, delimiter=delimiter, escapechar=escape, quoting=quoting)
        cells = next(rows, [])
        if len(cells) == columns:
            break
    return cells


def _unescaped(escaped: re.Match[str]) -> str:
    """Return what `csv` reads as the character that a backslash and a letter stand for."""
    return "\\" + _CONTROLS.get(escaped[1], escaped[1])


class _Lines:
    """The physical lines of a stream, grouped into rows by counting quotation marks."""

    def __init__(self, stream: TextIO, max_chars: int, layout: Layout) -> None:
        self._is_escaped = layout.is_escaped
        self._is_dump = layout.is_dump
        self._lines = BoundedLines(stream, max_chars)
        self._max_chars = max_chars
        self._number = 1
        #: Whether the last row is the first line of a row whose quotation marks are not closed.
        self.is_open = False

    def take_row(self) -> tuple[int, list[str]] | None:
        """Return the number of the first line and the lines of the next row, None at the end."""
        texts: list[str] = []
        chars = 0
        is_open = False
        while chars <= self._max_chars and len(texts) < _MAX_LINES and (line := self._lines.take()):
            texts.append(line)
            chars += len(line)
            if self._is_dump:
                break
            marks = _ESCAPED.sub("", line) if self._is_escaped else line
            is_open ^= marks.count('"') % 2 == 1
            if not is_open:
                break
        if not texts:
            return None
        self.is_open = is_open
        if is_open:
            self._lines.give_back(texts[1:])
            del texts[1:]
        first = self._number
        self._number += len(texts)
        return first, texts
