"""One generation of the index opened for reading: its segments, and statistics over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from search.article import Article
from search.engines.base import FACETS, Stats
from search.engines.ranking import K1, B
from search.engines.whoosh_index.columns import Floats, Ints
from search.engines.whoosh_index.segment import FacetReader, SegmentReader
from search.engines.whoosh_index.stored import UNDATED, from_microseconds
from search.engines.whoosh_index.toc import latest_generation, read_toc
from search.errors import IndexDamaged

#: How often to start over when a writer removes a generation while it is being opened.
_ATTEMPTS = 20


class Snapshot:
    """An immutable view of one generation, shared by threads; scores depend on nothing outside it."""

    def __init__(self, generation: int, segments: Sequence[SegmentReader]) -> None:
        self.generation = generation
        self.segments = tuple(segments)
        self._facets: dict[str, FacetTable] = {}
        self.articles = sum(segment.live_count for segment in self.segments)

    @classmethod
    def open(cls, folder: Path, before: Snapshot | None = None) -> Snapshot:
        """Open the newest generation of *folder*, sharing what it has in common with *before*.

        Raises `IndexMissing` and `IndexDamaged`.
        """
        opened = {} if before is None else {segment.name: segment for segment in before.segments}
        missing = ""
        for _ in range(_ATTEMPTS):
            generation = latest_generation(folder)
            try:
                toc = read_toc(folder, generation)
                segments = [
                    opened.get(name) or SegmentReader(folder, name) for name in toc.segments
                ]
            except FileNotFoundError as exc:
                # A commit in between removed the generation; a newer one must be there then.
                missing = str(exc.filename)
                if latest_generation(folder) == generation:
                    break
            else:
                return cls(generation, segments)
        raise IndexDamaged(
            f"{missing}: missing; restore the file, or delete the folder and index again"
        )

    @cached_property
    def average_length(self) -> float:
        """The mean weighted number of words of a live document; 1 where there is no word at all."""
        total = sum(
            int(s.lengths.sum() if s.live is None else s.lengths[s.live].sum())
            for s in self.segments
        )
        return total / self.articles if total else 1.0

    @cached_property
    def penalties(self) -> list[Floats]:
        """For each segment and document the part of BM25's denominator that its length makes."""
        by_length = B / self.average_length
        return [
            (K1 * (1 - B + by_length * segment.lengths)).astype(np.float32)
            for segment in self.segments
        ]

    def find(self, article_id: str) -> Article | None:
        """Return the live article with that id, or None."""
        for segment in reversed(self.segments):
            documents = segment.documents_of([article_id])
            if len(documents):
                return segment.article(int(documents[-1]))
        return None

    def stats(self) -> Stats:
        """Return what the index holds; reads every dictionary."""
        dates = [s.dates if s.live is None else s.dates[s.live] for s in self.segments]
        dated = np.concatenate([np.zeros(0, np.int64), *dates])
        dated = dated[dated != UNDATED]
        terms: set[str] = set()
        for segment in self.segments:
            terms.update(segment.family("text").terms.all())
        return Stats(
            articles=self.articles,
            terms=len(terms),
            segments=len(self.segments),
            size_bytes=sum(segment.size_bytes() for segment in self.segments),
            oldest=from_microseconds(int(dated.min())) if len(dated) else None,
            newest=from_microseconds(int(dated.max())) if len(dated) else None,
            facet_values={facet: self._facet_size(facet) for facet in FACETS},
        )

    def _facet_size(self, facet: str) -> int:
        values: set[str] = set()
        for segment in self.segments:
            reader = segment.facet(facet)
            live = np.arange(len(segment)) if segment.live is None else np.flatnonzero(segment.live)
            values.update(reader.values[n] for n in np.flatnonzero(reader.counts(live)).tolist())
        return len(values)

    def facet(self, name: str) -> FacetTable:
        """Return the values of a facet over all segments."""
        table = self._facets.get(name)
        if table is None:
            table = self._facets[name] = FacetTable([s.facet(name) for s in self.segments])
        return table


class FacetTable:
    """The distinct values of one facet over all segments, sorted; a value is named by its place."""

    def __init__(self, readers: Sequence[FacetReader]) -> None:
        of_segment = [reader.values.all() for reader in readers]
        self.values = sorted(set().union(*of_segment))
        place = {value: at for at, value in enumerate(self.values)}
        self._readers = readers
        self._places = [np.array([place[v] for v in values], np.int64) for values in of_segment]

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
        """Return the places of all values that selecting *asked* means."""
        return [
            place
            for reader, places in zip(self._readers, self._places, strict=True)
            for place in places[reader.ordinals_of(asked)].tolist()
        ]
