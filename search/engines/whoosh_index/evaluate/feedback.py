"""Feedback over a snapshot: `search.engines.rescoring.feedback` on its forward columns."""

from __future__ import annotations

import numpy as np

from search.engines.ranking import K1, idf
from search.engines.rescoring.feedback import (
    FEEDBACK_DOCUMENTS,
    centroid,
    document_shares,
    feedback_factor,
)
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Floats, Ints, Numbers


class Feedback:
    """A `Rescorer`: adds to each score what the words of the first documents weigh in it."""

    def __init__(self, snapshot: Snapshot, words: int) -> None:
        """*words* are how many of the query score."""
        self._snapshot = snapshot
        self._words = words
        #: The words that were taken up and what each weighs, 1 in all, the heaviest first.
        self.taken_up: tuple[tuple[str, float], ...] = ()

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is added to the score of each of *documents*."""
        if not len(documents) or scores[0] <= 0:
            return np.zeros(len(documents), np.float32)
        leading = self.leading(documents)
        return self.added_by(documents, leading, document_shares(scores.take(leading)))

    def added_by(self, documents: Ints, leading: Ints, shares: Floats) -> Floats:
        """Return what is added where those of *documents* with the indices *leading* count as *shares* say."""
        result = np.zeros(len(documents), np.float32)
        weighed = self._centroid(documents.take(leading), shares)
        self.taken_up = tuple(
            sorted(((s, w) for s, w, _ in weighed), key=lambda term: (-term[1], term[0]))
        )
        factor = feedback_factor(self._words)
        for segment, at, found in self._snapshot.terms_of(documents):
            family = segment.family("text")
            table = np.zeros(family.terms, np.float32)
            for stem, weight, own_idf in weighed:
                for number in family.term_numbers(stem):
                    table[number] = weight * own_idf
            each = table.take(found.terms)
            each *= self._saturated(found.weights, documents.take(at).take(found.owners))
            result[at] = np.bincount(found.owners, each, len(at)) * factor
        return result

    def leading(self, documents: Ints) -> Ints:
        """Return which of *documents*, as indices, give words: the first ones, one of each story."""
        stories = self._snapshot.documents.stories
        if stories is None:
            return np.arange(min(FEEDBACK_DOCUMENTS, len(documents)))
        groups = stories.groups.take(documents)
        is_first = groups == 0
        is_first[np.unique(groups, return_index=True)[1]] = True
        return np.flatnonzero(is_first)[:FEEDBACK_DOCUMENTS]

    def _centroid(self, documents: Ints, shares: Floats) -> list[tuple[str, float, float]]:
        """Return of each word that is taken up its stem, its weight, and its idf."""
        numbers: dict[str, int] = {}
        owners, terms, saturated = [], [], []
        for segment, at, found in self._snapshot.terms_of(documents):
            family = segment.family("text")
            stems = [family.term(number) for number in found.terms.tolist()]
            terms.append([numbers.setdefault(stem, len(numbers)) for stem in stems])
            owner = at.take(found.owners)
            owners.append(owner)
            saturated.append(self._saturated(found.weights, documents.take(owner)))
        if not numbers:
            return []
        idfs = np.array([self._idf(stem) for stem in numbers])
        which = np.concatenate(terms).astype(np.int64)
        weights = np.concatenate(saturated) * idfs.take(which)
        weighed = centroid(shares, np.concatenate(owners), which, weights, len(numbers))
        return [
            each for each in zip(numbers, weighed.tolist(), idfs.tolist(), strict=True) if each[1]
        ]

    def _saturated(self, weights: Numbers, documents: Ints) -> Floats:
        lengths, scale, base, _ = self._snapshot.documents.penalties
        weight = weights.astype(np.float32)
        length = lengths.take(documents).astype(np.float32)
        penalty = length * np.float32(scale) + np.float32(base)
        return (weight * np.float32(K1 + 1) / (weight + penalty)).astype(np.float32)

    def _idf(self, stem: str) -> float:
        words = self._snapshot.words
        size = words.united(words.of_stem(stem), lambda found: found).size
        return idf(self._snapshot.documents.live_count, size)
