"""What a clause matches in a snapshot: sets of documents that can be listed, counted and looked into.

A set may never be listed at all: a date filter only looks at the documents that another clause found, and
the union of common words stays one array over all documents. Documents are in a set once, ascending.

A little over 400 lines, because the kinds of sets and what joins them answer the same few questions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.postings import Occurrences

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot import Snapshot


#: Looking numbers up in a sorted array by bisection beats marking all of the array where they are this
#: much fewer (of 50,000 in 100,000 documents: 50,000 looked up 0.18 ms marked, 2.0 bisected; 3,000
#: looked up 0.12 and 0.09 ms; 1,000 looked up 0.10 and 0.04).
_MUCH_FEWER = 16


class Matches(ABC):
    """The live documents that a clause matches, and the score that each has at most.

    Documents are named by their *place* in the set; what a place is, is the set's own affair.
    """

    __slots__ = ()
    #: Whether the clause adds to a score; if not, scores must not be asked for.
    is_scored = False
    #: Whether it does so in every document: a filter beside a word in an OR adds nothing.
    is_positive = False
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

    def documents_at(self, places: Ints) -> Ints:
        """Return the documents at *places*."""
        return self.documents.take(places)

    def scores_at(self, places: Ints) -> Floats:
        """Return what the documents at *places* score at most; the caller may change the array."""
        raise NotImplementedError

    @property
    def scores(self) -> Floats:
        """What each of ``documents`` scores at most."""
        raise NotImplementedError

    def best(self, size: int) -> tuple[Ints, float]:
        """Return the places of those that score most: *size* or more, and all that score as much.

        And a score that none of the others reaches.
        """
        if self.count <= size:
            return np.arange(self.count), 0.0
        return highest(self.scores, size)

    def at_least(self, score: float) -> Ints:
        """Return the places of all that score *score* or more, at most."""
        return (self.scores >= score).nonzero()[0]


#: Blocks of scores of which the greatest are compared, for each of those that are looked for.
_BLOCKS_A_HIT = 8


def highest(scores: Floats | Ints, size: int) -> tuple[Ints, float]:
    """Return the places, ascending, of the *size* highest *scores* or more, and what the least of them is.

    The *size* highest maxima of blocks are so many scores, hence the least of them is a bound that so
    many reach: a pass of maxima and one of comparisons, where to partition would take ten times as long.
    """
    if len(scores) <= size:
        return np.arange(len(scores)), 0.0
    blocks = _BLOCKS_A_HIT * size
    height = len(scores) // blocks
    maxima = scores[: height * blocks].reshape(height, blocks).max(axis=0) if height > 1 else scores
    # So few are sorted as soon as parted, and sooner where many are equal.
    threshold = np.sort(maxima)[-size].item()
    return (scores >= threshold).nonzero()[0], threshold


class Found(Matches):
    """The documents of posting lists, scored by how often the word is in each."""

    __slots__ = ("_scores", "_snapshot", "factor", "is_positive", "is_scored", "occurrences")

    def __init__(
        self, snapshot: Snapshot, occurrences: Occurrences, factor: float | None = None
    ) -> None:
        """*factor* is what a saturated frequency is multiplied with; None for a filter."""
        self._snapshot = snapshot
        self.occurrences = occurrences
        self.factor = factor or 0.0
        self.is_scored = self.is_positive = factor is not None
        self._scores: Floats | None = None

    @property
    def count(self) -> int:
        return self.occurrences.size

    @property
    def documents(self) -> Ints:
        return self.occurrences.documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        return common(self._snapshot, documents, self.occurrences.documents)

    def scores_at(self, places: Ints) -> Floats:
        if self._scores is not None:
            return self._scores.take(places)
        occurrences = self.occurrences
        weights = occurrences.weights_at(places)
        return self._scored(weights, occurrences.documents.take(places))

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._scores = self._scored(self.occurrences.weights, self.occurrences.documents)
        return self._scores

    def _scored(self, weights: Floats, documents: Ints) -> Floats:
        """Return ``factor * weight / (weight + penalty)`` for each of *documents*."""
        penalties = self._snapshot.penalties.take(documents)
        penalties += weights
        scores = np.divide(weights, penalties, out=penalties)
        scores *= np.float32(self.factor)
        return scores


class FoundWord(Found):
    """What a word matches in any of its forms, and what the form as typed adds to a score.

    Scores are bounds: as if every document that holds the word had the form as typed.
    """

    __slots__ = ("exact", "of_stem", "share")

    def __init__(
        self,
        snapshot: Snapshot,
        occurrences: Occurrences,
        of_stem: float,
        of_form: float,
        form: Occurrences,
    ) -> None:
        """*of_stem* and *of_form* are what saturated frequencies of the two are multiplied with."""
        super().__init__(snapshot, occurrences, of_stem + of_form or 1.0)
        self.of_stem = of_stem
        #: The part of ``factor`` that is not of the form.
        self.share = np.float32(of_stem / self.factor)
        #: What the form adds; None where the word has no other, so that the scores are true.
        self.exact = None if form is occurrences else Found(snapshot, form, of_form)


class Listed(Matches):
    """Documents with scores, or without any."""

    __slots__ = ("_documents", "_scores", "_snapshot", "is_positive", "is_scored")

    def __init__(
        self,
        snapshot: Snapshot,
        documents: Ints,
        scores: Floats | None = None,
        *,
        is_positive: bool = False,
    ) -> None:
        self._snapshot = snapshot
        self._documents = documents
        self._scores = scores
        self.is_scored = scores is not None
        self.is_positive = is_positive

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


class Joined(Listed):
    """Documents that several clauses match, and where in each of these they are."""

    __slots__ = ("_bounds", "_places", "parts")

    def __init__(
        self,
        snapshot: Snapshot,
        documents: Ints,
        bounds: Callable[[], Floats],
        parts: Sequence[Matches],
        places: Sequence[Ints | None],
    ) -> None:
        """*bounds* computes the scores, which few documents never need."""
        super().__init__(snapshot, documents, is_positive=any(part.is_positive for part in parts))
        self.is_scored = True
        self._bounds = bounds
        self.parts = parts
        self._places = places

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._scores = self._bounds()
        return self._scores

    def places_in(self, number: int, places: Ints) -> Ints:
        """Return the places in part *number* of the documents at *places*."""
        at = self._places[number]
        return places if at is None else at.take(places)


class Flagged(Matches):
    """A flag for every document of the snapshot; a place is a document."""

    __slots__ = ("_count", "_documents", "_flags")

    def __init__(self, flags: Bools) -> None:
        self._flags = flags
        self._count: int | None = None
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        if self._count is None:
            self._count = int(np.count_nonzero(self._flags))
        return self._count

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            self._documents = self._flags.nonzero()[0]
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        found = self._flags.take(documents).nonzero()[0]
        return found, documents.take(found)

    def documents_at(self, places: Ints) -> Ints:
        return places


class Spread(Flagged):
    """A score for every document of the snapshot, 0 for those that do not match; a place is a document."""

    __slots__ = ("_spread",)
    is_scored = is_positive = True

    def __init__(self, spread: Floats) -> None:
        super().__init__(spread > 0)
        self._spread = spread

    def scores_at(self, places: Ints) -> Floats:
        return self._spread.take(places)

    @property
    def scores(self) -> Floats:
        return self._spread.take(self.documents)

    def best(self, size: int) -> tuple[Ints, float]:
        if self.count <= size:
            return self.documents, 0.0
        return highest(self._spread, size)

    def at_least(self, score: float) -> Ints:
        return (self._spread >= score).nonzero()[0]


class Filtered(Matches):
    """The documents that a test holds for; listed only if nothing else is there to look among."""

    __slots__ = ("_documents", "_every", "_test")
    is_filter = True

    def __init__(self, every: Ints, test: Callable[[Ints], Bools]) -> None:
        """*test* tells of any of the documents *every* whether it is in the set."""
        self._every = every
        self._test = test
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        return len(self.documents)

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            self._documents = self._every.take(self._test(self._every).nonzero()[0])
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        found = self._test(documents).nonzero()[0]
        return found, found


class Others(Matches):
    """All live documents that a set has not."""

    __slots__ = ("_child", "_documents", "_snapshot")
    is_filter = True

    def __init__(self, snapshot: Snapshot, child: Matches) -> None:
        self._snapshot = snapshot
        self._child = child
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        return self._snapshot.articles - self._child.count

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            every = self._snapshot.documents
            self._documents = every.take(self.find(every)[0])
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        inside, _ = self._child.find(documents)
        outside = np.ones(len(documents), bool)
        outside[inside] = False
        found = outside.nonzero()[0]
        return found, found


def common(snapshot: Snapshot, some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return the places in *some*, and in *others*, of the documents that are in both."""
    if len(some) * _MUCH_FEWER < len(others):
        return _looked_up(some, others)
    if len(others) * _MUCH_FEWER < len(some):
        places, found = _looked_up(others, some)
        return found, places
    if len(some) > len(others):
        places, found = _marked(snapshot, others, some)
        return found, places
    return _marked(snapshot, some, others)


