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
from search.engines.opensearch.evaluate.clauses import Clause, any_word, fields_of, scored, some_of
from search.engines.opensearch.evaluate.statistics import Statistics, Totals
from search.engines.opensearch.mapping import STEMS, Layout, language_term
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
    return without_stop_words(document, all_weights_of(document, layout))


def without_stop_words(document: Document, weights: Mapping[str, int]) -> dict[str, int]:
    """Return *weights* of the stems of a document without those of stop words."""
    stops = _stop_stems(stem_language(document.article.language))
    return {stem: weight for stem, weight in weights.items() if stem not in stops}


@lru_cache(maxsize=64)
def _stop_stems(language: str) -> frozenset[str]:
    return frozenset(stems(sorted(stop_words(language)), language))


def heaviest(
    weights: Mapping[str, int],
    frequencies: Mapping[str, int],
    documents: int,
    most: int = FORWARD_TERMS,
) -> dict[str, int]:
    """Return the *most* heaviest of the stems of an article with their *weights*; *frequencies* are of all *documents*."""

    def key(stem: str) -> tuple[float, str]:
        weight = weights[stem]
        return -ranking.idf(documents, frequencies[stem]) * weight / (weight + K1), stem

    return {stem: weights[stem] for stem in sorted(weights, key=key)[:most]}


def saturated(weight: float, length: float, average: float) -> float:
    """Return what a weighted frequency is worth in an article of a weighted *length*, as docs/ranking.md says."""
    norm = 1 - ranking.B + ranking.B * length / average
    return weight * (K1 + 1) / (weight + K1 * norm)


def length_of(weights: Mapping[str, float]) -> float:
    """Return the length of a vector."""
    return math.sqrt(sum(weight**2 for weight in weights.values()))


#: Stems of an article of which it is counted exactly in how many others they are: the heaviest are among those that are about so.
LIKELY = FORWARD_TERMS + 40
#: Stems up to which it is counted exactly in how many articles each is.
_COUNTED = 150


class Stems:
    """The stems of the articles that one view sees."""

    def __init__(self, view: View, statistics: Statistics, layout: Layout) -> None:
        self.view = view
        self.statistics = statistics
        self.layout = layout
        self._fields = fields_of(layout.searched, stems=True)

    def having(self, stem: str) -> Clause:
        """Return the articles that have a stem in a field that a bare word searches, in whatever language."""
        terms = self._terms(stem)
        if len(terms) == 1:
            return some_of([{"term": {field: terms[0]}} for field, _ in self._fields])
        return some_of([{"terms": {field: terms}} for field, _ in self._fields])

    def _terms(self, stem: str) -> list[str]:
        return [f"{language}:{stem}" for language in self.statistics.totals.languages or ("-",)]

    def scoring(self, stem: str, factor: float) -> Clause:
        """Return what matches articles with a stem, and scores *factor* times what its weighted frequency is worth there."""
        terms = self._terms(stem)
        if len(terms) > 1:
            found = any_word(terms, self._fields)
        else:  # nothing has to be taken apart
            found = some_of(
                [
                    {"term": {field: {"value": terms[0], "boost": weight}}}
                    for field, weight in self._fields
                ]
            )
        return scored(found, factor, self.statistics.totals.average_length)

    def frequencies(self, stems_: Iterable[str]) -> dict[str, int]:
        """Return in how many of the articles that are seen each of some stems is."""
        wanted = dict.fromkeys(stems_)
        statistics, kept = self.statistics, self.statistics.stems
        known = {stem: having for stem in wanted if (having := kept.get(stem)) is not None}
        if lacking := [stem for stem in wanted if stem not in known]:
            self.totals()
            counted = statistics.complete(
                lambda: {stem: statistics.count(self.having(stem)) for stem in lacking}
            )
            known |= counted
            kept |= counted
        return {stem: known[stem] for stem in wanted}

    def about(
        self, documents: Sequence[Document], weights: Sequence[Mapping[str, int]]
    ) -> dict[str, int]:
        """Return in about how many articles each of the stems of *documents* is, of which *weights* has those of each.

        Exactly where these are few. Else one part of the index says it of itself, which takes a hundredth of the time: to
        choose the heaviest words of an article that is enough.
        """
        terms = {
            f"{language_term(stem_language(document.article.language))}:{stem}": stem
            for document, own in zip(documents, weights, strict=True)
            for stem in own
        }
        wanted = dict.fromkeys(terms.values())
        if len(wanted) <= _COUNTED:
            return self.frequencies(wanted)
        field = STEMS + self.layout.main
        body = {
            "doc": {"s": {self.layout.main: " ".join(terms)}},
            "fields": [field],
            "term_statistics": True,
            "field_statistics": True,
            "positions": False,
            "offsets": False,
        }
        path = f"/{self._sampled()}/_termvectors"
        answer = self.view.point.connection.request("POST", path, body)
        found = answer.get("term_vectors", {}).get(field, {"terms": {}})
        # Below 1 where the part has no articles.
        of_part = max(1, found.get("field_statistics", {}).get("doc_count", 0))
        articles = self.totals().articles
        about = dict.fromkeys(wanted, 1)
        for term, stem in terms.items():
            having = found["terms"].get(term, {}).get("doc_freq", 0)
            about[stem] = min(articles, max(about[stem], round(having * articles / of_part)))
        return about

    def _sampled(self) -> str:
        """Return the index of which one part says it for all: of volumes the one with the most articles."""
        view = self.view
        if not view.point.volumes:
            return view.manifest.physical
        if "sampled" not in view.cache:
            largest = {"terms": {"field": "_index", "size": 1}}
            body = {"size": 0, "track_total_hits": False, "aggs": {"largest": largest}}
            buckets = view.search(body)["aggregations"]["largest"]["buckets"]
            view.cache["sampled"] = buckets[0]["key"]
        sampled: str = view.cache["sampled"]
        return sampled

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
