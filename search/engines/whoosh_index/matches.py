"""What a clause matches in a snapshot: sets of documents that can be listed, counted and looked into.

A set may never be listed at all: a date filter only looks at the documents that another clause found.
Documents are in a set once, ascending; the *place* of one is its number among them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.postings import Occurrences

if TYPE_CHECKING:
    from search.engines.whoosh_index.snapshot import Snapshot


class Matches(ABC):
    """The live documents that a clause matches, and the score that each has at most."""

    __slots__ = ()
    #: Whether the clause adds to a score; if not, scores must not be asked for.
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
        """Return which of *documents*, as indices into them, are in the set, and their places in it.

        Of a set that is a filter, and has no scores, the second is of no meaning.
        """

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
        return kernels.highest(self.scores, size)

    def at_least(self, score: float) -> Ints:
        """Return the places of all that score *score* or more, at most."""
        return (self.scores >= score).nonzero()[0]


class Found(Matches):
    """The documents of posting lists, scored by how often the word is in each."""

    __slots__ = ("_scores", "_snapshot", "factor", "is_scored", "occurrences")

    def __init__(
        self, snapshot: Snapshot, occurrences: Occurrences, factor: float | None = None
    ) -> None:
        """*factor* is what a saturated frequency is multiplied with; None for a filter."""
        self._snapshot = snapshot
        self.occurrences = occurrences
        self.factor = factor or 0.0
        self.is_scored = factor is not None
        self._scores: Floats | None = None

    @property
    def count(self) -> int:
        return self.occurrences.size

    @property
    def documents(self) -> Ints:
        return self.occurrences.documents

    def find(self, documents: Ints) -> tuple[Ints, Ints]:
        return kernels.common(documents, self.occurrences.documents)

    def scores_at(self, places: Ints | None) -> Floats:
        found = self.occurrences
        penalties = self._snapshot.penalties
        return kernels.saturated(found.weights, found.documents, penalties, self.factor, places)

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._scores = self.scores_at(None)
        return self._scores

    def add_exactly(self, scores: Floats, documents: Ints) -> None:
        """Add what those of *documents*, which ascend, score that are in the set to their *scores*."""
        self._add(scores, documents, self.factor)

    def _add(self, scores: Floats, documents: Ints, factor: float) -> None:
        found = self.occurrences
        if found.size:
            penalties = self._snapshot.penalties
            kernels.add_found(scores, documents, found.weights, found.documents, penalties, factor)


class FoundWord(Found):
    """What a word matches in any of its forms, and what the form as typed adds to a score.

    Scores are bounds: as if every document that holds the word had the form as typed.
    """

    __slots__ = ("_exact", "of_stem")

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
        #: What the form adds; None where the word has no other, so that the scores are true.
        self._exact = None if form is occurrences else Found(snapshot, form, of_form)

    def add_exactly(self, scores: Floats, documents: Ints) -> None:
        if self._exact is None:
            self._add(scores, documents, self.factor)
        else:
            self._add(scores, documents, self.of_stem)
            self._exact.add_exactly(scores, documents)


class Listed(Matches):
    """Documents with scores, or without any."""

    __slots__ = ("_documents", "_scores", "is_scored")

    def __init__(self, documents: Ints, scores: Floats | None = None) -> None:
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
        return kernels.common(documents, self._documents)

    def scores_at(self, places: Ints) -> Floats:
        return self.scores.take(places)

    @property
    def scores(self) -> Floats:
        assert self._scores is not None  # noqa: S101
        return self._scores


class Joined(Listed):
    """Documents that several clauses match."""

    __slots__ = ("_bounds",)

    def __init__(self, documents: Ints, bounds: Callable[[], Floats]) -> None:
        """*bounds* computes the scores, which few documents never need."""
        super().__init__(documents)
        self.is_scored = True
        self._bounds = bounds

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._scores = self._bounds()
        return self._scores


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


def all_of(parts: Sequence[Matches]) -> tuple[Ints, list[Ints | None]]:
    """Return the documents that are in all *parts*, and their places in each.

    None where the places are the numbers from 0 on, one a document: all of a part, in order.
    """
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


def some_of(parts: Sequence[Matches], needed: int) -> Matches:
    """Return the documents that are in at least *needed* parts, with the sum of their scores."""
    documents, scores = kernels.some_of(
        [(part.documents, part.scores if part.is_scored else None) for part in parts], needed
    )
    return Listed(documents, scores if any(part.is_scored for part in parts) else None)