def _marked(snapshot: Snapshot, some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return what `common` does, marking *some*, the fewer, in a table of all documents."""
    table = snapshot.blank_table()
    try:
        table[some] = snapshot.counting(len(some))
        at = table.take(others)
    finally:
        table[some] = 0
    found = at.nonzero()[0]
    at = at.take(found)
    at -= 1
    return at.astype(np.int64), found


def _looked_up(some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return what `common` does, looking up each of *some*."""
    at = others.searchsorted(some)
    found = (others.take(at, mode="clip") == some).nonzero()[0]
    return found, at.take(found)


def all_of(snapshot: Snapshot, parts: Sequence[Matches]) -> tuple[Ints, list[Ints | None]]:
    """Return the documents that are in all *parts*, and their places in each.

    None where the places are the numbers from 0 on, one a document: all of a part, in order.
    """
    order = sorted(
        range(len(parts)),
        key=lambda n: (parts[n].is_filter, n if parts[n].is_filter else parts[n].count),
    )
    documents = parts[order[0]].documents
    places: list[Ints | None] = [None] * len(parts)
    if isinstance(parts[order[0]], Flagged):
        places[order[0]] = documents  # a place is a document there, not a number from 0 on
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
    if needed == 1 and all(part.is_positive for part in parts):
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
    documents = flags.nonzero()[0]
    return Listed(snapshot, documents, _sum(snapshot, scored).take(documents))


def _sum(snapshot: Snapshot, parts: Sequence[Matches]) -> Floats:
    """Return for every document of the snapshot the sum of its scores in *parts*."""
    total = np.zeros(snapshot.size, np.float32)
    total[parts[0].documents] = parts[0].scores
    for part in parts[1:]:
        np.add.at(total, part.documents, part.scores)  # two thirds of the time of "+="
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
