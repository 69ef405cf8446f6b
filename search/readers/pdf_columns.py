"""The lines of a page of a PDF in the order of reading, also where its columns were written row by row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

#: Lines that a column has at least, and how many characters they have on the mean: what is shorter is a table.
_FEWEST_LINES = 5
_FEWEST_CHARS = 20
_MOST_COLUMNS = 12
#: Of the lines of a column those that begin with a small letter, as the cells of a table do not.
_GO_ON = 0.25
#: In letters: how far the first line of a paragraph is set in, and how wide a letter is at least.
_INDENT = 2.5
_LETTER = 0.3
#: Of two pieces after one another, how often the second is of another column. Where a column ends that is once.
_ALTERNATING = 0.5


class Line(NamedTuple):
    """A line of a page: its text, where it begins in points from the left and the bottom, and the size of its letters."""

    text: str
    x: float
    y: float
    size: float


class Row(NamedTuple):
    """What stands on one height: as one line, and the pieces that have places of their own."""

    line: Line
    pieces: list[Line]


class _Column(NamedTuple):
    """Where a column begins, and the usual size of its letters: a headline may stand over several."""

    x: float
    size: float

    def has(self, piece: Line) -> bool:
        return -1 <= piece.x - self.x <= _INDENT * self.size and abs(piece.size - self.size) < 0.5


def in_order(rows: Sequence[Row]) -> list[Line]:
    """Return the lines of *rows*, those of columns that stand beside each other column by column.

    That is done where it is certain: where many pieces after one another are now of one column, now of another, and
    each of these is prose. All other rows are a line each, as those of tables are.
    """
    columns = _columns([piece for row in rows for piece in row.pieces])
    if len(columns) < 2:
        return [row.line for row in rows]
    placed = [
        [(piece, next((each for each in columns if each.has(piece)), None)) for piece in row.pieces]
        for row in rows
    ]
    lines: list[Line] = []
    at = 0
    # A row of which one piece is in no column is in none.
    for is_in_columns, run in groupby(placed, lambda row: all(column for _, column in row)):
        found = list(run)
        pieces = [piece for row in found for piece in row]
        if is_in_columns and _alternates([column for _, column in pieces]):
            lines += [line for column in columns for line, its in pieces if its is column]
        else:
            lines += [row.line for row in rows[at : at + len(found)]]
        at += len(found)
    return lines


def _columns(pieces: Sequence[Line]) -> list[_Column]:
    """Return the columns of prose that stand beside each other; none where anything speaks against it."""
    groups: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda each: each.x):
        if groups and piece.x - groups[-1][0].x <= _INDENT * piece.size:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    columns: list[_Column] = []
    end = 0.0
    for group in groups:
        size = median(each.size for each in group)
        column = _Column(group[0].x, size)
        lines = [each for each in group if column.has(each)]
        if _is_prose(lines):
            if end > column.x:
                return []
            columns.append(column)
            end = max(each.x + _LETTER * size * len(each.text) for each in lines)
    return columns if len(columns) <= _MOST_COLUMNS else []


def _is_prose(pieces: Sequence[Line]) -> bool:
    if len(pieces) < _FEWEST_LINES:
        return False
    chars = sum(len(each.text) for each in pieces)
    going_on = sum(each.text[:1].islower() for each in pieces)
    return chars >= _FEWEST_CHARS * len(pieces) and going_on >= _GO_ON * len(pieces)


def _alternates(columns: Sequence[_Column | None]) -> bool:
    """Whether pieces that come after one another, each in one of *columns*, are mostly of another one than the last."""
    if len(columns) < 2 * _FEWEST_LINES:
        return False
    changes = sum(before is not after for before, after in pairwise(columns))
    return changes >= _ALTERNATING * (len(columns) - 1)
