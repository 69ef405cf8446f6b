"""Segments as an earlier version wrote them: without a column that came later."""

from __future__ import annotations

from pathlib import Path

from search.engines.whoosh_index.format.columns import ColumnFile, write_columns
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc


def without_column(folder: Path, column: str) -> None:
    """Write the segments in *folder* anew, without *column*."""
    for name in read_toc(folder, latest_generation(folder)).segments:
        path = folder / name.segment_file()
        file = ColumnFile(path)
        kept = {key: file[key].copy() for key in file._placed if key != column}
        path.unlink()
        write_columns(path, name.segment_of(), kept.items())
