"""Which names of a generation count for which others: the table of `search.engines.joining` in a column file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from search.engines.joining.joins import REASONS, Join
from search.engines.whoosh_index.format.columns import (
    ColumnFile,
    FileOf,
    StringColumn,
    damaged,
    write_columns,
)
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.segment.toc import INDEX_NAME
from search.text.arrays import Array, narrowed

#: The file of a generation; there is none where nothing is joined.
JOINED_FILE = re.compile(rf"{INDEX_NAME}\.([0-9]+)\.nsj")
_NUMBERS = ("first", "last", "articles", "shown", "rivals")
_REASONS = tuple(REASONS)


def joined_path(folder: Path, generation: int) -> Path:
    """Return where the table of a generation lies."""
    return folder / f"{INDEX_NAME}.{generation}.nsj"


def _file_of(generation: int) -> FileOf:
    return FileOf("joined names", INDEX_NAME, generation, 0)


def write_joined(folder: Path, generation: int, joins: Mapping[str, Sequence[Join]]) -> None:
    """Write the joins of each facet for a generation, unless there are none. Raises `EngineError`."""
    path = joined_path(folder, generation)
    path.unlink(missing_ok=True)  # left by a commit that was killed
    if any(joins.values()):
        write_columns(path, _file_of(generation), _columns(joins))


def _columns(joins: Mapping[str, Sequence[Join]]) -> Iterator[tuple[str, Array]]:
    for facet, rows in joins.items():
        if not rows:
            continue
        for name in ("name", "counts_for"):
            texts = [getattr(row, name) for row in rows]
            yield from StringColumn.columns(f"{facet}.{name}", texts).items()
        for name in _NUMBERS:
            yield f"{facet}.{name}", narrowed(np.array([getattr(row, name) for row in rows]))
        reasons = [_REASONS.index(row.reason) for row in rows]
        yield f"{facet}.reason", narrowed(np.array(reasons))


class JoinedNames:
    """The table of one generation, opened for reading."""

    def __init__(self, file: ColumnFile | None = None, layout: Layout = LAYOUT) -> None:
        """Read it from *file*; without one there are none."""
        self.file = file
        self._layout = layout
        self._joins: dict[str, tuple[Join, ...]] = {}

    @classmethod
    def open(cls, folder: Path, generation: int, layout: Layout) -> JoinedNames:
        """Open that of a generation. Raises `IndexDamaged` and `EngineError`."""
        try:
            file = ColumnFile(joined_path(folder, generation), _file_of(generation))
        except FileNotFoundError:
            file = None
        return cls(file, layout)

    def of(self, facet: str) -> tuple[Join, ...]:
        """Return the joins of a facet, by name and month. Raises `IndexDamaged`."""
        found = self._joins.get(facet)
        if found is None:
            found = self._joins[facet] = tuple(self._read(facet))
        return found

    def _read(self, facet: str) -> Iterator[Join]:
        file, kind = self.file, self._layout.entities.get(facet)
        if file is None or kind is None or f"{facet}.reason" not in file:
            return
        names = StringColumn(file, f"{facet}.name").all()
        targets = StringColumn(file, f"{facet}.counts_for").all()
        first, last, articles, shown, rivals = (
            file[f"{facet}.{name}"].tolist() for name in _NUMBERS
        )
        reasons = file[f"{facet}.reason"].tolist()
        if max(reasons, default=0) >= len(_REASONS):
            raise damaged(file.path, "joins names for an unknown reason")
        try:
            rows = list(
                zip(names, targets, first, last, articles, reasons, shown, rivals, strict=True)
            )
        except ValueError as exc:
            raise damaged(file.path, f"its columns of {facet} do not fit each other") from exc
        for name, target, begin, end, number, reason, of, against in rows:
            yield Join(kind, name, target, begin, end, number, _REASONS[reason], of, against)


NOT_JOINED = JoinedNames()
