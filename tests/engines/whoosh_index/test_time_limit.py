"""A query that takes too long ends in an error: between any two steps, in every kind of clause, never half an answer."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.model.errors import EngineError, QueryTimeout
from search.model.histogram import HistogramRequest
from search.model.question import FacetRequest, Selection
from search.query.tree import And, Fuzzy, Group, Near, Not, Or, Phrase, Query, Wildcard, Word
from tests.support.engine_samples import day, document

#: As little at once as can be, so that few articles take many steps.
SMALL = Limits(
    max_expansions=2,
    query_timeout_ms=1000,
    remembered_bytes=0,
    few_documents=0,
    spare_documents=0,
    documents_at_once=1,
    postings_at_once=1,
    united_at_once=1,
    forms_at_once=1,
    dates_at_once=1,
)
#: Each of these commits is a segment.
PARTS = 3


class Clock:
    """Stands still until it was looked at that many times; then all time is over."""

    def __init__(self) -> None:
        self.looks: list[str] = []
        self.most_looks: float = float("inf")

    def __call__(self) -> float:
        # The function that has its deadline checked.
        self.looks.append(sys._getframe(2).f_code.co_name)
        return 0.0 if len(self.looks) <= self.most_looks else 1e9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    with closing(WhooshEngine(folder, make=True)) as engine:
        for part in range(PARTS):
            engine.add(
                document(
                    f"n{part}{number}",
                    f"the gold of the mine in the hills {part}",
                    "gold from the mine",
                    day(1 + part, 1 + number),
                    authors=(f"Ann Lee {number}", "Bo Berg"),
                )
                for number in range(4)
            )
        engine.delete(["n00"])
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(folder: Path, clock: Clock) -> Iterator[WhooshEngine]:
    with closing(WhooshEngine(folder, limits=SMALL, clock=clock)) as engine:
        yield engine


def words(*forms: str) -> tuple[Word, ...]:
    return tuple(map(Word, forms))


FACETS = (FacetRequest("author"), FacetRequest("source"))
#: A request of each kind, the functions that have a loop for it, and how often it goes round at least.
REQUESTS = {
    "word": (SearchRequest(tree=Word("gold")), {"matches": 1, "_in_running": 1}),
    "words that must all hold": (
        SearchRequest(tree=And(words("gold", "mine", "hills"))),
        {"matches": 4, "intersected": 2, "bounds": 3, "_add_pairs": 2, "exactly": 3},
    ),
    "words of which most must hold": (
        SearchRequest(tree=Group(words("gold", "mine", "hills")), match="most"),
        {"matches": 4, "_group": 2},
    ),
    "union": (SearchRequest(tree=Or(words("gold", "mine"))), {"united": PARTS}),
    "phrase": (SearchRequest(tree=Phrase(("the", "mine"))), {"_in_documents": PARTS}),
    "phrase with slop": (
        SearchRequest(tree=Phrase(("gold", "mine"), 3)),
        {"_in_documents": PARTS},
    ),
    "near": (
        SearchRequest(tree=Near(Word("gold"), Word("mine"), 5)),
        {"_in_documents": PARTS},
    ),
    "neighbours": (
        SearchRequest(tree=And(words("gold", "mine", "hills"))),
        {"add_neighbours": 2, "_in_documents": 2 * PARTS},
    ),
    "word in a field": (SearchRequest(tree=Word("gold", "body")), {"_in_fields": PARTS}),
    "prefix": (SearchRequest(tree=Wildcard("h*")), {"merged": PARTS - 1}),
    "wildcard": (
        SearchRequest(tree=Wildcard("*l*")),
        {"_fitting": 7 * PARTS, "_forms": 2 * PARTS, "_most_frequent": 2 * PARTS, "_first": 2}
        | {"_frequencies": 2 * PARTS},
    ),
    "wildcard with a beginning": (SearchRequest(tree=Wildcard("g?l*")), {"_fitting": PARTS}),
    "wildcard in a field": (SearchRequest(tree=Wildcard("?ol*", "body")), {"_in_fields": PARTS}),
    "fuzzy": (SearchRequest(tree=Fuzzy("golf", 1)), {"expand": PARTS}),
    "facets": (SearchRequest(facets=FACETS), {"_facet": 2}),
    "facets with a selection": (
        SearchRequest(facets=FACETS, selections=(Selection("author", ("Bo Berg",)),)),
        {"_facet": 2, "intersected": 1},
    ),
    "histogram": (SearchRequest(histogram=HistogramRequest("day")), {"_counts": 4 * PARTS - 1}),
    "counts": (SearchRequest(counted=(Word("gold"), Not(Word("gold")))), {"matches": 3}),
    "by date": (SearchRequest(tree=Word("gold"), sort="newest"), {"_in_running": 1}),
}


@pytest.mark.parametrize(("request_", "loops"), REQUESTS.values(), ids=REQUESTS)
def test_the_time_is_looked_at_in_every_loop(
    engine: WhooshEngine, clock: Clock, request_: SearchRequest, loops: dict[str, int]
) -> None:
    engine.search(request_)
    looks = Counter(clock.looks)
    assert {loop: min(looks[loop], least) for loop, least in loops.items()} == loops


@pytest.mark.parametrize("request_", [case for case, _ in REQUESTS.values()], ids=REQUESTS)
def test_whenever_the_time_is_over_there_is_an_error_or_the_whole_answer(
    engine: WhooshEngine, clock: Clock, request_: SearchRequest
) -> None:
    expected = engine.search(request_)
    clock.looks.clear()
    assert engine.search(request_) == expected
    looks = len(clock.looks)
    answers = [answer_within(engine, clock, request_, most) for most in range(1, looks + 1)]
    assert answers == [None] * (looks - 1) + [expected]


def answer_within(
    engine: WhooshEngine, clock: Clock, request: SearchRequest, most_looks: int
) -> SearchResult | None:
    """Return the answer, None where the clock ran out before."""
    clock.looks, clock.most_looks = [], most_looks
    try:
        return engine.search(request)
    except QueryTimeout:
        return None
    finally:
        clock.most_looks = float("inf")


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.search(SearchRequest(tree=Word("gold"))),
        lambda engine: engine.count(SearchRequest(tree=Word("gold"))),
        lambda engine: engine.facets(SearchRequest(facets=FACETS)),
        lambda engine: engine.spellings("gond"),
    ],
    ids=["search", "count", "facets", "spellings"],
)
def test_every_question_has_the_limit_and_the_next_one_its_own(
    engine: WhooshEngine, clock: Clock, ask: Callable[[WhooshEngine], object]
) -> None:
    clock.most_looks = 1
    with pytest.raises(QueryTimeout, match=r"after 1,000 ms; ask for .* query_timeout_ms"):
        ask(engine)
    clock.most_looks = float("inf")
    assert ask(engine)


def test_a_timeout_is_an_engine_error() -> None:
    assert issubclass(QueryTimeout, EngineError)


def test_0_is_no_limit(folder: Path, clock: Clock) -> None:
    clock.most_looks = 1
    limits = SMALL._replace(query_timeout_ms=0)
    with closing(WhooshEngine(folder, limits=limits, clock=clock)) as engine:
        assert engine.count(SearchRequest(tree=Word("gold"))) == 4 * PARTS - 1


def test_what_is_kept_for_all_requests_is_not_charged_to_one() -> None:
    times = iter([0.0, 0.5, 100.0, 100.4, 100.6])
    deadline = Deadline(1000, lambda: next(times))
    with deadline.paused():  # from 0.5 to 100
        pass
    deadline.check()  # at 100.4: 0.9 s are over
    with pytest.raises(QueryTimeout):
        deadline.check()


@pytest.mark.parametrize(
    "tree",
    [
        Near(Word("the"), Word("the"), 100),
        Or(tuple(Near(Word("the"), Word("the"), 100) for _ in range(100))),
        Or(tuple(And((Near(Word("the"), Word("the"), 100), Word("mine"))) for _ in range(100))),
        Group(tuple(Not(Near(Word("the"), Word("the"), 100)) for _ in range(100))),
    ],
    ids=["once", "a hundred times", "inside other clauses", "under NOT"],
)
def test_equal_clauses_are_evaluated_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tree: Query
) -> None:
    """`the NEAR/100 the` a hundred times joined by OR took 14 s at 100,000 articles."""
    calls = []
    looked_up = kernels.occurrences

    def counted(*arguments):  # type: ignore[no-untyped-def]
        calls.append(arguments)
        return looked_up(*arguments)

    monkeypatch.setattr(kernels, "occurrences", counted)
    with closing(WhooshEngine(folder)) as engine:
        engine.search(SearchRequest(tree=tree))
    assert len(calls) == 1
