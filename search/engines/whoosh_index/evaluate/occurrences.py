"""Where words stand in documents: phrases, words near each other, words in a field.

Each takes a bounded number of documents or postings at a time, and looks at the deadline in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.format.layout import Scope
from search.engines.whoosh_index.kernels.arguments import PostingRun
from search.engines.whoosh_index.snapshot.documents import Documents
from search.engines.whoosh_index.snapshot.postings import (
    WeightedDocuments,
    inside,
    merged,
    sorted_keys,
    weighted_documents,
)
from search.text.arrays import Ints

#: Returns the occurrences that count in some documents, given the runs of each word.
_Keys = Callable[[list[list[PostingRun]], Ints], Ints]


class OccurrenceFinder:
    """Looks at single occurrences in the documents of a snapshot, for one request."""

    __slots__ = ("_all_documents", "_deadline", "_limits")

    def __init__(self, all_documents: Documents, limits: Limits, deadline: Deadline) -> None:
        self._all_documents = all_documents
        self._limits = limits
        self._deadline = deadline

    def phrase(
        self, words: list[list[PostingRun]], slop: int, within: Ints, scope: Scope
    ) -> WeightedDocuments:
        """Return where *words* stand in this order, with at most *slop* other words between in all.

        Only *within* some documents. From each position of the first word the next ones are taken at the
        earliest position after the one before: if any way to place them is short enough, that one is. With *slop*
        all positions of the first word in such a place count.
        """
        if not slop:
            return self._in_documents(words, within, scope, kernels.occurrences)

        def inside(words: list[list[PostingRun]], within: Ints) -> Ints:
            firsts = starts = ends = kernels.occurrences([words[0]], within)
            for runs in words[1:]:
                following = kernels.occurrences([runs], within)
                at = following.searchsorted(ends, "right")
                found = at < len(following)
                starts, ends = starts[found], following[at[found]]
            # Another document, field or value is further away than any slop reaches.
            is_short = ends - starts < len(words) + slop
            starts, ends = starts[is_short], ends[is_short]
            if len(starts) == len(firsts):
                return firsts
            # Starts ascend, and so do the ends: of those before a position the last reaches furthest.
            last = starts.searchsorted(firsts, "right") - 1
            return firsts[(last >= 0) & (firsts <= np.append(ends, -1).take(last))]

        return self._in_documents(words, within, scope, inside)

    def near(
        self,
        left: list[PostingRun],
        right: list[PostingRun],
        distance: int,
        within: Ints,
        scope: Scope,
    ) -> WeightedDocuments:
        """Return where *left* stands at most *distance* positions before or after *right*."""

        def keys(words: list[list[PostingRun]], within: Ints) -> Ints:
            left, right = words
            own = kernels.occurrences([left], within)
            other = own if left is right else kernels.occurrences([right], within)
            if not len(other):
                return other
            at = other.searchsorted(own)
            before = own - other.take(at - 1, mode="clip")
            # What stands at the same position is the same word.
            at += other.take(at, mode="clip") == own
            after = other.take(at, mode="clip") - own
            is_near = (before > 0) & (before <= distance)
            is_near |= (after > 0) & (after <= distance)
            return own[is_near]

        return self._in_documents([left, right], within, scope, keys)

    def in_fields(self, runs: Sequence[PostingRun], scope: Scope) -> WeightedDocuments:
        """Return the documents that have words in the fields of *scope*, as if these were one word."""
        found = []
        part: list[PostingRun] = []
        postings = 0
        for run in runs:
            postings += run.last - run.first
            if part and postings > self._limits.postings_at_once:
                found.append(self._in_fields(part, scope))
                part, postings = [], run.last - run.first
            part.append(run)
        found.append(self._in_fields(part, scope))
        return united(found)

    def merged(self, runs: Sequence[PostingRun]) -> WeightedDocuments:
        """Return the documents of several words as if they were one; the runs of each segment stand together."""
        found = []
        part: list[PostingRun] = []
        postings = 0
        for _, of_segment in groupby(runs, key=attrgetter("base")):
            own = list(of_segment)
            more = sum(run.last - run.first for run in own)
            if part and postings + more > self._limits.united_at_once:
                self._deadline.check()
                found.append(merged(self._all_documents, part))
                part, postings = [], 0
            part += own
            postings += more
        found.append(merged(self._all_documents, part))
        return _joined(found)

    def _in_fields(self, runs: list[PostingRun], scope: Scope) -> WeightedDocuments:
        self._deadline.check()
        return self._weighed(sorted_keys(self._all_documents, runs), scope)

    def _in_documents(
        self, words: list[list[PostingRun]], within: Ints, scope: Scope, keys_of: _Keys
    ) -> WeightedDocuments:
        """Return the occurrences that *keys_of* finds *within* some documents."""
        if len(within) <= self._limits.documents_at_once:
            return self._weighed(keys_of(words, within), scope)
        found = []
        for part, first, last in self._cut(within):
            self._deadline.check()
            # A word that is there twice stays the same list.
            chosen = {id(runs): [run for run in runs if first <= run.base < last] for runs in words}
            keys = keys_of([chosen[id(runs)] for runs in words], part)
            found.append(self._weighed(keys, scope))
        return _joined(found)

    def _cut(self, documents: Ints) -> Iterator[tuple[Ints, int, int]]:
        """Give *documents* by whole segments, few of them at a time, and the range of numbers these have."""
        numbers = [*self._all_documents.bases, self._all_documents.size]
        edges = documents.searchsorted(numbers).tolist()
        first = 0
        for last in range(1, len(numbers)):
            is_last = last == len(numbers) - 1
            if is_last or edges[last + 1] - edges[first] > self._limits.documents_at_once:
                yield documents[edges[first] : edges[last]], numbers[first], numbers[last]
                first = last

    def _weighed(self, keys: Ints, scope: Scope) -> WeightedDocuments:
        family, fields = scope
        if fields is not None:
            keys = inside(self._all_documents, keys, fields)
        return weighted_documents(self._all_documents, keys, family)


def _joined(found: Sequence[WeightedDocuments]) -> WeightedDocuments:
    """Return what was found in one part of the documents after the other."""
    if len(found) == 1:
        return found[0]
    return WeightedDocuments(
        np.concatenate([part.documents for part in found]),
        np.concatenate([part.weights for part in found]),
    )


def united(found: Sequence[WeightedDocuments]) -> WeightedDocuments:
    """Return as one what was found of one part of the words after the other, perhaps in the same documents."""
    if len(found) == 1:
        return found[0]
    return WeightedDocuments(*kernels.union([(part.documents, part.weights) for part in found], 1))
