"""What a clause matches in a snapshot: sets of documents that can be listed, counted and looked into.

A set may never be listed at all: a date filter only looks at the documents that another clause found, and
the union of common words stays one array over all documents. Documents are in a set once, ascending.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.postings import MUCH_FEWER, Occurrences

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot import Snapshot


class Matches(ABC):
    """The live documents that a clause matches, and the score that each has at most.

    Documents are named by their *place* in the set; what a place is, is the set's own affair.
    """

    #: Whether the clause adds to a score; if not, `scores_at` must not be asked.
    is_scored = False
    #: Whether listing the documents costs more than finding others among them.
    is_filter = False

    @property
    @abstractmethod
    def count(self) -> int:
        """The number of documents."""

    @property
    @abstractmethod
    def documents(self) -> Ints:
        """All documents."""

    @abstractmethod
    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        """Return which of *documents*, as indices into them, are in the set, and their places."""

    def scores_at(self, places: Ints) -> Floats:
        """Return what the documents at *places* score at most."""
        raise NotImplementedError

    @property
    def scores(self) -> Floats:
        """What each of ``documents`` scores at most."""
        raise NotImplementedError

    def best(self, size: int) -> tuple[Ints, Floats]:
        """Return documents, and their scores, among which are the *size* that score most; ascending."""
        scores = self.scores
        if len(scores) <= size:
            return self.documents, scores
        places = highest(scores, size)
        return self.documents.take(places), scores.take(places)

    def at_least(self, score: float) -> Ints:
        """Return all documents that score *score* or more, at most."""
        return self.documents.take(np.flatnonzero(self.scores >= score))


#: Scores of which the greatest of each block are compared, to find a bound that few are above.
_BLOCKS_A_HIT = 8


def highest(scores: Floats, size: int) -> Ints:
    """Return places of the *size* highest *scores*, and maybe of more, ascending.

    The *size* highest maxima of blocks are so many scores, hence the least of them is a bound that so
    many reach: a pass of maxima and one of comparisons, where to partition would take ten times as long.
    """
    blocks = _BLOCKS_A_HIT * size
    height = len(scores) // blocks
    if height < 2:
        threshold = np.partition(scores, len(scores) - size)[len(scores) - size]
    else:
        maxima = scores[: height * blocks].reshape(height, blocks).max(axis=0)
        maxima.partition(blocks - size)
        threshold = maxima[blocks - size]
    return np.flatnonzero(scores >= threshold)


class Found(Matches):
    """The documents of posting lists, scored by how often the word is in each."""

    def __init__(self, snapshot: Snapshot, postings: Occurrences, factor: float) -> None:
        """*factor* is what a saturated frequency is multiplied with; 0 for a filter."""
        self._snapshot = snapshot
        self.postings = postings
        self.factor = factor
        self.is_scored = factor > 0

    @property
    def count(self) -> int:
        return self.postings.size

    @property
    def documents(self) -> Ints:
        return self.postings.documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        return common(self._snapshot, documents, self.documents)

    def saturations_at(self, places: Ints) -> Floats:
        """Return BM25's saturated frequency, below K1 + 1, at each of *places*."""
        weights = self.postings.weights_at(places)
        return _saturated(self._snapshot, weights, self.documents.take(places))

    def scores_at(self, places: Ints) -> Floats:
        scores = self.saturations_at(places)
        scores *= np.float32(self.factor)
        return scores

    @cached_property
    def scores(self) -> Floats:
        scores = _saturated(self._snapshot, self.postings.weights, self.documents)
        scores *= np.float32(self.factor)
        return scores


def _saturated(snapshot: Snapshot, weights: Floats, documents: Ints) -> Floats:
    penalties = snapshot.penalties.take(documents)
    penalties += weights
    return np.divide(weights, penalties, out=penalties)


class Listed(Matches):
    """Documents with scores, or without any."""

    def __init__(self, snapshot: Snapshot, documents: Ints, scores: Floats | None = None) -> None:
        self._snapshot = snapshot
        self._documents = documents
        self._scores = scores
        self.is_scored = scores is not None

    @property
    def count(self) -> int:
        return len(self._documents)

    @property
    def documents(self) -> Ints:
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        return common(self._snapshot, documents, self._documents)

    def scores_at(self, places: Ints) -> Floats:
        return self.scores.take(places)

    @property
    def scores(self) -> Floats:
        assert self._scores is not None  # noqa: S101
        return self._scores


class Spread(Matches):
    """A score for every document of the snapshot, 0 for those that do not match; a place is a document."""

    is_scored = True

    def __init__(self, spread: Floats) -> None:
        self._spread = spread

    @cached_property
    def _flags(self) -> Bools:
        return self._spread > 0

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self._flags))

    @cached_property
    def documents(self) -> Ints:
        return np.flatnonzero(self._flags)

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        found = np.flatnonzero(self._flags.take(documents))
        return found, documents.take(found)

    def scores_at(self, places: Ints) -> Floats:
        return self._spread.take(places)

    @cached_property
    def scores(self) -> Floats:
        return self._spread.take(self.documents)

    def best(self, size: int) -> tuple[Ints, Floats]:
        if size >= self.count:
            return self.documents, self.scores
        documents = highest(self._spread, size)
        return documents, self._spread.take(documents)

    def at_least(self, score: float) -> Ints:
        return np.flatnonzero(self._spread >= score)


