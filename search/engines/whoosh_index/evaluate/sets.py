"""Sets of documents that clauses match: they can be listed, counted and searched.

A set may never be listed at all: a date filter only looks at the documents that another clause found.
Documents are in a set once, ascending.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.kernels.arguments import UnionPart
from search.engines.whoosh_index.snapshot.documents import Documents
from search.engines.whoosh_index.snapshot.postings import Occurrences
from search.text.arrays import Bools, Floats, Ints


class DocumentSet(ABC):
    """The live documents that a clause matches, and an upper bound of the score of each."""

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

        And for each, if the clause adds to a score, what `bounds_of` makes of it: the weighted frequency of
        a word, or else the bound itself.
        """

    def listed(self) -> tuple[Ints, Floats | None]:
        """Return all documents, and the same number for each."""
        return self.documents, None

    def part(self) -> UnionPart:
        """Return the set as a part of a union."""
        return self.documents, self.bounds if self.is_scored else None

    def bounds_of(self, documents: Ints, numbers: Floats) -> Floats:
        """Return the upper bounds of *documents* for which `find` or `listed` gave these *numbers*."""
        raise NotImplementedError

    @property
    def bounds(self) -> Floats:
        """The upper bound of each of ``documents``."""
        raise NotImplementedError

    def exact_scores(self) -> tuple[Floats, Floats | None] | None:
        """Return the score of each of ``documents`` without neighbours, and its bound with them if there can be any.

        None where `Evaluation.exactly` is the way to it.
        """
        return None

    def best(self, size: int) -> tuple[Ints, float]:
        """Return the documents with the *size* highest bounds, or some more, and what no other exceeds.

        It is 0 where there are no others.
        """
        if self.count <= size:
            return self.documents, 0.0
        highest_of_all, least = kernels.highest(self.bounds, size)
        return self.documents.take(highest_of_all), least

    def at_least(self, score: float) -> Ints:
        """Return all documents whose bound is *score* or more."""
        return self.documents.take((self.bounds >= score).nonzero()[0])


class PostingSet(DocumentSet):
    """The documents of posting lists, scored by how often the word is in each."""

    __slots__ = ("_all_documents", "_bounds", "_documents", "factor", "is_scored", "occurrences")

    def __init__(
        self, all_documents: Documents, occurrences: Occurrences, factor: float | None = None
    ) -> None:
        """*factor* is what a saturated frequency is multiplied with; None for a filter."""
        self._all_documents = all_documents
        self.occurrences = occurrences
        self.factor = factor or 0.0
        self.is_scored = factor is not None
        self._documents: Ints | None = None
        self._bounds: Floats | None = None

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

    def bounds_of(self, documents: Ints, numbers: Floats) -> Floats:
        return kernels.scored((documents, numbers), self._all_documents.penalties, self.factor)[1]

    @property
    def bounds(self) -> Floats:
        if self._bounds is None:
            self._documents, self._bounds = kernels.scored(
                self.occurrences.for_kernels, self._all_documents.penalties, self.factor
            )
        return self._bounds

    def best(self, size: int) -> tuple[Ints, float]:
        source = self.occurrences.for_kernels
        if self._bounds is None and isinstance(source, list) and self.count > size:
            return kernels.best(source, self._all_documents.penalties, self.factor, size)
        return super().best(size)

    def part(self) -> UnionPart:
        source = self.occurrences.for_kernels
        if self.is_scored and self._bounds is None and isinstance(source, list):
            return source, self._all_documents.penalties, self.factor
        return super().part()

    @property
    def stem_factor(self) -> float:
        """What a saturated frequency is multiplied with whichever form of the word it is of."""
        return self.factor

    def stem_scores_of(self, documents: Ints, numbers: Floats) -> Floats:
        """Return what *documents* score, given the *numbers* of `bounds_of`, but for what `add_form` adds."""
        return kernels.scored(
            (documents, numbers), self._all_documents.penalties, self.stem_factor
        )[1]

    def exact_scores(self) -> tuple[Floats, None]:
        source, penalties = self.occurrences.for_kernels, self._all_documents.penalties
        self._documents, scores = kernels.scored(source, penalties, self.stem_factor)
        self.add_form(scores, self._documents)
        return scores, None

    def add_exactly(self, scores: Floats, documents: Ints) -> None:
        """Add to the *scores* of *documents*, which ascend, what those in the set score exactly."""
        source = self.occurrences.for_kernels
        kernels.add_scores(
            scores, documents, source, self._all_documents.penalties, self.stem_factor
        )
        self.add_form(scores, documents)

    def add_form(self, scores: Floats, documents: Ints) -> None:
        """Add to the *scores* of *documents* what the form as typed adds to that of the word."""


