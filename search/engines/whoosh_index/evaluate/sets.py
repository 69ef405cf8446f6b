"""What a clause matches in a snapshot: sets of documents that can be listed, counted and looked into.

A set may never be listed at all: a date filter only looks at the documents that another clause found.
Documents are in a set once, ascending; the *place* of one is its number among them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.kernels.arguments import UnionPart
from search.engines.whoosh_index.snapshot.documents import Documents
from search.engines.whoosh_index.snapshot.postings import Occurrences
from search.text.arrays import Bools, Floats, Ints


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

        And for each, if the clause adds to a score, what `scores_of` makes of it: the weighted frequency of
        a word, or else the score itself.
        """

    def listed(self) -> tuple[Ints, Floats | None]:
        """Return all documents, and the same number for each."""
        return self.documents, None

    def part(self) -> UnionPart:
        """Return the set as a part of a union."""
        return self.documents, self.scores if self.is_scored else None

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        """Return what *documents* score at most that `find` or `listed` gave these *numbers*."""
        raise NotImplementedError

    @property
    def scores(self) -> Floats:
        """What each of ``documents`` scores at most."""
        raise NotImplementedError

    def true_scores(self) -> tuple[Floats, Floats | None] | None:
        """Return what each of ``documents`` scores without neighbours, and at most with them, if there can be any.

        None where `Evaluation.exactly` is the way to it.
        """
        return None

    def best(self, size: int) -> tuple[Ints, float]:
        """Return the documents that score most, *size* or more, and a score that none of the others exceeds.

        It is 0 where there are no others.
        """
        if self.count <= size:
            return self.documents, 0.0
        places, least = highest(self.scores, size)
        return self.documents.take(places), least

    def at_least(self, score: float) -> Ints:
        """Return all documents that score *score* or more, at most."""
        return self.documents.take((self.scores >= score).nonzero()[0])


class Found(Matches):
    """The documents of posting lists, scored by how often the word is in each."""

    __slots__ = ("_documents", "_every", "_scores", "factor", "is_scored", "occurrences")

    def __init__(
        self, every: Documents, occurrences: Occurrences, factor: float | None = None
    ) -> None:
        """*factor* is what a saturated frequency is multiplied with; None for a filter."""
        self._every = every
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
        at, weights = kernels.find_in(documents, self.occurrences.for_kernels)
        assert weights is not None  # noqa: S101
        return at, weights

    def listed(self) -> tuple[Ints, Floats]:
        return self.occurrences.documents, self.occurrences.weights

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        return kernels.scored((documents, numbers), self._every.penalties, self.factor)[1]

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            self._documents, self._scores = kernels.scored(
                self.occurrences.for_kernels, self._every.penalties, self.factor
            )
        return self._scores

    def best(self, size: int) -> tuple[Ints, float]:
        source = self.occurrences.for_kernels
        if self._scores is None and isinstance(source, list) and self.count > size:
            return kernels.best(source, self._every.penalties, self.factor, size)
        return super().best(size)

    def part(self) -> UnionPart:
        source = self.occurrences.for_kernels
        if self.is_scored and self._scores is None and isinstance(source, list):
            return source, self._every.penalties, self.factor
        return super().part()

    @property
    def sure(self) -> float:
        """What a saturated frequency is multiplied with whichever form of the word is there."""
        return self.factor

    def true_scores(self) -> tuple[Floats, None]:
        source, penalties = self.occurrences.for_kernels, self._every.penalties
        self._documents, scores = kernels.scored(source, penalties, self.sure)
        self.add_form(scores, self._documents)
        return scores, None

    def sure_scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        """Return what `scores_of` does, but at least, not at most: the rest is `add_form`'s."""
        return kernels.scored((documents, numbers), self._every.penalties, self.sure)[1]

    def add_exactly(self, scores: Floats, documents: Ints) -> None:
        """Add what those of *documents*, which ascend, score that are in the set to their *scores*."""
        source = self.occurrences.for_kernels
        kernels.add_scores(scores, documents, source, self._every.penalties, self.sure)
        self.add_form(scores, documents)

    def add_form(self, scores: Floats, documents: Ints) -> None:
        """Add to the *scores* of *documents* what the form as typed adds to that of the word."""


class FoundWord(Found):
    """What a word matches in any of its forms, and what the form as typed adds to a score.

    Scores are bounds: as if every document that holds the word had the form as typed.
    """

    __slots__ = ("_form", "of_stem")

    def __init__(
        self,
        every: Documents,
        occurrences: Occurrences,
        of_stem: float,
        of_form: float,
        form: Occurrences,
    ) -> None:
        """*of_stem* and *of_form* are what saturated frequencies of the two are multiplied with."""
        # Of a word that is nowhere both are 0, but its clause is one that scores.
        super().__init__(every, occurrences, of_stem + of_form or 1.0)
        self.of_stem = of_stem
        #: What the form adds; None where the word has no other, so that the scores are true.
        self._form = None if form is occurrences else Found(every, form, of_form)

    @property
    def sure(self) -> float:
        return self.factor if self._form is None else self.of_stem

    def add_form(self, scores: Floats, documents: Ints) -> None:
        if self._form is not None:
            self._form.add_exactly(scores, documents)


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
        return kernels.find_in(
            documents, (self._documents, self.scores if self.is_scored else None)
        )

    def listed(self) -> tuple[Ints, Floats | None]:
        return self._documents, self.scores if self.is_scored else None

    def scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        return numbers

    @property
    def scores(self) -> Floats:
        assert self._scores is not None  # noqa: S101
        return self._scores


