"""More like this: the articles that share the heaviest words of one."""

from __future__ import annotations

import math
from typing import Any

from search.engines import ranking
from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.evaluate.stems import (
    LIKELY,
    Stems,
    all_weights_of,
    heaviest,
    saturated,
    weights_of,
)
from search.engines.opensearch.evaluate.surfaces import surfaces_of
from search.engines.opensearch.mapping import KEYS, Layout
from search.engines.opensearch.view import View
from search.engines.protocol.facets import facet_key
from search.engines.protocol.result import SimilarArticles, SimilarHit
from search.engines.rescoring.recency import MICROSECONDS_OF_DAY
from search.model.article import Document

#: Shared words that are named of each article, and words that are named of all that were looked for.
_NAMED, _LOOKED_FOR = 5, 10
_NO_WORDS = "this article has too few words that others have to be compared by"
#: What an article keeps of its likeness by its distance in time, as `search.engines.ranking.nearness`.
_NEARNESS = (
    "double own = Math.min(1.0, _score / params.whole); if (!params.dated) { return own; }"
    " if (doc['published'].size() == 0) { return own * params.far; }"
    " double days = Math.abs((double) (doc['published'].value - params.at)) / params.day;"
    " return own * (params.far + (1 - params.far) * Math.pow(0.5, days / params.half_life));"
)


class Similar:
    """The articles that are like one, among those that a view sees."""

    def __init__(self, view: View, layout: Layout) -> None:
        self._view = view
        self._layout = layout
        self._stems = Stems(view, Statistics(view, layout), layout)
        self._articles, self._average_length, _ = self._stems.totals()

    def answer(self, article_id: str, limit: int) -> SimilarArticles | None:
        """Return the *limit* articles that are most like one; None where that is not seen."""
        own = self._found({"term": {"id": article_id}}, {"size": 1})
        if not own:
            return None
        document = self._document(own[0])
        weights = self._weights(document, own[0])
        if len(weights) < 2:
            return SimilarArticles((), (), (_NO_WORDS,))
        hits = self._similar(own[0], document, weights, limit) if limit else []
        documents = [self._document(hit) for hit in hits]
        shared = [
            self._shared(each, hit, weights) for each, hit in zip(documents, hits, strict=True)
        ]
        looked_for = list(weights)[:_LOOKED_FOR]
        named = dict.fromkeys([*looked_for, *(stem for each in shared for stem in each)])
        words = surfaces_of(self._stems, list(named), [document, *documents])
        return SimilarArticles(
            tuple(
                SimilarHit(each, hit["_score"], tuple(words[s] for s in stems))
                for each, hit, stems in zip(documents, hits, shared, strict=True)
            ),
            tuple(words[stem] for stem in looked_for),
        )

    def _found(self, query: Clause, body: dict[str, Any]) -> list[dict[str, Any]]:
        asked = {
            **body,
            "query": {"bool": {"must": [query], "filter": self._view.visible}},
            "docvalue_fields": ["wl", "story", "published", f"{KEYS}lang"],
            "track_total_hits": False,
        }
        if "lang" not in self._layout.fields.facets:
            asked["docvalue_fields"].pop()
        hits: list[dict[str, Any]] = self._view.search(asked)["hits"]["hits"]
        return hits

    def _document(self, hit: dict[str, Any]) -> Document:
        return self._view.document(hit["_source"], self._layout.fields)

    def _weights(self, document: Document, hit: dict[str, Any]) -> dict[str, float]:
        """Return the words to look for, the heaviest first, and what each weighs in the article."""
        found = weights_of(document, self._layout)
        about = self._stems.about([document], [found])
        likely = heaviest(found, about, self._articles, LIKELY)
        having = self._stems.frequencies(likely)
        kept = heaviest(likely, having, self._articles)
        most = ranking.most_with_word(self._articles)
        weights = {
            stem: self._worth(having[stem], weight, hit)
            for stem, weight in kept.items()
            if ranking.is_comparable(stem) and 2 <= having[stem] <= most
        }
        ordered = sorted(weights, key=lambda stem: (-weights[stem], stem))
        return {stem: weights[stem] for stem in ordered[: ranking.SIMILAR_WORDS]}

    def _worth(self, having: int, weight: int, hit: dict[str, Any]) -> float:
        length = hit["fields"]["wl"][0]
        return ranking.idf(self._articles, having) * saturated(weight, length, self._average_length)

    def _similar(
        self, own: dict[str, Any], document: Document, weights: dict[str, float], limit: int
    ) -> list[dict[str, Any]]:
        having = self._stems.frequencies(weights)
        clauses = [
            self._stems.scoring(stem, math.sqrt(weight) * ranking.idf(self._articles, having[stem]))
            for stem, weight in weights.items()
        ]
        needed = min(ranking.SIMILAR_SHARED, len(weights))
        at = own["fields"].get("published", [None])[0]
        parameters = {
            "whole": sum(math.sqrt(weight) * weight for weight in weights.values()),
            "dated": at is not None,
            "at": at or 0,
            "far": ranking.SIMILAR_FAR,
            "half_life": ranking.SIMILAR_HALF_LIFE_DAYS,
            "day": float(MICROSECONDS_OF_DAY),
        }
        others: Clause = {
            "bool": {
                "should": clauses,
                "minimum_should_match": needed,
                "filter": self._in_same_language(document),
                "must_not": [{"term": {"story": own["fields"]["story"][0]}}],
            }
        }
        query = {
            "script_score": {
                "query": others,
                "script": {"source": _NEARNESS, "params": parameters},
            }
        }
        order = [
            {"_score": "desc"},
            {"published": {"order": "desc", "missing": "_last"}},
            {"id": "asc"},
        ]
        body = {
            "size": limit,
            "sort": order,
            "min_score": ranking.SIMILAR_LEAST,
            "collapse": {"field": "story"},
        }
        return self._found(query, body)

    def _in_same_language(self, document: Document) -> list[Clause]:
        """Return the filter of articles in the language of one, as far as both are known."""
        if "lang" not in self._layout.fields.facets:
            return []
        language = facet_key(document.article.language.strip()).partition("-")[0].strip()
        if not language:
            return []
        field = f"{KEYS}lang"
        same: list[Clause] = [
            {"term": {field: language}},
            {"prefix": {field: f"{language}-"}},
            {"bool": {"must_not": [{"exists": {"field": field}}]}},
        ]
        return [{"bool": {"should": same}}]

    def _shared(
        self, document: Document, hit: dict[str, Any], weights: dict[str, float]
    ) -> list[str]:
        """Return the words of *weights* that add most to the score of a hit, the most first."""
        own = all_weights_of(document, self._layout)
        having = self._stems.frequencies(weights)
        added = {
            stem: math.sqrt(weight) * self._worth(having[stem], own[stem], hit)
            for stem, weight in weights.items()
            if stem in own
        }
        return sorted(added, key=lambda stem: -added[stem])[:_NAMED]
