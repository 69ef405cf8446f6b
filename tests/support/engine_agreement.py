"""Any edits and any questions, to an engine and to the oracle: both give the same answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from search.engines.joining import organisations, people
from search.engines.protocol.engine import Engine
from search.engines.protocol.facets import FacetCounts, facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model import clock
from search.model.article import Entities, Entity
from search.model.fields import FIELDS
from search.model.histogram import INTERVALS, HistogramRequest
from search.model.question import FacetRequest, Selection
from search.query.dates import period
from search.query.tree import Group, Word
from search.text.words import tokens
from tests.support.documents import as_given
from tests.support.engine_samples import bound, day, document
from tests.support.memory_engine import MemoryEngine
from tests.support.trees import trees

#: Words that a wildcard stands for in the engine to be compared: few, so that the limit is met.
MAX_EXPANSIONS = 4


def comparable(facets: Mapping[str, FacetCounts]) -> dict[str, object]:
    """Return facets without how values that nothing has any more are spelt, which is undefined."""
    return {
        name: (
            [value for value in counts.values if value.count],
            {facet_key(value.value) for value in counts.values if not value.count},
            counts.other,
            counts.missing,
            counts.distinct,
        )
        for name, counts in facets.items()
    }


def assert_same_meaning(got: SearchResult, want: SearchResult, sort: str = "relevance") -> None:
    """Check all but scores, the order that follows from them, and the wording of notices."""
    got_ids = [hit.article.article_id for hit in got.hits]
    want_ids = [hit.article.article_id for hit in want.hits]
    assert got.total == want.total
    assert sorted(got_ids) == sorted(want_ids)
    if sort != "relevance":
        assert got_ids == want_ids
    assert comparable(got.facets) == comparable(want.facets)
    assert got.histogram == want.histogram
    if got.histogram is not None:
        counted = sum(each.count for each in got.histogram.bins) + got.histogram.undated
        assert counted == got.total
    # An engine may find out that nothing matches before it comes to the clause that is bounded.
    assert want.notices or not got.notices


def assert_same_answer(got: SearchResult, want: SearchResult, sort: str = "relevance") -> None:
    """Check scores too; articles of equal score may change places."""
    assert_same_meaning(got, want, sort)
    want_scores = {hit.article.article_id: hit.score for hit in want.hits}
    got_scores = {hit.article.article_id: hit.score for hit in got.hits}
    assert got_scores == pytest.approx(want_scores, abs=1e-4)
    in_got_order = [want_scores[article_id] for article_id in got_scores]
    assert in_got_order == pytest.approx([hit.score for hit in want.hits], abs=1e-4)


#: Few words that collide in every way: stems, prefixes, one edit apart, accents, pairs.
VOCABULARY = (
    "attack", "attacks", "attacked", "attic", "missile", "missiles", "may", "us", "U.S.",
    "café", "cafe", "AT&T", "北京", "to", "be", "Rakete", "Raketen",
)  # fmt: skip
FORMS = sorted({form for word in VOCABULARY for form in tokens(word).forms})
NAMES = ("Ann Lee", "ann lee", "ANN  LEE", "Lee", "Lee Ann", "May Attack", "MA", "Café", "cafe")

TEXTS = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
INSTANTS = st.none() | st.sampled_from([day(1, 1), day(1, 2), day(1, 3)])
#: Some apart by years, and by half an hour where a day ends in Apia, in a night that led over a day.
FAR_INSTANTS = INSTANTS | st.sampled_from(
    [datetime(year, 12, 30, 9, 30, tzinfo=UTC) for year in (1904, 2011)]
    + [datetime(2011, 12, 30, hour, tzinfo=UTC) for hour in (0, 10)]
)
ZONES = [UTC, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")]
#: Moments, and days; the last that Apia never had.
BOUNDS = [
    bound(instant, zone)
    for zone in ZONES
    for instant in (day(1, 1), day(1, 2), day(1, 2) + timedelta(hours=5), day(1, 3))
]
DAYS_OF_APIA = [period(f"2011-12-{number}", ZONES[2], day(1, 1)) for number in (29, 30, 31)]
BOUNDS += [bound for each in DAYS_OF_APIA for bound in (each.start, each.end)]
SOME_NAMES = st.lists(st.sampled_from(NAMES), max_size=2).map(tuple)
ENTITY = st.builds(Entity, st.sampled_from(NAMES), st.just(()), SOME_NAMES)
ENTITIES = st.lists(ENTITY, max_size=2, unique_by=lambda each: each.name).map(tuple)
ARTICLES = st.builds(
    document,
    article_id=st.sampled_from("abcdefghij"),
    body=TEXTS,
    title=TEXTS,
    published=FAR_INSTANTS,
    precision=st.sampled_from([None, None, "year", "day", "second"]),
    authors=SOME_NAMES,
    source=st.sampled_from(["", *NAMES]),
    language=st.sampled_from(["", "en", "en-GB", "de", "de-AT", "fr", "zh"]),
    url=st.sampled_from(["", "https://example.org/1"]),
    embargoed_until=st.none() | st.none() | st.sampled_from([day(4, 1), day(5, 1)]),
    is_withdrawn=st.sampled_from([False] * 7 + [True]),
    entities=st.builds(Entities, ENTITIES, ENTITIES, ENTITIES),
)

#: What an index begins with, but for empty ones.
SOME_ARTICLES = st.lists(ARTICLES, min_size=3, max_size=6, unique_by=lambda each: each.article_id)

WORDS = [*FORMS, "lee", "ann", "en", "nowhere"]
QUERIED = ("title", "body", "author", "person", "entity", "source", "lang", "url")
BARE_WORDS = st.lists(st.sampled_from(FORMS), min_size=2, max_size=5).map(
    lambda forms: Group(tuple(map(Word, forms)))
)
TREES = trees(WORDS, QUERIED, sorted(BOUNDS), either=True) | BARE_WORDS
REQUESTS = st.builds(
    SearchRequest,
    tree=TREES,
    match=st.sampled_from(["all", "most", "any"]),
    sort=st.sampled_from(["relevance", "relevance", "newest", "oldest"]),
    rank=st.sampled_from(["plain", "feedback"]),
    start=st.none() | st.sampled_from(BOUNDS),
    end=st.none() | st.sampled_from(BOUNDS),
    selections=st.lists(
        st.builds(
            Selection,
            st.sampled_from(FIELDS.facets),
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
        ),
        max_size=1,
    ).map(tuple),
    without=st.lists(st.sampled_from(FIELDS.facets), max_size=1).map(tuple),
    excluded=st.lists(
        st.builds(
            Selection,
            st.sampled_from(FIELDS.facets),
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
        ),
        max_size=1,
    ).map(tuple),
    as_written=st.booleans(),
    facets=st.sampled_from(["", "", "l", "ann", "tt", "us a"]).map(
        lambda text: tuple(FacetRequest(name, 2, text) for name in FIELDS.facets)
    ),
    histogram=st.none()
    | st.builds(
        HistogramRequest,
        st.sampled_from(INTERVALS),
        st.sampled_from(ZONES),
        st.sampled_from([1, 2, 3, 1000]),
    ),
    limit=st.just(100),
)


#: Many articles are found, so that many scores are compared.
OF_WORDS = st.builds(
    SearchRequest,
    tree=BARE_WORDS,
    match=st.sampled_from(["all", "most", "any", "any"]),
    rank=st.sampled_from(["plain", "feedback"]),
    limit=st.just(100),
)
#: Many articles are found, so that many days are compared.
OF_DATES = st.builds(
    SearchRequest,
    start=st.none() | st.sampled_from(BOUNDS),
    end=st.none() | st.sampled_from(BOUNDS),
    sort=st.sampled_from(["newest", "oldest"]),
    histogram=st.builds(HistogramRequest, st.just("day"), st.sampled_from(ZONES)),
    limit=st.just(100),
)


def assert_agrees(
    open_engine: Callable[[], Engine],
    same: Callable[[SearchResult, SearchResult, str], None],
    scoring: str,
) -> None:
    """Check with *same* that engines which stand for `MAX_EXPANSIONS` words a wildcard agree with the oracle, and say who has scored."""

    class AgreesWithOracle(RuleBasedStateMachine):
        """The same edits to an engine and to the oracle, then the same questions to both."""

        def __init__(self) -> None:
            super().__init__()
            self.engine = open_engine()
            self.oracle = MemoryEngine(max_expansions=MAX_EXPANSIONS)
            self.now = day(4, 1)
            self.patched = ExitStack()
            for patched in (
                patch.object(clock, "now", lambda: self.now),
                patch.object(people, "ENOUGH", 2),
                patch.object(organisations, "LEAST_WRITTEN", 1),
            ):
                self.patched.enter_context(patched)

        @initialize(articles=st.just([]) | SOME_ARTICLES | SOME_ARTICLES | SOME_ARTICLES)
        def begin(self, articles):
            """Hypothesis leaves rules out of whole runs: most of them would never add anything, and nothing would be found."""
            self.add(articles)

        @rule(now=st.sampled_from([day(4, 1), day(4, 2), day(5, 1)]))
        def wait(self, now):
            self.now = max(self.now, now)

        @rule(articles=st.lists(ARTICLES, max_size=8))
        def add_some(self, articles):
            self.add(articles)

        def add(self, articles):
            assert self.engine.add(articles) == self.oracle.add(articles)

        @rule(article_ids=st.lists(st.sampled_from("abcdefghij"), max_size=3))
        def delete(self, article_ids):
            assert self.engine.delete(article_ids) == self.oracle.delete(article_ids)

        @rule(request=REQUESTS)
        def search(self, request):
            found = self.engine.search(request)
            same(found, self.oracle.search(request), request.sort)
            every = self.engine.every(request._replace(offset=2))
            assert list(every.hits) == list(found.hits[2:])

        @rule(tree=TREES)
        def search_all(self, tree):
            request = SearchRequest(tree=tree, limit=100)
            same(self.engine.search(request), self.oracle.search(request), "relevance")

        @rule(request=OF_WORDS)
        def search_words(self, request):
            same(self.engine.search(request), self.oracle.search(request), "relevance")

        @rule(request=OF_DATES)
        def count_dates(self, request):
            same(self.engine.search(request), self.oracle.search(request), request.sort)

        @rule(form=st.sampled_from(WORDS))
        def spell(self, form):
            assert self.engine.spellings(form) == self.oracle.spellings(form)

        @rule(form=st.sampled_from(WORDS), chars=st.integers(0, 4))
        def complete(self, form, chars):
            begun = form[:chars]
            assert self.engine.completions(begun, 3) == self.oracle.completions(begun, 3)

        @rule(article_id=st.sampled_from("abcdefghij"))
        def get(self, article_id):
            assert as_given(self.engine, article_id) == as_given(self.oracle, article_id)

        @rule()
        def count_hidden(self):
            got, want = self.engine.stats(), self.oracle.stats()
            # When they came is by the clock of each, and how it is kept is its own.
            same = {"last_added": want.last_added, "volumes": ()}
            assert got._replace(segments=1, size_bytes=0, **same) == want._replace(scoring=scoring)

        def teardown(self):
            self.patched.close()
            self.engine.close()

    run_state_machine_as_test(
        AgreesWithOracle,
        settings=settings(
            max_examples=25,
            stateful_step_count=14,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
