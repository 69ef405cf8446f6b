"""Feedback over a cluster: `search.engines.rescoring.feedback` on the words of stored articles.

No column has the heaviest words of articles: those of the ten that give words are counted from their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from search.engines import ranking
from search.engines.opensearch.evaluate.stems import (
    LIKELY,
    Stems,
    heaviest,
    length_of,
    saturated,
    weights_of,
)
from search.engines.opensearch.view import Asking, View
from search.engines.opensearch.write import columns_of, keyed
from search.engines.rescoring.feedback import FEEDBACK_TERMS, feedback_factor
from search.model.article import Document
from search.text.arrays import Floats

#: Articles up to which it is counted exactly in how many the words of the leading ones are: that takes as long as they are many.
_COUNTED = 2_000_000
#: Articles whose heaviest words are kept.
_KEPT = 5_000


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
    ) -> Asking[Floats]:
        """Come to know what is added to the scores of the documents with *keys*, where *leading* ones count as *shares* say.

        Each of these stands with its weighted length.
        """
        added = np.zeros(len(keys), np.float32)
        worth = self._worth(leading, shares)
        kept = sorted(worth, key=lambda stem: (-worth[stem].weight, stem))[:FEEDBACK_TERMS]
        known = self._stems.frequencies(kept)
        articles = self._stems.statistics.totals.articles
        idfs = {stem: ranking.idf(articles, known[stem]) for stem in kept}
        weighed = {stem: worth[stem].saturated * idfs[stem] for stem in kept}
        total = sum(weighed.values())
        if not total:
            return added
        self.taken_up = [(stem, weighed[stem] / total) for stem in kept]
        factor = feedback_factor(self._words) / total
        clauses = [self._stems.scoring(stem, factor * weighed[stem] * idfs[stem]) for stem in kept]
        body: dict[str, Any] = {
            "size": len(keys),
            "query": {"bool": {"filter": [{"terms": {"_id": list(keys)}}], "should": clauses}},
            "track_total_hits": False,
            **columns_of(),
        }
        (answer,) = yield [body]
        scores = {hit["_id"]: hit["_score"] for hit in keyed(answer["hits"]["hits"])}
        return np.array([scores.get(key, 0.0) for key in keys], np.float32)

    def _worth(
        self, leading: Sequence[tuple[Document, int]], shares: Sequence[float]
    ) -> dict[str, _Worth]:
        """Return what each of the heaviest words of *leading* documents is worth in all of them."""
        known, weights = self._heaviest([document for document, _ in leading])
        articles, average_length, _ = self._stems.statistics.totals
        found: dict[str, _Worth] = {}
        for own, (_, length), share in zip(weights, leading, shares, strict=True):
            vector = {
                stem: saturated(weight, length, average_length) for stem, weight in own.items()
            }
            idfs = {stem: ranking.idf(articles, known[stem]) for stem in vector}
            norm = length_of({stem: worth * idfs[stem] for stem, worth in vector.items()})
            for stem, worth in vector.items():
                before = found.get(stem, _NOTHING)
                part = share * worth / norm
                found[stem] = _Worth(before.saturated + part, before.weight + part * idfs[stem])
        return found

    def _heaviest(
        self, documents: Sequence[Document]
    ) -> tuple[dict[str, int], list[dict[str, int]]]:
        """Return in how many articles the heaviest words of *documents* are, and what these weigh in each.

        What was found out of a document holds as long as the generation: other pages and questions begin with it too.
        """
        kept: dict[str, dict[str, int]] = self._view.cache.setdefault("heaviest", {})
        if len(kept) > _KEPT:
            kept.clear()
        articles = self._stems.totals().articles
        lacking = [each for each in documents if each.article_id not in kept]
        weights = [weights_of(document, self._stems.layout) for document in lacking]
        known = self._stems.about(lacking, weights)
        is_exact = articles <= _COUNTED
        if is_exact:
            weights = [heaviest(own, known, articles, LIKELY) for own in weights]
            known = self._stems.frequencies(stem for own in weights for stem in own)
        found = [heaviest(own, known, articles) for own in weights]
        if not is_exact:
            return known, found
        kept |= {each.article_id: own for each, own in zip(lacking, found, strict=True)}
        chosen = [kept[each.article_id] for each in documents]
        return self._stems.frequencies(stem for own in chosen for stem in own), chosen


class _Worth(NamedTuple):
    """What a word is worth in several documents: without its idf, and with what that is about."""

    saturated: float
    weight: float


_NOTHING = _Worth(0.0, 0.0)
