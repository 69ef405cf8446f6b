"""Feedback over a cluster: `search.engines.rescoring.feedback` on the words of stored articles.

No column has the heaviest words of articles: those of the ten that give words are counted from their texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from search.engines import ranking
from search.engines.opensearch.evaluate.stems import (
    Stems,
    heaviest,
    length_of,
    saturated,
    weights_of,
)
from search.engines.opensearch.view import View
from search.engines.rescoring.feedback import FEEDBACK_TERMS, feedback_factor
from search.model.article import Document
from search.text.arrays import Floats


class Feedback:
    """What the words of the first documents weigh in the order of others."""

    def __init__(self, view: View, stems: Stems, words: int) -> None:
        """*words* are how many of the query score."""
        self._view = view
        self._stems = stems
        self._words = words
        #: The words of the first documents that weigh in the order of all, as stems, and what each weighs; 1 in all.
        self.taken_up: list[tuple[str, float]] = []

    def added(
        self, keys: Sequence[str], leading: Sequence[tuple[Document, int]], shares: Sequence[float]
    ) -> Floats:
        """Return what is added to the scores of the documents with *keys*, where *leading* ones count as *shares* say.

        Each of these stands with its weighted length.
        """
        added = np.zeros(len(keys), np.float32)
        weighed = self._centroid(leading, shares)
        kept = sorted(weighed, key=lambda stem: (-weighed[stem], stem))[:FEEDBACK_TERMS]
        total = sum(weighed[stem] for stem in kept)
        if not total:
            return added
        self.taken_up = [(stem, weighed[stem] / total) for stem in kept]
        known = self._stems.frequencies(kept)
        articles = self._stems.statistics.totals.articles
        factor = feedback_factor(self._words) / total
        clauses = [
            self._stems.scoring(
                stem,
                factor * weighed[stem] * ranking.idf(articles, known[stem]),
            )
            for stem in kept
        ]
        body: dict[str, Any] = {
            "size": len(keys),
            "query": {"bool": {"filter": [{"terms": {"_id": list(keys)}}], "should": clauses}},
            "_source": False,
            "track_total_hits": False,
        }
        hits = self._view.search(body)["hits"]["hits"]
        scores = {hit["_id"]: hit["_score"] for hit in hits}
        return np.array([scores.get(key, 0.0) for key in keys], np.float32)

    def _centroid(
        self, leading: Sequence[tuple[Document, int]], shares: Sequence[float]
    ) -> Mapping[str, float]:
        """Return what each of the heaviest words of *leading* documents weighs in all of them."""
        weights = [weights_of(document, self._stems.layout) for document, _ in leading]
        known = self._stems.frequencies(stem for each in weights for stem in each)
        articles, average_length, _ = self._stems.statistics.totals
        weighed: dict[str, float] = {}
        for own, (_, length), share in zip(weights, leading, shares, strict=True):
            vector = {
                stem: ranking.idf(articles, known[stem]) * saturated(weight, length, average_length)
                for stem, weight in heaviest(own, known, articles).items()
            }
            norm = length_of(vector)
            for stem, weight in vector.items():
                weighed[stem] = weighed.get(stem, 0.0) + share * weight / norm
        return weighed
