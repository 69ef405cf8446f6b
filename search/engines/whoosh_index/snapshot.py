"""One generation of the index opened for reading: its segments, and statistics over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from search.article import Article
from search.engines.base import FACETS, Stats
from search.engines.ranking import K1, B
from search.engines.whoosh_index.columns import Floats
from search.engines.whoosh_index.facets import FacetTable
from search.engines.whoosh_index.family import Occurrences
from search.engines.whoosh_index.segment import SegmentReader
from search.engines.whoosh_index.stored import UNDATED, from_microseconds
from search.engines.whoosh_index.toc import latest_generation, read_toc
from search.errors import IndexDamaged
from search.query import Query

#: Bound of what `Expansions` keeps.
_REMEMBERED_BYTES = 32 << 20
#: How often to start over when a writer removes a generation while it is being opened.
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Expanded:
    """What a wildcard or fuzzy word comes to: where its words occur, their idf, and what to say."""

    occurrences: tuple[Occurrences, ...]
    idf: float
    notices: tuple[str, ...]


class Expansions:
    """Remembers what wildcard and fuzzy words came to: they cost most, and are asked again.

    One query asks for hits, counts and ways out of an empty answer; the next page asks all anew.
    """

    def __init__(self) -> None:
        self._known: dict[Query, Expanded] = {}
        self._bytes = 0

    def get(self, leaf: Query) -> Expanded | None:
        return self._known.get(leaf)

    def put(self, leaf: Query, expanded: Expanded) -> None:
        size = sum(part.documents.nbytes + part.weights.nbytes for part in expanded.occurrences)
        if self._bytes + size > _REMEMBERED_BYTES:
            self._known, self._bytes = {}, 0
        if size <= _REMEMBERED_BYTES:
            self._known[leaf] = expanded
            self._bytes += size


class Snapshot:
    """An immutable view of one generation, shared by threads; scores depend on nothing outside it."""

    def __init__(self, generation: int, segments: Sequence[SegmentReader]) -> None:
        self.generation = generation
        self.segments = tuple(segments)
        self._facets: dict[str, FacetTable] = {}
        self.expansions = Expansions()
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

    @cached_property
    def stats(self) -> Stats:
        """What the index holds; the first time every dictionary is read for it."""
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
            facet_values={
                facet: int(np.count_nonzero(self.facet(facet).live_counts)) for facet in FACETS
            },
        )

    def facet(self, name: str) -> FacetTable:
        """Return the values of a facet over all segments."""
        table = self._facets.get(name)
        if table is None:
            table = self._facets[name] = FacetTable(
                [segment.facet(name) for segment in self.segments],
                [segment.live_documents() for segment in self.segments],
            )
        return table