#: Two parts of a `Joined` by number, the second follows the first, and what the saturated frequency of the
#: two as neighbours is multiplied with.
Pair = tuple[int, float]


class Joined(Listed):
    """Documents that several clauses match; the scores are computed when asked for, for few never are."""

    __slots__ = ("_numbers", "_pairs", "_parts")

    def __init__(
        self,
        documents: Ints,
        parts: Sequence[Matches],
        numbers: Sequence[Floats | None],
        pairs: Callable[[], Sequence[Pair]],
    ) -> None:
        """*parts* are the clauses; *numbers*, what `Matches.scores_of` of each takes; *pairs*, neighbours.

        Words that follow each other in the query are neighbours in a document at most as often as the
        rarer of the two occurs in it.
        """
        super().__init__(documents)
        self.is_scored = True
        self._parts = parts
        self._numbers = numbers
        self._pairs = pairs

    @property
    def scores(self) -> Floats:
        if self._scores is None:
            of_parts = [
                part.scores_of(self._documents, numbers)
                if part.is_scored and numbers is not None
                else None
                for part, numbers in zip(self._parts, self._numbers, strict=True)
            ]
            self._scores = self._sum(of_parts)
            factors = [p.factor if isinstance(p, Found) else 1.0 for p in self._parts]
            _add_pairs(self._scores, self._pairs(), of_parts, factors)
        return self._scores

    def true_scores(self) -> tuple[Floats, Floats | None] | None:
        of_parts: list[Floats | None] = []
        for part, numbers in zip(self._parts, self._numbers, strict=True):
            if not part.is_scored or numbers is None:
                of_parts.append(None)
            elif isinstance(part, Found):
                of_parts.append(part.sure_scores_of(self._documents, numbers))
            else:
                return None
        scores = self._sum(of_parts)
        for part in self._parts:
            if isinstance(part, Found) and part.is_scored:
                part.add_form(scores, self._documents)
        pairs = self._pairs()
        if not pairs:
            return scores, None
        bounds = scores.copy()
        factors = [p.sure if isinstance(p, Found) else 1.0 for p in self._parts]
        _add_pairs(bounds, pairs, of_parts, factors)
        return scores, bounds

    def _sum(self, of_parts: Sequence[Floats | None]) -> Floats:
        total = np.zeros(len(self._documents), np.float32)
        for scores in of_parts:
            if scores is not None:
                total += scores
        return total


def _add_pairs(
    total: Floats,
    pairs: Sequence[Pair],
    of_parts: Sequence[Floats | None],
    factors: Sequence[float],
) -> None:
    """Add what neighbours score at most; *of_parts* are saturated frequencies times *factors*."""
    for number, factor in pairs:
        one, other = of_parts[number], of_parts[number + 1]
        if one is not None and other is not None:
            shares = [np.float32(1 / factors[n]) for n in (number, number + 1)]
            total += np.minimum(one * shares[0], other * shares[1]) * np.float32(factor)


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

    __slots__ = ("_child", "_documents", "_every")
    is_filter = True

    def __init__(self, every: Documents, child: Matches) -> None:
        self._every = every
        self._child = child
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        return self._every.live_count - self._child.count

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            live = self._every.live_numbers
            self._documents = live.take(self.find(live)[0])
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, None]:
        inside, _ = self._child.find(documents)
        outside = np.ones(len(documents), bool)
        outside[inside] = False
        return outside.nonzero()[0], None


#: Blocks of scores of which the greatest are compared, for each of those that are looked for.
_BLOCKS_A_HIT = 8


def highest(scores: Floats | Ints, size: int) -> tuple[Ints, float]:
    """Return the indices, ascending, of the *size* highest *scores* or some more, and the least of these scores.

    All that are not below it are among them; it is 0 where that is all there are.

    The *size* highest maxima of blocks are scores that so many reach, hence the least of them is a bound: a pass of
    maxima and one of comparisons, where to partition would take ten times as long.
    """
    if len(scores) <= size:
        return np.arange(len(scores)), 0.0
    blocks = _BLOCKS_A_HIT * size
    height = len(scores) // blocks
    maxima = scores[: height * blocks].reshape(height, blocks).max(axis=0) if height > 1 else scores
    # So few are sorted as soon as parted, and sooner where many are equal.
    threshold = np.sort(maxima)[-size].item()
    return (scores >= threshold).nonzero()[0], threshold


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
    documents, scores = kernels.union([part.part() for part in parts], needed)
    return Listed(documents, scores if any(part.is_scored for part in parts) else None)
