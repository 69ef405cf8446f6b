"""The order of the first hits by more than their scores: by age, and so that one source or story does not fill a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import Moved
from search.engines.records import to_microseconds
from search.engines.rescoring.diversity import LOOKED_AT, NO_SOURCE, diverse
from search.engines.rescoring.recency import by_recency, kept
from search.engines.rescoring.rescorer import RESCORED
from search.engines.whoosh_index.format.stored import UNDATED, now_in_microseconds
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.stories import Stories
from search.text.arrays import Ints

Rows = list[tuple[int, float]]


class Arrangement:
    """What a request wants of the first hits beside their scores."""

    def __init__(
        self, snapshot: Snapshot, request: SearchRequest, sources: Callable[[], FacetTable]
    ) -> None:
        """*sources* returns the table of sources, where the index has that facet."""
        self._snapshot = snapshot
        self._request = request
        self._sources = sources
        self.moved: tuple[Moved, ...] = ()
        #: The share of its score that each of the first documents keeps.
        self.shares: Mapping[int, float] = {}

    @property
    def depth(self) -> int:
        """How many hits can come to have another place."""
        if self._request.recency is not None:
            return RESCORED
        return LOOKED_AT if self._request.is_diverse else 0

    def arranged(self, ranked: Rows, stories: Stories | None) -> Rows:
        """Return the best hits *ranked* by score in their new order, with what each keeps of its score.

        *stories* tells copies among them; None where no two are of one story.
        """
        if not ranked or not ranked[0][1]:
            return ranked  # nothing scored: newest first
        if self._request.recency is not None:
            ranked = self._by_recency(ranked)
        if not self._request.is_diverse:
            return ranked
        documents = np.array([document for document, _ in ranked[:LOOKED_AT]], np.int64)
        sources, groups = [NO_SOURCE] * len(documents), [0] * len(documents)
        if "source" in self._snapshot.layout.facets:
            sources = self._sources().first_shown(documents).tolist()
        if stories is not None:
            groups = stories.groups.take(documents).tolist()
        found = diverse(sources, groups)
        if not found.moved:
            return ranked
        self.moved = tuple(
            [
                Moved("" if best is None else self._source_of(documents[best : best + 1]), count)
                for best, count in found.moved
            ]
        )
        return [ranked[place] for place in found.order] + ranked[len(documents) :]

    def _source_of(self, documents: Ints) -> str:
        """Return the source of the one of *documents*, as it is spelt there."""
        return self._sources().first_values(documents)[0].strip()

    def _by_recency(self, ranked: Rows) -> Rows:
        """Return the first hits by what they keep of their scores, and the others after them."""
        recency = self._request.recency
        assert recency is not None  # noqa: S101
        first = ranked[:RESCORED]
        dates = self._snapshot.documents.dates
        instants = dates.take([document for document, _ in first]).tolist()
        since = self._counted_from()
        ages = [None if instant == UNDATED else since - instant for instant in instants]
        shares = kept(ages, recency)
        self.shares = {d: share for (d, _), share in zip(first, shares, strict=True)}
        weighed = [(d, score * self.shares[d]) for d, score in first]
        order = by_recency([score for _, score in first], shares)
        return [weighed[place] for place in order] + ranked[RESCORED:]

    def _counted_from(self) -> int:
        """Return the instant that ages are counted from: now, or the newest article, or the last day asked for, whichever is first."""
        ends = [now_in_microseconds()]
        if (newest := self._snapshot.documents.newest) != UNDATED:
            ends.append(newest)
        if self._request.end is not None:
            ends.append(to_microseconds(self._request.end.instant))
        return min(ends)
