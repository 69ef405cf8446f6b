"""What is counted before a question can be asked: how many articles there are, how long they are, in how many a word is.

A question is made with what is known; what it lacked is counted then, all at once, and the question made again
(`Statistics.complete`). What was counted is kept for as long as the generation is, for the questions of all threads: one of them may
forget it, where it has become too much, at any moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from search.engines import ranking
from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.vocabulary import Expansion, Vocabulary
from search.engines.opensearch.mapping import Layout
from search.engines.opensearch.view import View

T = TypeVar("T")
#: More counts are forgotten: a word takes some hundred bytes.
_KEPT = 100_000
#: Clauses counted in one request.
_AT_ONCE = 500
_LANGUAGES = 100


class Totals(NamedTuple):
    """What is known of all articles that are seen: their number, their mean length, and by language how many."""

    articles: int
    average_length: float
    languages: Mapping[str, int]


class Statistics:
    """What is counted of the articles that a view sees."""

    def __init__(self, view: View, layout: Layout, seen: Sequence[Clause] | None = None) -> None:
        """*seen* are the filters of the articles that count: None for those that anybody may see."""
        self.view = view
        self.seen = view.visible if seen is None else seen
        # What is counted of others is of no use to the next question.
        cache: dict[str, Any] = view.cache if seen is None else {}
        self._kept: dict[str, Any] = cache.setdefault("statistics", {})
        #: In how many articles stems are, for `stems.Stems`.
        self.stems: dict[str, int] = cache.setdefault("stems", {})
        for kept in (self._kept, self.stems):
            if len(kept) > _KEPT:
                kept.clear()
        self._lacking: dict[str, tuple[Clause, bool]] = {}
        self.vocabulary = Vocabulary(view, layout, self.seen, cache)

    def complete(self, make: Callable[[], T]) -> T:
        """Return what *make* does once all that it asks for here is known."""
        while True:
            made = make()
            if not self._lacking and not self.vocabulary.lacking:
                return made
            self._count()

    @property
    def totals(self) -> Totals:
        """What is known of all articles; nothing of none as long as it is not known."""
        found: Totals | None = self._kept.get("totals")
        if found is None:
            self._lacking.setdefault("", ({}, False))
            return Totals(0, 0.0, {})
        return found

    def count(self, clause: Clause) -> int:
        """Return how many articles match a clause, 0 as long as that is not known."""
        found: int = self._known(clause, by_language=False) or 0
        return found

    def count_by_language(self, clause: Clause) -> Mapping[str, int]:
        """Return the same for each language of stems."""
        return self._known(clause, by_language=True) or {}

    def _known(self, clause: Clause, *, by_language: bool) -> Any:
        key = f"{by_language:d}{json.dumps(clause)}"
        found = self._kept.get(key)
        if found is None:
            self._lacking[key] = clause, by_language
        return found

    def idf(self, clause: Clause) -> float:
        """Return the idf of a word that occurs where *clause* finds it; 0 for one that occurs nowhere."""
        having = self.count(clause)
        return ranking.idf(self.totals.articles, having) if having else 0.0

    def expanded(self, expansion: Expansion) -> tuple[str, ...]:
        """Return the words that stand for a clause, none as long as they are not known."""
        return self.vocabulary.expanded(expansion)

    def _count(self) -> None:
        """Count all that was lacking, in one request."""
        wants_totals = self._lacking.pop("", None) is not None
        rows = list(self._lacking.items())
        parts = [rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE)] or [[]]
        bodies = [self._body(part, wants_totals and not n) for n, part in enumerate(parts)]
        if not rows and not wants_totals:
            bodies = []
        expansions = self.vocabulary.bodies()
        answers = self.view.msearch([*bodies, *expansions])
        if wants_totals:
            self._take_totals(answers[0])
        for part, answer in zip(parts, answers[: len(bodies)], strict=bool(bodies)):
            self._take(part, answer.get("aggregations", {}))
        self.vocabulary.take(answers[len(bodies) :])
        self._lacking = {}

    def _body(self, rows: list[tuple[str, tuple[Clause, bool]]], wants_totals: bool) -> Clause:
        counted: dict[str, Any] = {}
        languages = {"languages": {"terms": {"field": "stems", "size": _LANGUAGES}}}
        if wants_totals:
            counted |= {"length": {"sum": {"field": "wl"}}, **languages}
        for name, parted in (("plain", False), ("parted", True)):
            filters = {str(n): clause for n, (_, (clause, own)) in enumerate(rows) if own is parted}
            if filters:
                counted[name] = {"filters": {"filters": filters}}
                if parted:
                    counted[name]["aggs"] = languages
        return {
            "size": 0,
            "track_total_hits": wants_totals,
            "query": {"bool": {"filter": self.seen}},
            "aggs": counted,
        }

    def _take_totals(self, answer: Mapping[str, Any]) -> None:
        found = answer["aggregations"]
        articles = answer["hits"]["total"]["value"]
        average = found["length"]["value"] / articles if articles else 0.0
        self._kept["totals"] = Totals(articles, average, _by_language(found))

    def _take(self, rows: list[tuple[str, tuple[Clause, bool]]], found: Mapping[str, Any]) -> None:
        for number, (key, (_, by_language)) in enumerate(rows):
            bucket = found["parted" if by_language else "plain"]["buckets"][str(number)]
            self._kept[key] = _by_language(bucket) if by_language else bucket["doc_count"]


def _by_language(found: Mapping[str, Any]) -> dict[str, int]:
    return {each["key"]: each["doc_count"] for each in found["languages"]["buckets"]}
