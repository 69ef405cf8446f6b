"""The counts of facets: values by their keys, each shown as most articles of the index spell it.

What comes from the server is in the order of keys where counts are equal, and what is shown in that of values: so all that
are equal to the last one shown are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.filters import has
from search.engines.opensearch.evaluate.joined import Joined
from search.engines.opensearch.evaluate.patterns import escaped
from search.engines.opensearch.mapping import KEYS, SPELLINGS, bounded
from search.engines.opensearch.view import COUNTED_EXACTLY, MOST_VALUES, Asking, View
from search.engines.protocol.facets import FacetCounts, FacetValue, facet_key, spelling_rank
from search.model.question import FacetRequest

#: Values asked for beyond those shown: of equal counts the rest decides.
_SPARE = 40
#: Keys whose spellings are asked for at once.
_KEYS_AT_ONCE = 200
#: Spellings that are kept for other questions; more are forgotten.
_KEPT = 100_000


class Asked(NamedTuple):
    """One facet of a request: of which articles it is counted, and which keys are selected, as they were asked for."""

    request: FacetRequest
    #: The filter of its articles, beside the query.
    among: Sequence[Clause]
    chosen: Mapping[str, str]
    #: The names that count for others, None where none does.
    joined: Joined | None = None

    @property
    def field(self) -> str:
        return self.request.field

    @property
    def counted_apart(self) -> Joined | None:
        """What counts the names that count for others, None where no name does."""
        return self.joined if self.joined is not None and self.joined.keys else None


def aggregation(asked: Asked) -> Clause:
    """Return what counts a facet in the request that finds the hits."""
    field = KEYS + asked.field
    counted: dict[str, Any] = {
        "missing": {"filter": {"bool": {"must_not": [has(field)]}}},
        "top": {"terms": _terms(asked, asked.request.size + _SPARE)},
    }
    if asked.chosen:
        counted["chosen"] = {
            "terms": {"field": field, "include": list(asked.chosen), "size": len(asked.chosen)}
        }
    if (apart := asked.counted_apart) is not None:
        counted |= apart.aggregations(asked.chosen)
    return {"filter": {"bool": {"filter": list(asked.among)}}, "aggs": counted}


def _terms(asked: Asked, size: int) -> dict[str, Any]:
    words = facet_key(asked.request.text).split()
    # Each shard sends all that it has: a key that is not among the first of one would be counted without that one.
    terms: dict[str, Any] = {"field": KEYS + asked.field, "size": size, "shard_size": MOST_VALUES}
    if words:
        # The server's patterns know no edges of words: what fits beside is left out later.
        terms |= {
            "include": "&".join(f"(.*{escaped(word)}.*)" for word in words),
            "size": MOST_VALUES,
        }
    return terms


class Facets:
    """Makes of what was counted the facets of an answer, asking for what is still lacking."""

    def __init__(self, view: View, seen: Sequence[Clause], query: Clause) -> None:
        """*query* is the question without what narrows it by facets."""
        self._view = view
        self._seen = list(seen)
        self._query = query
        #: By facet and key how a value is shown, "" where no article has it; for the questions of all threads, each of
        #: which may forget it.
        self._shown: dict[tuple[str, str], str] = view.cache.setdefault("shown", {})
        if len(self._shown) > _KEPT:
            self._shown.clear()

    def counts(
        self, asked: Sequence[Asked], found: Sequence[Mapping[str, Any]]
    ) -> Asking[dict[str, FacetCounts]]:
        """Come to know the counts of each facet, given what `aggregation` found of it."""
        tops = [_Top.of(each, own) for each, own in zip(asked, found, strict=True)]
        yield from self._complete(asked, tops)
        wanted = [
            (each.field, key)
            for each, top in zip(asked, tops, strict=True)
            for key in (*top.in_running(each.request.size), *top.chosen)
        ]
        spelt = yield from self._spelt(wanted)
        return {
            each.field: self._facet(each, top, spelt) for each, top in zip(asked, tops, strict=True)
        }

    def _complete(self, asked: Sequence[Asked], tops: list[_Top]) -> Asking[None]:
        """Ask for all values of a facet of which too few came, and for how many it has in all."""
        lacking = [
            n
            for n, (each, top) in enumerate(zip(asked, tops, strict=True))
            if top.other and top.is_tied(each.request.size)
        ]
        counting = [n for n, top in enumerate(tops) if top.other and n not in lacking]
        bodies = [self._body(asked[n], {"top": {"terms": _all_keys(asked[n])}}) for n in lacking]
        bodies += [self._body(asked[n], _distinct(asked[n])) for n in counting]
        answers = yield bodies
        for n, answer in zip(lacking, answers, strict=False):
            tops[n] = tops[n].with_all(answer["aggregations"]["top"])
        for n, answer in zip(counting, answers[len(lacking) :], strict=True):
            found = answer["aggregations"]
            exact, about = found["exact"]["count"], found["about"]["value"]
            tops[n] = tops[n].with_distinct(exact if exact < MOST_VALUES else max(exact, about))

    def _body(self, asked: Asked, counted: dict[str, Any]) -> Clause:
        return {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": [self._query, *asked.among]}},
            "aggs": counted,
        }

    def _spelt(self, keys: Iterable[tuple[str, str]]) -> Asking[dict[tuple[str, str], str]]:
        """Come to know how the values with these keys are spelt by most articles of the index."""
        wanted = dict.fromkeys(keys)
        found = {each: value for each in wanted if (value := self._shown.get(each)) is not None}
        lacking = [each for each in wanted if each not in found]
        fields = dict.fromkeys(field for field, _ in lacking)
        parts = []
        for field in fields:
            own = [key for each, key in lacking if each == field]
            parts += [
                (field, own[at : at + _KEYS_AT_ONCE]) for at in range(0, len(own), _KEYS_AT_ONCE)
            ]
        answers = yield [self._spellings(*part) for part in parts]
        for (field, own), answer in zip(parts, answers, strict=True):
            spelt: dict[str, dict[str, int]] = {key: {} for key in own}
            for bucket in answer["aggregations"]["spelt"]["buckets"]:
                for key, value in _parted(bucket["key"]):
                    if key in spelt and bounded(facet_key(value)) in (key, bounded(key)):
                        spelt[key][value] = bucket["doc_count"]
            for key, counts in spelt.items():
                self._shown[field, key] = found[field, key] = _shown(counts)
        return found

    def _spellings(self, field: str, keys: Sequence[str]) -> Clause:
        pattern = "|".join(f"{escaped(key)}\n.*" for key in keys)
        terms = {"field": SPELLINGS + field, "include": pattern, "size": MOST_VALUES}
        with_key = {"terms": {KEYS + field: list(keys)}}
        return {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": [*self._seen, with_key]}},
            "aggs": {"spelt": {"terms": terms}},
        }

    @staticmethod
    def _facet(asked: Asked, top: _Top, spelt: Mapping[tuple[str, str], str]) -> FacetCounts:
        def value_of(key: str, typed: str = "") -> str:
            joined = asked.joined.spelling(key) if asked.joined is not None else None
            return joined or spelt[asked.field, key] or typed or key

        running = top.in_running(asked.request.size)
        ranked = sorted(running, key=lambda key: (-top.counts[key], value_of(key)))
        first = ranked[: asked.request.size]
        having = {key: count for key, count in top.chosen.items() if count}
        keys = dict.fromkeys((*first, *having))
        counts = {**top.counts, **having}
        values = [FacetValue(value_of(key), counts[key], key in asked.chosen) for key in keys]
        values.sort(key=lambda value: (-value.count, value.value))
        nothing = [
            FacetValue(value_of(key, typed), 0, True)
            for key, typed in asked.chosen.items()
            if key not in having
        ]
        values += sorted(nothing, key=lambda value: value.value)
        wanted = {key for key in having if key in top.counts or top.is_wanted(key)}
        return FacetCounts(
            tuple(values),
            other=top.total
            - sum(top.counted(key, counts[key]) for key in keys if key in first or key in wanted),
            missing=top.missing,
            distinct=top.distinct
            + len([key for key in having if key not in wanted or top.is_apart(key)]),
        )


class _Top(NamedTuple):
    """The most frequent keys of a facet that fit what is asked for, and what is known of the others."""

    counts: Mapping[str, int]
    #: The sum of the counts of others.
    other: int
    #: How many there are in all, once that is known.
    distinct: int
    missing: int
    #: The keys selected, each with its count.
    chosen: Mapping[str, int]
    words: tuple[str, ...]
    #: The count of the last key that was given: no other has more.
    least: int
    #: Of the keys that joins have to do with, how many articles are counted under each, and how many have it written.
    joined: Mapping[str, int]
    written: Mapping[str, int]

    @classmethod
    def of(cls, asked: Asked, found: Mapping[str, Any]) -> _Top:
        words = tuple(facet_key(asked.request.text).split())
        chosen = dict.fromkeys(asked.chosen, 0)
        joined: dict[str, int] = {}
        written: dict[str, int] = {}
        if (apart := asked.counted_apart) is not None:
            joined, written = apart.counts(found), apart.written(found)
            buckets = found["chosen"]["buckets"] if asked.chosen else {}
            chosen |= {key: bucket["doc_count"] for key, bucket in buckets.items()}
        elif asked.chosen:
            chosen |= _counts(found["chosen"])
        missing = found["missing"]["doc_count"]
        empty = cls({}, 0, 0, missing, chosen, words, 0, joined, written)
        return empty.with_all(found["top"])

    def counted(self, key: str, having: int) -> int:
        """Return how much of `total` is of a key that *having* articles are found by."""
        if key in self.counts:
            return self.counts[key]
        return 0 if key in self.joined else having

    def is_apart(self, key: str) -> bool:
        """Whether articles are found by a key though none is counted under it."""
        return key in self.joined and key not in self.counts

    @property
    def total(self) -> int:
        """The sum of the counts of all keys."""
        return sum(self.counts.values()) + self.other

    def is_wanted(self, key: str) -> bool:
        """Whether a key fits what is asked for."""
        return has_words(key, self.words)

    def is_tied(self, size: int) -> bool:
        """Whether a key that was not given may have to be shown: it may have as many articles as the last one shown."""
        ranked = sorted(self.counts.values(), reverse=True)
        return 0 < size <= len(ranked) and ranked[size - 1] <= self.least

    def in_running(self, size: int) -> list[str]:
        """Return the keys that are shown, and all with as many articles as the last of these."""
        ranked = sorted(self.counts.values(), reverse=True)[:size]
        return [key for key, count in self.counts.items() if ranked and count >= ranked[-1]]

    def with_all(self, found: Mapping[str, Any]) -> _Top:
        """Return the same with the keys that were *found*, and with what joins make of their counts."""
        given, other = _counts(found), found["sum_other_doc_count"]
        least = min(given.values(), default=0) if other else 0
        # What is joined among the others is known.
        other -= sum(count for key, count in self.written.items() if key not in given)
        counts = {key: n for key, n in {**given, **self.joined}.items() if n}
        if self.words:
            counts = {key: n for key, n in counts.items() if has_words(key, self.words)}
        other = 0 if self.words else other
        return self._replace(counts=counts, other=other, distinct=len(counts), least=least)

    def with_distinct(self, distinct: int) -> _Top:
        """Return the same, given how many different keys are written."""
        more = sum(map(bool, self.joined.values())) - sum(map(bool, self.written.values()))
        return self._replace(distinct=distinct + more)


def _all_keys(asked: Asked) -> dict[str, Any]:
    return {"field": KEYS + asked.field, "size": MOST_VALUES}


def _distinct(asked: Asked) -> dict[str, Any]:
    """Return what counts the distinct keys: exactly, and where they are too many for that about."""
    field = KEYS + asked.field
    return {
        # `view.GATHERED`
        "all": {"terms": _all_keys(asked)},
        "exact": {"stats_bucket": {"buckets_path": "all>_count"}},
        "about": {"cardinality": {"field": field, "precision_threshold": COUNTED_EXACTLY}},
    }


def _counts(terms: Mapping[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in terms["buckets"]}


def _parted(term: str) -> Iterable[tuple[str, str]]:
    """Yield each way to part a term into a key and a spelling: keys of signs alone may hold line breaks."""
    for found in re.finditer("\n", term):
        yield term[: found.start()], term[found.end() :]


def _shown(counts: Mapping[str, int]) -> str:
    """Return the spelling that is shown of a value, given how many articles have each; "" where none has it."""
    return min(counts, key=lambda value: (-counts[value], spelling_rank(value)), default="")


def has_words(key: str, words: Sequence[str]) -> bool:
    """Whether for each of *words* a word of *key* begins so."""
    return all(_begins_a_word(key, word) for word in words)


def _begins_a_word(key: str, word: str) -> bool:
    at = key.find(word)
    while at >= 0:
        if not at or not (key[at - 1].isalnum() or key[at - 1] == "_"):
            return True
        at = key.find(word, at + 1)
    return False
