"""The values of a facet over all segments of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.text.arrays import Bools, Ints, Numbers, starts_of


class FacetTable:
    """The distinct values of one facet over all segments, sorted; a value is named by its *place*."""

    def __init__(self, segments: Sequence[SegmentReader], name: str, live: Bools | None) -> None:
        """*live* tells of each document of the snapshot whether it is not deleted, None: none is."""
        self._readers = [segment.facet(name) for segment in segments]
        of_segment = [reader.values.all() for reader in self._readers]
        self.values = sorted(set().union(*of_segment))
        place = {value: at for at, value in enumerate(self.values)}
        self._places = [np.array([place[v] for v in values], np.int64) for values in of_segment]
        self._live = live
        widths = [np.diff(reader.starts.astype(np.int64)) for reader in self._readers]
        for reader, own in zip(self._readers, widths, strict=True):
            if int(own.sum()) != len(reader.ordinals) or (own < 0).any():
                raise damaged(reader.path, f"facet {name} has values of no document")
        #: How many values each document of the snapshot has, and where they start.
        self._widths = np.concatenate([np.zeros(0, np.int64), *widths])
        self._starts = starts_of(self._widths)
        dtype = np.uint16 if len(self.values) < np.iinfo(np.uint16).max else np.uint32
        parts = [
            p.astype(dtype)[r.ordinals] for p, r in zip(self._places, self._readers, strict=True)
        ]
        self._values_of_all: Numbers = np.concatenate([np.zeros(0, dtype), *parts])

    @cached_property
    def _is_complete(self) -> bool:
        """Whether every document has a value."""
        return bool(self._widths.all())

    @cached_property
    def live_counts(self) -> Ints:
        """For each value how many documents have it; 0 where all that had it are deleted."""
        if self._live is None:
            return np.bincount(self._values_of_all, minlength=len(self.values))
        return self._counted(np.flatnonzero(self._live))

    def counts(self, documents: Ints) -> Ints:
        """Return for each value how many of *documents* have it."""
        if len(documents) == len(self._widths):
            return self.live_counts
        return self._counted(documents)

    def _counted(self, documents: Ints) -> Ints:
        return kernels.count_values(documents, self._starts, self._values_of_all, len(self.values))

    def missing(self, documents: Ints) -> int:
        """Return how many of *documents* have no value."""
        if self._is_complete:
            return 0
        return len(documents) - int(np.count_nonzero(self._widths.take(documents)))

    def documents_with(self, values: Iterable[str]) -> Bools:
        """Return for each document of the snapshot whether it has one of *values*."""
        found = np.zeros(len(self._widths), bool)
        for value in values:
            for place in self._all_places(value):
                at = np.flatnonzero(self._values_of_all == place)
                found[np.searchsorted(self._starts, at, "right") - 1] = True
        return found

    def selected(self, asked: str) -> list[int]:
        """Return the places of all values in use that selecting *asked* means."""
        return [place for place in self._all_places(asked) if self.live_counts[place]]

    def _all_places(self, asked: str) -> list[int]:
        return sorted(
            {
                place
                for reader, places in zip(self._readers, self._places, strict=True)
                if (found := reader.ordinals_of(asked))
                for place in places[found.start : found.stop].tolist()
            }
        )