class Flagged(Matches):
    """A flag for every document of the snapshot; a place is a document."""

    def __init__(self, flags: Bools) -> None:
        self._flags = flags

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self._flags))

    @cached_property
    def documents(self) -> Ints:
        return np.flatnonzero(self._flags)

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        found = np.flatnonzero(self._flags.take(documents))
        return found, documents.take(found)


class Filtered(Matches):
    """The documents that a test holds for; listed only if nothing else is there to look among."""

    is_filter = True

    def __init__(self, every: Ints, test: Callable[[Ints], Bools]) -> None:
        """*test* tells of any of the documents *every* whether it is in the set."""
        self._every = every
        self._test = test

    @property
    def count(self) -> int:
        return len(self.documents)

    @cached_property
    def documents(self) -> Ints:
        return self._every.take(np.flatnonzero(self._test(self._every)))

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        found = np.flatnonzero(self._test(documents))
        return found, found


class Others(Matches):
    """All live documents that a set has not."""

    is_filter = True

    def __init__(self, snapshot: Snapshot, child: Matches) -> None:
        self._snapshot = snapshot
        self._child = child

    @property
    def count(self) -> int:
        return self._snapshot.articles - self._child.count

    @cached_property
    def documents(self) -> Ints:
        every = self._snapshot.documents
        return every.take(self.find(every)[0])

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        inside, _ = self._child.find(documents)
        outside = np.ones(len(documents), bool)
        outside[inside] = False
        found = np.flatnonzero(outside)
        return found, found


def common(snapshot: Snapshot, some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return the places in *some*, and in *others*, of the documents that are in both."""
    if len(some) * MUCH_FEWER < len(others):
        return _looked_up(some, others)
    if len(others) * MUCH_FEWER < len(some):
        places, found = _looked_up(others, some)
        return found, places
    table = snapshot.blank_table()
    table[others] = snapshot.counting(len(others))
    at = table.take(some)
    table[others] = 0
    found = np.flatnonzero(at)
    at = at.take(found)
    at -= 1
    return found, at.astype(np.int64)


def _looked_up(some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return what `common` does, looking up each of *some*."""
    at = others.searchsorted(some)
    found = np.flatnonzero(others.take(at, mode="clip") == some)
    return found, at.take(found)


def all_of(snapshot: Snapshot, parts: Sequence[Matches]) -> tuple[Ints, list[Ints | None]]:
    """Return the documents that are in all *parts*, and their places in each; None: all, in order."""
    order = sorted(
        range(len(parts)),
        key=lambda n: (parts[n].is_filter, n if parts[n].is_filter else parts[n].count),
    )
    documents = parts[order[0]].documents
    places: list[Ints | None] = [None] * len(parts)
    done = [order[0]]
    for number in order[1:]:
        kept, found = parts[number].find(documents)
        if len(kept) < len(documents):
            documents = documents.take(kept)
            for earlier in done:
                before = places[earlier]
                places[earlier] = kept if before is None else before.take(kept)
        places[number] = found
        done.append(number)
    return documents, places


def some_of(snapshot: Snapshot, parts: Sequence[Matches], needed: int) -> Matches:
    """Return the documents that are in at least *needed* parts, with the sum of their scores."""
    if needed == 1 and all(part.is_scored for part in parts):
        return Spread(_sum(snapshot, parts))
    if needed == 1:
        flags = np.zeros(snapshot.size, bool)
        for part in parts:
            flags[part.documents] = True
    else:
        votes = np.zeros(snapshot.size, np.uint16)  # a query has at most some thousand clauses
        for part in parts:
            votes[part.documents] += 1
        flags = votes >= needed
    scored = [part for part in parts if part.is_scored]
    if not scored:
        return Flagged(flags)
    documents = np.flatnonzero(flags)
    return Listed(snapshot, documents, _sum(snapshot, scored).take(documents))


def _sum(snapshot: Snapshot, parts: Sequence[Matches]) -> Floats:
    """Return for every document of the snapshot the sum of its scores in *parts*."""
    total = np.zeros(snapshot.size, np.float32)
    is_first = True
    for part in parts:
        if is_first:
            total[part.documents] = part.scores
        else:
            total[part.documents] += part.scores
        is_first = False
    return total


def in_a_row(keys: Sequence[Ints]) -> Ints:
    """Return where the first of several words stands that stand at neighbouring positions."""
    rarest = min(range(len(keys)), key=lambda word: len(keys[word]))
    starts = keys[rarest] - rarest
    for word in sorted(range(len(keys)), key=lambda word: len(keys[word])):
        if word != rarest:
            starts = _common_keys(starts + word, keys[word]) - word
    return starts


def _common_keys(some: Ints, others: Ints) -> Ints:
    """Return the numbers that are in both of two ascending arrays without repeats."""
    if len(some) > len(others):
        some, others = others, some
    if not len(some):
        return some
    return some.take(_looked_up(some, others)[0])
