"""Stems of articles: what each weighs in one, how many articles have each, and the query that scores by some of them.

An article has the stems of its own language, so a stem is a term for each language of the index (`mapping.stem_token`); that of a
word is of all of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from search.engines import ranking
from search.engines.opensearch.evaluate.clauses import Clause, any_word, fields_of, scored
from search.engines.opensearch.evaluate.statistics import Statistics, Totals
from search.engines.opensearch.mapping import Layout
from search.engines.opensearch.view import View
from search.engines.ranking import K1
from search.engines.rescoring.feedback import FORWARD_TERMS
from search.model.article import Document
from search.text.stems import stem_language, stems
from search.text.stop_words import stop_words
from search.text.words import tokens


def all_weights_of(document: Document, layout: Layout) -> dict[str, int]:
    """Return the weighted frequency of each stem of a document."""
    forms: Counter[str] = Counter()
    for row in layout.fields.searched:
        for text in row.values_of(document):
            if text.strip():
                for form in tokens(text).forms:
                    forms[form] += row.weight
    language = stem_language(document.article.language)
    found: Counter[str] = Counter()
    for stem, weight in zip(stems(list(forms), language), forms.values(), strict=True):
        if weight:
            found[stem] += weight
    return dict(found)


def weights_of(document: Document, layout: Layout) -> dict[str, int]:
    """Return the same without the stems of stop words."""
    stops = _stop_stems(stem_language(document.article.language))
    every = all_weights_of(document, layout)
    return {stem: weight for stem, weight in every.items() if stem not in stops}


@lru_cache(maxsize=64)
def _stop_stems(language: str) -> frozenset[str]:
    return frozenset(stems(sorted(stop_words(language)), language))


def heaviest(
    weights: Mapping[str, int], frequencies: Mapping[str, int], documents: int
) -> dict[str, int]:
    """Return the `FORWARD_TERMS` heaviest of the stems of an article with their *weights*; *frequencies* are of all *documents*."""

    def key(stem: str) -> tuple[float, str]:
        weight = weights[stem]
        return -ranking.idf(documents, frequencies[stem]) * weight / (weight + K1), stem

    return {stem: weights[stem] for stem in sorted(weights, key=key)[:FORWARD_TERMS]}


def saturated(weight: float, length: float, average: float) -> float:
    """Return what a weighted frequency is worth in an article of a weighted *length*, as docs/ranking.md says."""
    norm = 1 - ranking.B + ranking.B * length / average
    return weight * (K1 + 1) / (weight + K1 * norm)


def length_of(weights: Mapping[str, float]) -> float:
    """Return the length of a vector."""
    return math.sqrt(sum(weight**2 for weight in weights.values()))


class Stems:
    """The stems of the articles that one view sees."""

    def __init__(self, view: View, statistics: Statistics, layout: Layout) -> None:
        self.view = view
        self.statistics = statistics
        self.layout = layout
        self._fields = fields_of(layout.searched, stems=True)

    def having(self, stem: str) -> Clause:
        """Return where a stem occurs in the fields that a bare word searches, in articles of whatever language."""
        languages = self.statistics.totals.languages or ("-",)
        return any_word([f"{language}:{stem}" for language in languages], self._fields)

    def scoring(self, stem: str, factor: float) -> Clause:
        """Return what matches articles with a stem, and scores *factor* times what its weighted frequency is worth there."""
        return scored(self.having(stem), factor, self.statistics.totals.average_length)

    def frequencies(self, stems_: Iterable[str]) -> dict[str, int]:
        """Return in how many of the articles that are seen each of some stems is."""
        wanted = dict.fromkeys(stems_)
        statistics = self.statistics
        self.totals()
        return statistics.complete(
            lambda: {stem: statistics.count(self.having(stem)) for stem in wanted}
        )

    def totals(self) -> Totals:
        """Return what is known of all articles."""
        return self.statistics.complete(lambda: self.statistics.totals)

    def counted(self, query: Clause, stems_: Sequence[str]) -> dict[str, int]:
        """Return how many of the articles that match a *query* have each of some stems."""
        if not stems_:
            return {}
        body = {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": [query]}},
            "aggs": {"counted": {"filters": {"filters": [self.having(each) for each in stems_]}}},
        }
        buckets = self.view.search(body)["aggregations"]["counted"]["buckets"]
        return {stem: each["doc_count"] for stem, each in zip(stems_, buckets, strict=True)}
