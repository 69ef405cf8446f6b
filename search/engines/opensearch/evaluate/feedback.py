"""Feedback over a cluster: `search.engines.rescoring.feedback` on the words of stored articles.

No column has the heaviest words of articles: those of the ten that give words are counted from their texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from search.engines.opensearch.keys import columns_of, keyed
from search.engines.opensearch.view import Asking, View
from search.engines.rescoring.feedback import FEEDBACK_TERMS, feedback_factor
from search.model.article import Document
from search.text.arrays import Floats

#: Articles up to which it is counted exactly in how many the words of the leading ones are: that takes as long as they are many.
_COUNTED = 2_000_000
#: Articles whose heaviest words are kept.
_KEPT = 5_000


class _Heaviest(NamedTuple):
    """The heaviest words of one document: each with what it is worth there, and its idf."""

    words: Sequence[tuple[str, float, float]]
    #: The length of the document as a vector of these.
    norm: float


class Feedback:
    """What the words of the first documents weigh in the order of others."""

    def __init__(self, view: View, stems: Stems, words: int) -> None:
        """*words* are how many of the query score."""
        self._view = view
        self._stems = stems
        self._words = words
        #: By article id, of the documents of this question.
        self._heaviest: dict[str, _Heaviest] = {}
        #: What was found out of a document holds as long as the generation: other pages and questions begin with it too.
        self._kept: dict[str, _Heaviest] = {}
        if stems.totals().articles <= _COUNTED:
            self._kept = view.cache.setdefault("heaviest", {})
        if len(self._kept) > _KEPT:
            self._kept.clear()
        #: The words of the first documents that weigh in the order of all, as stems, and what each weighs; 1 in all.
        self.taken_up: list[tuple[str, float]] = []

    def knows(self, article_id: str) -> bool:
        """Whether the words of a document are known, so that it need not be read."""
        found = self._kept.get(article_id)
        if found is not None:
            self._heaviest[article_id] = found  # others may clear what is kept
        return found is not None

    def added(
        self,
        keys: Sequence[str],
        leading: Sequence[str],
        shares: Sequence[float],
        read: Sequence[tuple[Document, int]],
    ) -> Asking[Floats]:
        """Come to know what is added to the scores of the documents with *keys*, where *leading* ones count as *shares* say.

        These are articles by their ids; those that are not known were *read*, each with its weighted length.
        """
        added = np.zeros(len(keys), np.float32)
        self._learn(read)
        worth, weights = _worth([self._heaviest[each] for each in leading], shares)
        kept = [stem for _, stem in sorted([(-weights[stem], stem) for stem in weights])]
        kept = kept[:FEEDBACK_TERMS]
        having = self._stems.frequencies(kept)
        articles = self._stems.statistics.totals.articles
        idfs = {stem: ranking.idf(articles, having[stem]) for stem in kept}
        weighed = {stem: worth[stem] * idfs[stem] for stem in kept}
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

    def _learn(self, read: Sequence[tuple[Document, int]]) -> None:
        """Come to know the words of documents that were *read*."""
        lacking = [each for each in read if each[0].article_id not in self._heaviest]
        if not lacking:
            return
        articles, average_length, _ = self._stems.totals()
        documents = [document for document, _ in lacking]
        weights = [weights_of(document, self._stems.layout) for document in documents]
        having = self._stems.about(documents, weights)
        if articles <= _COUNTED:
            weights = [heaviest(own, having, articles, LIKELY) for own in weights]
            having = self._stems.frequencies(stem for own in weights for stem in own)
        for (document, length), own in zip(lacking, weights, strict=True):
            kept = heaviest(own, having, articles)
            words = [
                (
                    stem,
                    saturated(weight, length, average_length),
                    ranking.idf(articles, having[stem]),
                )
                for stem, weight in kept.items()
            ]
            norm = length_of({stem: worth * idf for stem, worth, idf in words})
            found = _Heaviest(words, norm)
            self._heaviest[document.article_id] = self._kept[document.article_id] = found


def _worth(
    leading: Iterable[_Heaviest], shares: Iterable[float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what each of the heaviest words of *leading* documents is worth in all of them, and with its idf what it weighs."""
    worth: dict[str, float] = {}
    idfs: dict[str, float] = {}
    for (words, norm), share in zip(leading, shares, strict=True):
        for stem, own, idf in words:
            if stem in worth:
                worth[stem] += share * own / norm
            else:
                worth[stem] = share * own / norm
                idfs[stem] = idf
    return worth, {stem: each * idfs[stem] for stem, each in worth.items()}
