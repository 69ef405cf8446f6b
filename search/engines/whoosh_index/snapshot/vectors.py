"""The vectors of the documents of one snapshot, of one model."""

from __future__ import annotations

import numpy as np

from search.engines.rescoring.nearness import as_read
from search.engines.whoosh_index.segment.vectors import Found, VectorFile
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Array, Bools, Floats, Ints, indices_of, starts_of


class Nearness:
    """Which documents have vectors, and these."""

    def __init__(self, snapshot: Snapshot, files: list[VectorFile]) -> None:
        """*files* are those of one model."""
        self.snapshot = snapshot
        self.files = files
        found = [Found(segment, files) for segment in snapshot.segments]
        self._file = np.concatenate([np.zeros(0, np.int32), *(each.files for each in found)])
        self._row = np.concatenate([np.zeros(0, np.int64), *(each.rows for each in found)])

    def has(self, documents: Ints) -> Bools:
        """Return of each of *documents* whether it has vectors, or is known to have no word to make one of."""
        found: Bools = self._file[documents] >= 0
        return found

    def near(self, documents: Ints, vector: Floats) -> Floats:
        """Return how near each of *documents* is to *vector*; -1 without passages."""
        files, rows = self._file[documents], self._row[documents]
        result = np.full(len(documents), -1, np.float32)
        for number in np.unique(files[files >= 0]).tolist():
            own = np.flatnonzero(files == number)
            result[own] = self.files[number].near(rows[own], vector)
        return result

    def vectors_of(self, documents: Ints) -> tuple[Floats, Ints]:
        """Return the vectors of *documents*, of length 1, and where those of each start and the last end."""
        files, rows = self._file[documents], self._row[documents]
        widths = np.zeros(len(documents), np.int64)
        parts: list[tuple[Ints, Array]] = []
        for number in np.unique(files[files >= 0]).tolist():
            own = np.flatnonzero(files == number)
            widths[own] = self.files[number].widths(rows[own])
            parts.append((own, self.files[number].passages_of(rows[own])[0]))
        starts = starts_of(widths)
        dimensions = max((part.shape[1] for _, part in parts if len(part)), default=0)
        stored = np.zeros((int(starts[-1]), dimensions), np.int8)
        for own, part in parts:
            if len(part):
                stored[indices_of(starts[own], widths[own])] = part
        return as_read(stored), starts
