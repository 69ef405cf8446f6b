"""What questions have found out of a cluster is kept for those of all threads, and forgotten by any of them where it is too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from search.engines.opensearch.evaluate import facets, statistics, vocabulary
from search.engines.opensearch.evaluate.facets import Asked, Facets, aggregation
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.evaluate.stems import Stems
from search.engines.opensearch.evaluate.vocabulary import Expansion
from search.engines.opensearch.mapping import layout_of
from search.engines.opensearch.view import Asking
from search.model.fields import FIELDS
from search.model.question import FacetRequest

LAYOUT = layout_of(FIELDS)
GOLD = {"term": {"f.body": "gold"}}


class _Forgetful(dict[str, Any]):
    """What is kept of a generation, of which another thread forgets all each time that somebody has looked for something there."""

    class _Kept(dict[Any, Any]):
        def __contains__(self, key: object) -> bool:
            is_in = super().__contains__(key)
            self.clear()
            return is_in

    def setdefault(self, key: str, default: Any = None) -> Any:
        return super().setdefault(key, self._Kept())


class _View:
    """A view of a cluster in which everything is in seven articles; requests are counted."""

    def __init__(self, cache: dict[str, Any]) -> None:
        self.cache = cache
        self.visible: list[dict[str, Any]] = []
        self.asked = 0

    def msearch(self, bodies: Sequence[Mapping[str, Any]], *_: object) -> list[dict[str, Any]]:
        self.asked += bool(bodies)
        return [self._answer(body) for body in bodies]

    @staticmethod
    def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, counted in body["aggs"].items():
            if "filters" in counted:
                buckets = {key: {"doc_count": 7} for key in counted["filters"]["filters"]}
                found[name] = {"buckets": buckets}
            elif "sum" in counted:
                found |= {name: {"value": 70}, "languages": {"buckets": []}}
            elif "include" in counted.get("terms", ()):
                buckets = [{"key": "gold", "doc_count": 7}]
                found[name] = {"buckets": buckets, "sum_other_doc_count": 0}
        return {"hits": {"total": {"value": 7}}, "aggregations": found}


@pytest.fixture(params=[dict, _Forgetful], ids=["kept", "forgotten at once"])
def view(request: pytest.FixtureRequest) -> _View:
    return _View(request.param())


def test_counts(view):
    known = Statistics(view, LAYOUT)
    assert known.complete(lambda: (known.totals.articles, known.count(GOLD))) == (7, 7)


def test_frequencies_of_stems(view):
    known = Statistics(view, LAYOUT)
    assert Stems(view, known, LAYOUT).frequencies(["gold", "tin"]) == {"gold": 7, "tin": 7}


def test_words_of_a_pattern(view):
    known = Statistics(view, LAYOUT).vocabulary
    assert known.words(Expansion("go.*", bool, "title", "go*", 10)) == {"gold": 7}


def test_spellings_of_facets(view):
    asked = [Asked(FacetRequest("source"), (), {})]
    for _ in range(2):
        counted = Facets(view, (), {}).counts(asked, [_counted("reuters")])
        (found,) = _told(counted, {"aggregations": {"spelt": _terms("reuters\nReuters")}}).values()
        assert [(value.value, value.count) for value in found.values] == [("Reuters", 7)]


@pytest.mark.parametrize(
    ("module", "kept"),
    [
        (statistics, "statistics"),
        (statistics, "stems"),
        (vocabulary, "vocabulary"),
        (facets, "shown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_is_forgotten_where_it_is_too_much(module, kept, monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 2)
    words = [str(n) for n in range(3)]
    of_pattern = vocabulary.Words(dict.fromkeys(words, 1), 3)
    cache = {kept: {"go*": of_pattern} if kept == "vocabulary" else dict.fromkeys(words, 1)}
    view = _View(cache)
    Statistics(view, LAYOUT)
    Facets(view, (), {})
    assert cache[kept] == {}


def _terms(*keys: str) -> dict[str, Any]:
    buckets = [{"key": key, "doc_count": 7} for key in keys]
    return {"buckets": buckets, "sum_other_doc_count": 0}


def _counted(key: str) -> dict[str, Any]:
    """Return what the aggregation of a facet finds where all articles have one value."""
    assert aggregation(Asked(FacetRequest("source"), (), {}))["aggs"].keys() == {"missing", "top"}
    return {"missing": {"doc_count": 0}, "top": _terms(key)}


def _told(asking: Asking[Any], answer: dict[str, Any]) -> Any:
    """Return what is come to know where each body that is asked for has the same *answer*."""
    bodies = next(asking)
    try:
        while True:
            bodies = asking.send([answer for _ in bodies])
    except StopIteration as end:
        return end.value