class WordSet(PostingSet):
    """The documents that hold a word in any of its forms, and what the form as typed adds to a score.

    Bounds are what they would score if all of them held the form as typed.
    """

    __slots__ = ("_form", "of_stem")

    def __init__(
        self,
        all_documents: Documents,
        occurrences: Occurrences,
        of_stem: float,
        of_form: float,
        form: Occurrences,
    ) -> None:
        """*of_stem* and *of_form* are what saturated frequencies of the two are multiplied with."""
        # Of a word that occurs nowhere both are 0, but its clause adds to scores.
        super().__init__(all_documents, occurrences, of_stem + of_form or 1.0)
        self.of_stem = of_stem
        #: What the form adds; None where the word has no other, so that bounds are exact.
        self._form = None if form is occurrences else PostingSet(all_documents, form, of_form)

    @property
    def stem_factor(self) -> float:
        return self.factor if self._form is None else self.of_stem

    def add_form(self, scores: Floats, documents: Ints) -> None:
        if self._form is not None:
            self._form.add_exactly(scores, documents)

    def best_exactly(self, size: int) -> tuple[Ints, Floats] | None:
        """Return the documents with the *size* highest scores and all equal to them, and these scores.

        None where the documents have to be looked at singly.
        """
        word = self.occurrences.for_kernels
        form = [] if self._form is None else self._form.occurrences.for_kernels
        if not isinstance(word, list) or not isinstance(form, list):
            return None
        of_form = 0.0 if self._form is None else self._form.factor
        penalties = self._all_documents.penalties
        return kernels.best_exactly(word, form, penalties, self.stem_factor, of_form, size)


class ScoredList(DocumentSet):
    """Documents with the bounds of their scores, or without."""

    __slots__ = ("_bounds", "_documents", "is_scored")

    def __init__(self, documents: Ints, bounds: Floats | None = None) -> None:
        self._documents = documents
        self._bounds = bounds
        self.is_scored = bounds is not None

    @property
    def count(self) -> int:
        return len(self._documents)

    @property
    def documents(self) -> Ints:
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, Floats | None]:
        return kernels.find_in(
            documents, (self._documents, self.bounds if self.is_scored else None)
        )

    def listed(self) -> tuple[Ints, Floats | None]:
        return self._documents, self.bounds if self.is_scored else None

    def bounds_of(self, documents: Ints, numbers: Floats) -> Floats:
        return numbers

    @property
    def bounds(self) -> Floats:
        assert self._bounds is not None  # noqa: S101
        return self._bounds


#: Two parts of an `Intersection`, the number of the first, which the other follows, and what the saturated
#: frequency of the two as neighbours is multiplied with.
Pair = tuple[int, float]


class Intersection(ScoredList):
    """Documents that several clauses match; bounds are computed when asked for, for few never are."""

    __slots__ = ("_deadline", "_numbers", "_pairs", "_parts")

    def __init__(
        self,
        documents: Ints,
        parts: Sequence[DocumentSet],
        numbers: Sequence[Floats | None],
        pairs: Callable[[], Sequence[Pair]],
        deadline: Deadline,
    ) -> None:
        """*parts* are the clauses; *numbers*, what `DocumentSet.bounds_of` of each takes; *pairs*, neighbours.

        Words that follow each other in the query are neighbours in a document at most as often as the
        rarer of the two occurs in it.
        """
        super().__init__(documents)
        self.is_scored = True
        self._parts = parts
        self._numbers = numbers
        self._pairs = pairs
        self._deadline = deadline

    @property
    def bounds(self) -> Floats:
        if self._bounds is None:
            of_parts: list[Floats | None] = []
            for part, numbers in zip(self._parts, self._numbers, strict=True):
                self._deadline.check()
                of_parts.append(
                    part.bounds_of(self._documents, numbers)
                    if part.is_scored and numbers is not None
                    else None
                )
            bounds = self._sum(of_parts)
            factors = [p.factor if isinstance(p, PostingSet) else 1.0 for p in self._parts]
            self._add_pairs(bounds, self._pairs(), of_parts, factors)
            self._bounds = bounds
        return self._bounds

    def exact_scores(self) -> tuple[Floats, Floats | None] | None:
        of_parts: list[Floats | None] = []
        for part, numbers in zip(self._parts, self._numbers, strict=True):
            if not part.is_scored or numbers is None:
                of_parts.append(None)
            elif isinstance(part, PostingSet):
                of_parts.append(part.stem_scores_of(self._documents, numbers))
            else:
                return None
        scores = self._sum(of_parts)
        for part in self._parts:
            if isinstance(part, PostingSet) and part.is_scored:
                part.add_form(scores, self._documents)
        pairs = self._pairs()
        if not pairs:
            return scores, None
        bounds = scores.copy()
        factors = [p.stem_factor if isinstance(p, PostingSet) else 1.0 for p in self._parts]
        self._add_pairs(bounds, pairs, of_parts, factors)
        return scores, bounds

    def _sum(self, of_parts: Sequence[Floats | None]) -> Floats:
        total = np.zeros(len(self._documents), np.float32)
        for scores in of_parts:
            if scores is not None:
                total += scores
        return total

    def _add_pairs(
        self,
        total: Floats,
        pairs: Sequence[Pair],
        of_parts: Sequence[Floats | None],
        factors: Sequence[float],
    ) -> None:
        """Add the bounds of what neighbours score; *of_parts* are saturated frequencies times *factors*."""
        for number, factor in pairs:
            left, right = of_parts[number], of_parts[number + 1]
            if left is not None and right is not None:
                self._deadline.check()
                shares = [np.float32(1 / factors[n]) for n in (number, number + 1)]
                both = np.minimum(left * shares[0], right * shares[1])
                both *= np.float32(factor)
                total += both


