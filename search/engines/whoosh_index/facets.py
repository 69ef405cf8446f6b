"""The values of a facet: in one segment, and over all of a snapshot's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from search.engines.base import facet_key
from search.engines.whoosh_index.build import FacetStream
from search.engines.whoosh_index.columns import Bools, ColumnFile, Ints, StringColumn, runs


class FacetReader:
    """The values of one facet in one segment; a value is named by its *ordinal*."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.values = StringColumn(file, f"facet.{name}.values")
        self._keys = StringColumn(file, f"facet.{name}.keys")
        self._file = file
        self._name = f"facet.{name}"

    @cached_property
    def starts(self) -> Ints:
        return self._file[self._name + ".starts"].astype(np.int64)

    @cached_property
    def ordinals(self) -> Ints:
        return self._file[self._name + ".ordinals"].astype(np.int64)

    def ordinals_of(self, value: str) -> range:
        """Return the ordinals of all values that selecting *value* means (see `facet_key`)."""
        return self._keys.range_of(facet_key(value))

    def documents_with(self, values: Sequence[str]) -> Bools:
        """Return for each document whether it has one of *values*."""
        wanted = np.zeros(len(self.values), bool)
        for value in values:
            ordinals = self.ordinals_of(value)
            wanted[ordinals.start : ordinals.stop] = True
        return self._any(wanted[self.ordinals])

    @cached_property
    def documents_with_any(self) -> Bools:
        """Return for each document whether it has a value at all."""
        return np.diff(self.starts) > 0

    def _any(self, flags: Bools) -> Bools:
        """Return for each document whether one of its values is flagged."""
        total = np.zeros(len(flags) + 1, np.int64)
        np.cumsum(flags, out=total[1:])
        return total[self.starts[1:]] > total[self.starts[:-1]]

    def counts(self, documents: Ints) -> Ints:
        """Return for each ordinal how many of *documents* have it."""
        if len(documents) * 4 > len(self.starts):
            matching = np.zeros(len(self.starts) - 1, bool)
            matching[documents] = True
            chosen = matching[self._owners]
            return np.bincount(self.ordinals[chosen], minlength=len(self.values))
        starts = self.starts[documents]
        places = runs(starts, self.starts[documents + 1] - starts)
        return np.bincount(self.ordinals[places], minlength=len(self.values))

    @cached_property
    def _owners(self) -> Ints:
        """The document of each ordinal."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def stream(self, documents: Ints) -> FacetStream:
        """Return the values of *documents*, which ascend, to be merged."""
        starts = self.starts[documents]
        counts = self.starts[documents + 1] - starts
        ordinals = self.ordinals[runs(starts, counts)]
        used = np.unique(ordinals)
        return FacetStream(
            [self.values[number] for number in used.tolist()],
            np.searchsorted(used, ordinals),
            counts,
        )


class FacetTable:
    """The distinct values of one facet over all segments, sorted; a value is named by its place."""

    def __init__(self, readers: Sequence[FacetReader], live: Sequence[Ints]) -> None:
        """*live* are the documents of each reader's segment that are not deleted."""
        self._live = live
        of_segment = [reader.values.all() for reader in readers]
        self.values = sorted(set().union(*of_segment))
        place = {value: at for at, value in enumerate(self.values)}
        self._readers = readers
        self._places = [np.array([place[v] for v in values], np.int64) for values in of_segment]

    @cached_property
    def live_counts(self) -> Ints:
        """For each value how many documents have it; 0 where all that had it are deleted."""
        return self.counts(self._live)

    def counts(self, documents: Sequence[Ints]) -> Ints:
        """Return for each value how many of *documents*, given by segment, have it."""
        total = np.zeros(len(self.values), np.int64)
        for reader, places, found in zip(self._readers, self._places, documents, strict=True):
            total[places] += reader.counts(found)
        return total

    def missing(self, documents: Sequence[Ints]) -> int:
        """Return how many of *documents* have no value."""
        return sum(
            int(np.count_nonzero(~reader.documents_with_any[found]))
            for reader, found in zip(self._readers, documents, strict=True)
        )

    def selected(self, asked: str) -> list[int]:
        """Return the places of all values in use that selecting *asked* means."""
        return [
            place
            for reader, places in zip(self._readers, self._places, strict=True)
            for place in places[reader.ordinals_of(asked)].tolist()
            if self.live_counts[place]
        ]
