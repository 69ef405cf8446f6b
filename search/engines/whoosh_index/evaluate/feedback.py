"""Feedback over a snapshot: `search.engines.rescoring.feedback` on its forward columns and posting lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.engines.ranking import K1, idf
from search.engines.rescoring.feedback import (
    FEEDBACK_DOCUMENTS,
    FEEDBACK_TERMS,
    centroid,
    document_shares,
    feedback_factor,
)
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.order import first_of_stories
from search.engines.whoosh_index.snapshot.postings import Occurrences
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Doubles, Floats, Ints


class TakenUp(NamedTuple):
    """A word of the first documents that weighs in the order of all: its stem, its share of all such weight, its lists."""

    stem: str
    share: float
    idf: float
    occurrences: Occurrences


class Feedback:
    """A `Rescorer`: adds to each score what the words of the first documents weigh in it."""

    def __init__(self, snapshot: Snapshot, words: int) -> None:
        """*words* are how many of the query score."""
        self._snapshot = snapshot
        self._words = words
        self.taken_up: list[TakenUp] = []

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is added to the score of each of *documents*."""
        if not len(documents) or scores[0] <= 0:
            return np.zeros(len(documents), np.float32)
        leading = self.leading(documents)
        return self.added_by(documents, leading, document_shares(scores.take(leading)))

    def added_by(self, documents: Ints, leading: Ints, shares: Floats) -> Floats:
        """Return what is added where those of *documents* with the indices *leading* count as *shares* say."""
        result = np.zeros(len(documents), np.float32)
        self.taken_up = self._taken_up(documents.take(leading), shares)
        ascending = documents.argsort()
        ordered, found = documents.take(ascending), result.copy()
        factor = feedback_factor(self._words) * (K1 + 1)
        penalties = self._snapshot.documents.penalties
        weights = [factor * word.share * word.idf for word in self.taken_up]
        lists = [word.occurrences.for_kernels for word in self.taken_up]
        kernels.add_all_scores(found, ordered, lists, penalties, np.array(weights, np.float32))
        result[ascending] = found
        return result

    def leading(self, documents: Ints) -> Ints:
        """Return which of *documents*, as indices, give words: the first ones, one of each story."""
        stories = self._snapshot.documents.stories
        if stories is None or not len(stories.documents):
            return np.arange(min(FEEDBACK_DOCUMENTS, len(documents)))
        return first_of_stories(stories, documents)[:FEEDBACK_DOCUMENTS]

    def _taken_up(self, documents: Ints, shares: Floats) -> list[TakenUp]:
        """Return the words that *documents* give, which count as *shares* say.

        Which they are is decided by how frequent each word is in the segments of the documents that have it: to look
        all of them up in all segments would take longer than the search. What they weigh is not.
        """
        snapshot = self._snapshot
        columns, penalties = snapshot.forward_columns, snapshot.documents.penalties
        owners, places, terms, saturated, rarities = kernels.terms_of(
            columns, documents, penalties, K1 + 1
        )
        weights = (saturated * np.log(rarities)).astype(np.float64, copy=False)
        squares: Doubles = np.bincount(owners, weights**2, len(documents)).astype(np.float64)
        chosen, which = kernels.heaviest_stems(
            columns, owners, places, terms, weights, _normed(shares, squares), FEEDBACK_TERMS
        )
        postings = snapshot.words.of_terms(chosen)
        live = snapshot.documents.live_count
        idfs = np.array([idf(live, found.size) for found in postings])
        at = (which >= 0).nonzero()[0]
        owner, term = owners.take(at), which.take(at)
        exact = saturated.take(at) * idfs.take(term)
        # What they weigh by the segment alone goes out of the length of the document, and this comes in.
        change = exact**2 - weights.take(at) ** 2
        squares = squares + np.bincount(owner, change, len(documents))
        found = centroid(_normed(shares, squares), owner, term, exact, len(chosen))
        return [
            TakenUp(*each)
            for each in zip(chosen, found.tolist(), idfs.tolist(), postings, strict=True)
            if each[1]
        ]


def _normed(shares: Floats | Doubles, squares: Doubles) -> Doubles:
    """Return what each weight of a document counts, given the sums of the *squares* of these."""
    normed: Doubles = (shares / np.sqrt(np.maximum(squares, 1e-12))).astype(np.float64, copy=False)
    return normed
