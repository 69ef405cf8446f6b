"""Ranking by meaning over a snapshot: `search.engines.rescoring.nearness` on its vectors."""

from __future__ import annotations

import numpy as np

from search.engines.rescoring.nearness import Passages, added_scores, first_sums, shares_of
from search.engines.rescoring.rescorer import in_order
from search.engines.whoosh_index.evaluate.feedback import Feedback
from search.engines.whoosh_index.snapshot.vectors import Nearness
from search.text.arrays import Floats, Ints


class Semantic:
    """A `Rescorer`: puts documents in an order to which words and meaning count alike."""

    def __init__(
        self,
        nearness: Nearness,
        vector: tuple[float, ...],
        feedback: Feedback,
        *,
        has_forward: bool,
    ) -> None:
        """*vector* is that of the query. Without the forward column no words are taken up."""
        self._nearness = nearness
        self._vector = np.array(vector, np.float32)
        self._feedback = feedback
        self._has_forward = has_forward

    def added(self, documents: Ints, scores: Floats) -> Floats:
        """Return what is added to the score of each of *documents*."""
        if not len(documents) or scores[0] <= 0:
            return np.zeros(len(documents), np.float32)
        passages = Passages(*self._nearness.vectors_of(documents))
        near = passages.near(self._vector)
        sums = first_sums(scores, near)
        order = in_order(sums)
        leading = order.take(self._feedback.leading(documents.take(order)))
        shares = shares_of(sums.take(leading))
        after = scores
        if self._has_forward:
            after = scores + self._feedback.added_by(documents, leading, shares)
        near_centroid = passages.near(passages.centroid(leading, shares))
        return added_scores(scores, after, near, near_centroid)
