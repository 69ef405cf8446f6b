"""Feedback over a snapshot: `search.engines.rescoring.feedback` on its forward columns and posting lists."""

from __future__ import annotations

import numpy as np

from search.engines.ranking import K1
from search.engines.rescoring.feedback import (
    FEEDBACK_DOCUMENTS,
    FEEDBACK_TERMS,
    document_shares,
    feedback_factor,
)
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.order import first_of_stories
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Floats, Ints


class Feedback:
    """A `Rescorer`: adds to each score what the words of the first documents weigh in it."""

    def __init__(self, snapshot: Snapshot, words: int) -> None:
        """*words* are how many of the query score."""
        self._snapshot = snapshot
        self._words = words
        #: The words of the first documents that weigh in the order of all, as stems, and what each weighs; 1 in all.
        self.taken_up: list[tuple[str, float]] = []

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is added to the score of each of *documents*."""
        if not len(documents) or scores[0] <= 0:
            return np.zeros(len(documents), np.float32)
        leading = self.leading(documents)
        return self.added_by(documents, leading, document_shares(scores.take(leading)))

    def added_by(self, documents: Ints, leading: Ints, shares: Floats) -> Floats:
        """Return what is added where those of *documents* with the indices *leading* count as *shares* say.

        Which words are taken up is decided by how frequent each is in the segments of the documents that have it: to
        look all of them up in all segments would take longer than the search. What they weigh is not.
        """
        snapshot = self._snapshot
        added, self.taken_up = kernels.feedback(
            snapshot.feedback_columns,
            documents,
            documents.take(leading),
            shares.astype(np.float64),
            K1 + 1,
            feedback_factor(self._words) * (K1 + 1),
            FEEDBACK_TERMS,
            snapshot.words.is_stem,
        )
        return added

    def leading(self, documents: Ints) -> Ints:
        """Return which of *documents*, as indices, give words: the first ones, one of each story."""
        stories = self._snapshot.documents.stories
        if stories is None or not len(stories.documents):
            return np.arange(min(FEEDBACK_DOCUMENTS, len(documents)))
        return first_of_stories(stories, documents)[:FEEDBACK_DOCUMENTS]