class Filter(DocumentSet):
    """The documents that a test holds for; listed only if nothing else is there to look among."""

    __slots__ = ("_candidates", "_documents", "_test")
    is_filter = True

    def __init__(self, candidates: Ints, test: Callable[[Ints], Bools]) -> None:
        """*test* returns for each of some *candidates* whether it is in the set."""
        self._candidates = candidates
        self._test = test
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        return len(self.documents)

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            self._documents = self._candidates.take(self._test(self._candidates).nonzero()[0])
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, None]:
        return self._test(documents).nonzero()[0], None


class Complement(DocumentSet):
    """All live documents that another set does not have."""

    __slots__ = ("_all_documents", "_child", "_documents")
    is_filter = True

    def __init__(self, all_documents: Documents, child: DocumentSet) -> None:
        self._all_documents = all_documents
        self._child = child
        self._documents: Ints | None = None

    @property
    def count(self) -> int:
        return self._all_documents.live_count - self._child.count

    @property
    def documents(self) -> Ints:
        if self._documents is None:
            live = self._all_documents.live_numbers
            self._documents = live.take(self.find(live)[0])
        return self._documents

    def find(self, documents: Ints) -> tuple[Ints, None]:
        inside, _ = self._child.find(documents)
        outside = np.ones(len(documents), bool)
        outside[inside] = False
        return outside.nonzero()[0], None


def intersected(
    parts: Sequence[DocumentSet], deadline: Deadline
) -> tuple[Ints, list[Floats | None]]:
    """Return the documents that are in all *parts*, and of each part the numbers that `bounds_of` takes."""
    order = sorted(
        range(len(parts)),
        key=lambda n: (parts[n].is_filter, n if parts[n].is_filter else parts[n].count),
    )
    numbers: list[Floats | None] = [None] * len(parts)
    documents, numbers[order[0]] = parts[order[0]].listed()
    for number in order[1:]:
        deadline.check()
        kept, found = parts[number].find(documents)
        if len(kept) < len(documents):
            documents = documents.take(kept)
            numbers = [None if own is None else own.take(kept) for own in numbers]
        numbers[number] = found
    return documents, numbers


def united(
    parts: Sequence[DocumentSet],
    needed: int,
    all_documents: Documents,
    limits: Limits,
    deadline: Deadline,
) -> ScoredList:
    """Return the documents that are in at least *needed* parts, with the sum of their bounds."""
    is_scored = False
    postings = 0
    cut: list[UnionPart] = []
    for part in parts:
        is_scored |= part.is_scored
        postings += part.count
        cut.append(part.part())
    if postings <= limits.united_at_once:
        documents, bounds = kernels.union(cut, needed)
    else:
        found = []
        for first, last in all_documents.spans(
            all_documents.size * limits.united_at_once // postings
        ):
            deadline.check()
            found.append(kernels.union([_between(part, first, last) for part in cut], needed))
        documents = np.concatenate([documents for documents, _ in found])
        bounds = np.concatenate([bounds for _, bounds in found])
    return ScoredList(documents, bounds if is_scored else None)


def _between(part: UnionPart, first: int, last: int) -> UnionPart:
    """Return of *part* the documents from *first* up to *last*, which are those of whole segments."""
    if len(part) == 3:
        runs, penalties, factor = part
        return [run for run in runs if first <= run.base < last], penalties, factor
    documents, bounds = part
    start, end = documents.searchsorted((first, last)).tolist()
    return documents[start:end], None if bounds is None else bounds[start:end]
