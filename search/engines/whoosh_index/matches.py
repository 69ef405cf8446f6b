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
    def find(self, documents: Ints) -> tuple[Ints, Floats | None]:
        """Return which of *documents*, as indices into them, are in the set.

        And for each a number that `scores_of` takes, if the clause adds to a score.
        """

    def listed(self) -> tuple[Ints, Floats | None]:
        """Return all documents, and the same number for each."""
        return self.documents, None

    def part(self) -> kernels.Part:
        """Return the set as a part of a union."""
        return self.documents, self.scores if self.is_scored else None

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        """Return what *documents* score at most that `find` or `listed` gave these *numbers*."""
        raise NotImplementedError

    @property
    def scores(self) -> Floats:
        """What each of ``documents`` scores at most."""
        raise NotImplementedError

    def best(self, size: int) -> tuple[Ints, float]:
        """Return the documents that score most: *size* or more, and all that score as much.

        And a score that none of the others reaches.
        """
        if self.count <= size:
            return self.documents, 0.0
        places, least = kernels.highest(self.scores, size)
        return self.documents.take(places), least

    def at_least(self, score: float) -> Ints:
        """Return all documents that score *score* or more, at most."""
        return self.documents.take((self.scores >= score).nonzero()[0])


class Found(Matches):
    """The documents of posting lists, scored by how often the word is in each."""

    __slots__ = ("_documents", "_scores", "_snapshot", "factor", "is_scored", "occurrences")

    def __init__(
        self, snapshot: Snapshot, occurrences: Occurrences, factor: float | None = None
    ) -> None:
        """*factor* is what a saturated frequency is multiplied with; None for a filter."""
        self._snapshot = snapshot
        self.occurrences = occurrences
        self.factor = factor or 0.0
        self.is_scored = factor is not None
        self._documents: Ints | None = None
        self._scores: Floats | None = None

    @property
    def count(self) -> int:
        return self.occurrences.size

    @property
    def documents(self) -> Ints:
        return self.occurrences.documents if self._documents is None else self._documents

    def find(self, documents: Ints) -> tuple[Ints, Floats]:
        return kernels.find_in(documents, self.occurrences.source)

    def listed(self) -> tuple[Ints, Floats]:
        return self.occurrences.documents, self.occurrences.weights

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        return kernels.saturated(numbers, documents, self._snapshot.penalties, self.factor)

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._documents, self._scores = kernels.scored(
                self.occurrences.source, self._snapshot.penalties, self.factor
            )
        return self._scores

    def part(self) -> kernels.Part:
        source = self.occurrences.source
        if self.is_scored and self._scores is None and isinstance(source, list):
            return source, self._snapshot.penalties, self.factor
        return super().part()

    def add_exactly(self, scores: Floats, documents: Ints) -> None:
        """Add what those of *documents*, which ascend, score that are in the set to their *scores*."""
        self._add(scores, documents, self.factor)

    def _add(self, scores: Floats, documents: Ints, factor: float) -> None:
        source = self.occurrences.source
        kernels.add_found(scores, documents, source, self._snapshot.penalties, factor)


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

    def find(self, documents: Ints) -> tuple[Ints, Floats | None]:
        at, places = kernels.common(documents, self._documents)
        return at, self.scores.take(places) if self.is_scored else None

    def listed(self) -> tuple[Ints, Floats | None]:
        return self._documents, self.scores if self.is_scored else None

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        return numbers

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

    def find(self, documents: Ints) -> tuple[Ints, None]:
        return self._test(documents).nonzero()[0], None


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

    def find(self, documents: Ints) -> tuple[Ints, None]:
        inside, _ = self._child.find(documents)
        outside = np.ones(len(documents), bool)
        outside[inside] = False
        return outside.nonzero()[0], None


def all_of(parts: Sequence[Matches]) -> tuple[Ints, list[Floats | None]]:
    """Return the documents that are in all *parts*, and of each the numbers that `Matches.scores_of` takes."""
    order = sorted(
        range(len(parts)),
        key=lambda n: (parts[n].is_filter, n if parts[n].is_filter else parts[n].count),
    )
    numbers: list[Floats | None] = [None] * len(parts)
    documents, numbers[order[0]] = parts[order[0]].listed()
    for number in order[1:]:
        kept, found = parts[number].find(documents)
        if len(kept) < len(documents):
            documents = documents.take(kept)
            numbers = [None if own is None else own.take(kept) for own in numbers]
        numbers[number] = found
    return documents, numbers


def some_of(parts: Sequence[Matches], needed: int) -> Matches:
    """Return the documents that are in at least *needed* parts, with the sum of their scores."""
    documents, scores = kernels.some_of([part.part() for part in parts], needed)
    return Listed(documents, scores if any(part.is_scored for part in parts) else None)
