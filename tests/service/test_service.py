"""The service answers questions: pages, filters, counts, how a query was read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model.errors import QueryError, RequestError, SettingError
from search.model.fields import FIELDS
from search.model.question import FacetRequest, Question
from search.model.settings import Settings
from search.present.as_json import page_as_json
from search.service.answer import Clause, ResultPage
from search.service.limits import Limits
from search.service.service import SearchService
from tests.support.four_articles import ARTICLES, NOW, by
from tests.support.memory_engine import MemoryEngine


def ids(service: SearchService, question: Question) -> list[str]:
    return [hit.article.article_id for hit in service.search(question).hits]


class TestAnswer:
    def test_hits_are_ranked_from_one_with_marks(self, service: SearchService) -> None:
        page = service.search(Question(text="response"))

        assert page.total == 2
        assert [hit.rank for hit in page.hits] == [1, 2]
        assert {hit.snippet.text[s:e] for hit in page.hits for s, e in hit.snippet.marks} == {
            "response"
        }

    def test_title_is_marked(self, service: SearchService) -> None:
        [hit] = service.search(Question(text="nato")).hits

        assert [hit.title.text[s:e] for s, e in hit.title.marks] == ["NATO"]

    def test_no_text_is_every_article_newest_first(self, service: SearchService) -> None:
        page = service.search(Question())

        assert [hit.article.article_id for hit in page.hits] == ["oil", "summit", "port", "bare"]
        assert page.read_as == ()

    def test_pages(self, service: SearchService) -> None:
        page = service.search(Question(page=2, page_size=3))

        assert [(hit.rank, hit.article.article_id) for hit in page.hits] == [(4, "bare")]
        assert (page.total, page.page, page.page_size) == (4, 2, 3)

    def test_page_past_the_end_is_empty_with_the_true_total(self, service: SearchService) -> None:
        page = service.search(Question(page=10**15, page_size=100))

        assert (page.total, page.hits, page.suggestions) == (4, (), ())

    def test_page_size_is_the_configured_one(self, engine: MemoryEngine) -> None:
        page = SearchService(engine, Settings(page_size=2)).search(Question())

        assert (page.page_size, len(page.hits)) == (2, 2)

    def test_explain_tells_what_each_clause_adds(self, service: SearchService) -> None:
        [hit] = service.search(Question(text="blinken nato", explain=True)).hits

        assert {"blinken", "nato"} <= {part.clause for part in hit.contributions}
        assert sum(part.score for part in hit.contributions) == pytest.approx(hit.score)

    def test_ranking_is_the_order_of_the_pages(self, service: SearchService) -> None:
        question = Question(text="response OR oil OR odesa", page_size=1)
        pages = [service.search(question._replace(page=page)).hits[0] for page in (1, 2, 3)]
        assert service.ranking(question, 3) == tuple((h.article.article_id, h.score) for h in pages)

    def test_took_is_measured(self, service: SearchService) -> None:
        assert service.search(Question(text="oil")).took_ms > 0


class TestDates:
    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2024-11-13", "2024-11-13", {"summit"}),
            ("2024-11-13", "", {"summit", "oil"}),
            ("", "2024-11-13", {"summit", "port"}),
            ("2024-11", "2024-11", {"summit", "oil", "port"}),
            ("2024-12", "", set()),
            ("P2D", "", {"oil"}),
            ("", "yesterday", {"summit", "oil", "port"}),
            (" ", " ", {"summit", "oil", "port", "bare"}),
        ],
        ids=["day", "from", "to", "month", "later", "span", "yesterday", "blank"],
    )
    def test_both_ends_are_inclusive(
        self, service: SearchService, start: str, end: str, expected: set[str]
    ) -> None:
        assert set(ids(service, Question(start=start, end=end))) == expected

    def test_days_are_of_the_configured_zone(self, engine: MemoryEngine) -> None:
        late = datetime(2024, 11, 20, 23, 30, tzinfo=UTC)
        engine.add(
            [
                ARTICLES[3]._replace(
                    article=replace(
                        ARTICLES[3].article, published=late, published_precision="minute"
                    ),
                )
            ]
        )
        service = SearchService(engine, Settings(time_zone="Europe/Berlin"))

        assert ids(service, Question(start="2024-11-21", end="2024-11-21")) == ["bare"]

    @pytest.mark.parametrize(
        ("question", "message"),
        [
            (Question(start="2024-11-14", end="2024-11-13"), "from 2024-11-14 is after"),
            (Question(start="2024-13"), "from '2024-13': "),
            (Question(end="soon"), "to 'soon': "),
        ],
        ids=["order", "no-such-month", "no-date"],
    )
    def test_what_is_no_date_is_an_error(
        self, service: SearchService, question: Question, message: str
    ) -> None:
        with pytest.raises(RequestError, match=message):
            service.search(question)

    def test_unknown_zone_is_an_error(self, engine: MemoryEngine) -> None:
        with pytest.raises(SettingError, match="Mars/Phobos"):
            SearchService(engine, Settings(time_zone="Mars/Phobos"))


class TestBounds:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"page": 0}, "page 0"),
            ({"page": -1}, "page -1"),
            ({"page": 10**15 + 1}, "page 1000000000000001"),
            ({"page_size": -1}, "page size -1"),
            ({"page_size": 101}, "page size 101"),
            ({"facets": (FacetRequest("author", 0),)}, "size of facet author 0"),
            ({"facets": (FacetRequest("author", 1001),)}, "size of facet author 1001"),
            ({"facets": (FacetRequest("colour"),)}, "unknown facet 'colour'; choose one of author"),
            ({"selections": by("colour", "red")}, "unknown facet 'colour'"),
            ({"selections": by("author", *map(str, range(101)))}, "at most 100"),
            ({"selections": by("author", "x" * 200_000)}, "at most 100"),
            ({"match": "some"}, "unknown match 'some'; choose one of all, most, any"),
            ({"sort": "best"}, "unknown sort 'best'"),
            (
                {"histogram": "hour"},
                "unknown histogram 'hour'; choose one of auto, bars, day, week, month",
            ),
        ],
        ids=lambda value: "" if isinstance(value, dict) else str(value).replace(" ", "-"),
    )
    def test_what_lies_outside_is_an_error(
        self, service: SearchService, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(RequestError, match=message):
            service.search(Question(**changes))

    @pytest.mark.parametrize(
        ("limits", "changes", "message"),
        [
            (Limits(page=3), {"page": 4}, "page 4: expected a whole number from 1 to 3"),
            (Limits(page_size=3), {"page_size": 4}, "page size 4"),
            (
                Limits(facet_size=3),
                {"facets": (FacetRequest("author", 4),)},
                "size of facet author",
            ),
            (Limits(selected=1), {"selections": by("author", "a", "b")}, "at most 1 "),
            (Limits(selected=1, value_chars=3), {"selections": by("author", "abcd")}, "at most 1 "),
        ],
        ids=["page", "page size", "facet size", "values", "characters of values"],
    )
    def test_limits_are_handed_in(
        self, engine: MemoryEngine, limits: Limits, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(RequestError, match=message):
            SearchService(engine, limits=limits).search(Question(**changes))

    def test_query_caps_are_those_of_the_settings(self, engine: MemoryEngine) -> None:
        service = SearchService(engine, Settings(max_query_chars=5))

        with pytest.raises(QueryError) as raised:
            service.search(Question(text="blinken"))
        assert raised.value.kind == "too-long"


class TestReadAs:
    def test_each_clause_has_its_own_count(self, service: SearchService) -> None:
        page = service.search(Question(text='response -"firm response" author:miller'))

        assert page.read_as == (
            Clause("response", 2, (), (), "response", '-"firm response" author:miller'),
            Clause('-"firm response"', 3, (), (), '-"firm response"', "response author:miller"),
            Clause("author:miller", 2, (), (), "author:miller", 'response -"firm response"'),
        )

    def test_what_was_typed_is_kept(self, service: SearchService) -> None:
        page = service.search(Question(text="Réponse AND  FIRM"))

        assert [(clause.text, clause.typed, clause.without) for clause in page.read_as] == [
            ("reponse", "Réponse", "FIRM"),
            ("firm", "FIRM", "Réponse"),
        ]

    def test_counts_leave_filters_out(self, service: SearchService) -> None:
        page = service.search(Question(text="response", selections=by("source", "Reuters")))

        assert page.total == 1
        assert [(clause.text, clause.count) for clause in page.read_as] == [("response", 2)]

    def test_notices_of_parser_and_engine_are_passed_on(self, engine: MemoryEngine) -> None:
        class Bounded(MemoryEngine):
            def search(self, request: SearchRequest) -> SearchResult:
                return super().search(request)._replace(notices=("a bound bit",))

        engine = Bounded()
        engine.add(ARTICLES)

        notices = SearchService(engine).search(Question(text="colour:red")).notices

        assert "colour" in notices[0]
        assert notices[1] == "a bound bit"


class TestHistogram:
    def counts(self, service: SearchService, **changes: Any) -> dict[str, int]:
        histogram = service.search(Question(**changes)).histogram
        assert histogram is not None
        return {str(found.day): found.count for found in histogram.bins}

    def test_is_only_there_when_asked_for(self, service: SearchService) -> None:
        assert service.search(Question()).histogram is None

    def test_counts_what_was_found(self, service: SearchService) -> None:
        page = service.search(Question(histogram="day"))

        assert self.counts(service, histogram="day") == {
            "2024-11-12": 1, "2024-11-13": 1, "2024-11-14": 1
        }  # fmt: skip
        assert page.histogram is not None
        assert (page.histogram.undated, page.total, page.notices) == (1, 4, ())

    def test_days_are_of_the_configured_zone(self, engine: MemoryEngine) -> None:
        late = datetime(2024, 11, 20, 23, 30, tzinfo=UTC)
        engine.add(
            [
                ARTICLES[3]._replace(
                    article=replace(
                        ARTICLES[3].article, published=late, published_precision="minute"
                    ),
                )
            ]
        )
        service = SearchService(engine, Settings(time_zone="Europe/Berlin"))

        assert self.counts(service, text="response", histogram="day", start="2024-11-20") == {
            "2024-11-20": 0, "2024-11-21": 1
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("histogram", "start", "interval", "notices"),
        [
            ("day", "2024", "day", 0),
            ("day", "2000", "month", 1),
            ("week", "1900", "year", 1),
            ("month", "1900", "year", 1),
            ("auto", "2024-11", "day", 0),
            ("auto", "2024-10", "week", 0),
            ("auto", "2024-01", "month", 0),
            ("auto", "2000", "year", 0),
            ("auto", "1900", "decade", 0),
        ],
    )  # fmt: skip
    def test_of_too_many_counts_is_coarser_and_says_so(
        self, service: SearchService, histogram: str, start: str, interval: str, notices: int
    ) -> None:
        page = service.search(Question(histogram=histogram, start=start))

        assert page.histogram is not None
        assert (page.histogram.interval, len(page.notices)) == (interval, notices)
        assert all(f"counted by {interval}: by {histogram} " in notice for notice in page.notices)

    def test_ways_out_are_there_though_nothing_is_counted(self, service: SearchService) -> None:
        page = service.search(Question(text="blinkin", histogram="month"))

        assert page.histogram is not None
        assert page.histogram.bins == ()
        assert [suggestion.total for suggestion in page.suggestions] == [1]

    def test_of_a_ranking_is_not_counted(self, engine: MemoryEngine) -> None:
        class Uncounted(MemoryEngine):
            def search(self, request: SearchRequest) -> SearchResult:
                assert request.histogram is None
                return super().search(request)

        assert SearchService(Uncounted()).ranking(Question(histogram="day"), 10) == ()


class TestFacets:
    def test_own_selection_is_left_out_of_the_counts(self, service: SearchService) -> None:
        page = service.search(
            Question(selections=by("author", "anna weiss"), facets=(FacetRequest("author", 1),))
        )

        facet = page.facets["author"]
        assert [(v.value, v.count, v.selected) for v in facet.values] == [
            ("Rich Miller", 2, False),
            ("Anna Weiß", 1, True),
        ]
        assert (page.total, facet.other, facet.missing) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("field", "value", "notice"),
        [
            ("author", "Miller", "no author is called 'Miller'; did you mean Rich Miller (2)?"),
            (
                "author",
                "Rich Miler",
                "no author is called 'Rich Miler'; did you mean Rich Miller (2)?",
            ),
            ("author", "Ana Weis", "no author is called 'Ana Weis'; did you mean Anna Weiß (1)?"),
            ("org", "Natto", "no organisation is called 'Natto'; did you mean NATO (1)?"),
            ("source", "Xinhua", "no source is called 'Xinhua'"),
            ("author", "???", "no author is called '???'"),
        ],
        ids=["part", "misspelt", "both", "organisation", "nothing-near", "no-words"],
    )
    def test_unknown_value_is_named_with_similar_ones(
        self, service: SearchService, field: str, value: str, notice: str
    ) -> None:
        page = service.search(Question(selections=by(field, value)))

        assert (page.total, page.notices[0]) == (0, notice)

    def test_unknown_value_is_named_next_to_a_known_one(self, service: SearchService) -> None:
        page = service.search(Question(selections=by("author", "Rich Miller", "Xavier")))

        assert (page.total, page.notices) == (2, ("no author is called 'Xavier'",))

    def test_known_value_needs_no_notice(self, service: SearchService) -> None:
        question = Question(text="grain", selections=by("author", "Rich Miller", "olena harmash"))

        assert service.search(question).notices == ()

    def test_a_facet_asked_for_often_is_counted_once(self, engine: MemoryEngine) -> None:
        seen: list[SearchRequest] = []

        class Watched(MemoryEngine):
            def search(self, request: SearchRequest) -> SearchResult:
                seen.append(request)
                return super().search(request)

        facets = (FacetRequest("author", 5), *(FacetRequest("author", 2) for _ in range(1000)))
        SearchService(Watched()).search(Question(facets=facets))

        assert seen[0].facets == (FacetRequest("author", 2),)


class TestArticle:
    def test_words_of_the_query_are_marked(self, service: SearchService) -> None:
        found = service.article("summit", '"firm response" talk')

        assert found is not None
        assert [paragraph.text for paragraph in found.paragraphs] == [
            "The minister promised a firm response.",
            "Talks went on all night.",
        ]
        assert [p.text[s:e] for p in found.paragraphs for s, e in p.marks] == [
            "firm response",
            "Talks",
        ]

    def test_without_query_nothing_is_marked(self, service: SearchService) -> None:
        found = service.article("summit")

        assert found is not None
        assert (found.article, found.title.marks) == (ARTICLES[0].article, ())

    def test_is_none_where_there_is_none(self, service: SearchService) -> None:
        assert service.article("nowhere", "nato") is None

    def test_malformed_query_is_an_error(self, service: SearchService) -> None:
        with pytest.raises(QueryError):
            service.article("summit", '"open')


def test_home_shows_the_newest_all_facets_and_numbers(service: SearchService) -> None:
    home = service.home()

    assert [hit.article.article_id for hit in home.newest] == ["oil", "summit", "port", "bare"]
    assert tuple(home.facets) == FIELDS.facets
    assert home.facets["author"].values[0].value == "Rich Miller"
    assert home.stats.articles == 4


class TestSavedSearches:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        path = tmp_path / "searches.toml"
        path.write_text(
            """# watched
[[search]]
name = "Alliance"
query = "nato OR blinken"

[[search]]
name = "weiß"
query = "grain"
""",
            "utf-8-sig",
        )
        return path

    def test_stand_for_their_query(self, engine: MemoryEngine, saved: Path) -> None:
        service = SearchService(engine, Settings(saved_searches=str(saved)))

        assert ids(service, Question(text="search:alliance response")) == ["summit"]
        assert ids(service, Question(text="search:weiß")) == ["port"]
        assert ids(service, Question(text="search\uff1aalliance response")) == ["summit"]

    def test_edited_file_is_read_again(self, engine: MemoryEngine, saved: Path) -> None:
        service = SearchService(engine, Settings(saved_searches=str(saved)))
        saved.write_text('[[search]]\nname = "alliance"\nquery = "oil"\n')

        assert ids(service, Question(text="search:alliance")) == ["oil"]

    def test_file_that_is_not_needed_may_be_missing(self, engine: MemoryEngine) -> None:
        service = SearchService(engine, Settings(saved_searches="nowhere.toml"))

        assert ids(service, Question(text="nato")) == ["summit"]

    def test_the_file_of_the_working_folder_is_read_where_none_is_named(
        self, engine: MemoryEngine, saved: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(saved.parent)

        assert ids(SearchService(engine), Question(text="search:weiß")) == ["port"]

    def test_file_that_cannot_be_used_is_an_error(
        self, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        service = SearchService(engine, Settings(saved_searches=str(tmp_path / "nowhere.toml")))

        with pytest.raises(SettingError, match="No such file"):
            service.search(Question(text="search:a"))


class TestWhenArticlesCame:
    def test_bounds_are_days_and_instants(self, engine: MemoryEngine) -> None:
        service = SearchService(engine)
        came = engine.stats().last_added

        assert ids(service, Question(added_from="today")) != []
        assert ids(service, Question(added_from=f"{came:%Y-%m-%dT%H:%M:%S.%fZ}")) != []
        assert ids(service, Question(added_to="2020")) == []

    def test_bounds_that_end_before_they_begin_are_refused(self, engine: MemoryEngine) -> None:
        with pytest.raises(RequestError, match="added_from 2024 is after added_to 2023"):
            SearchService(engine).search(Question(added_from="2024", added_to="2023"))


WORDS = st.sampled_from(
    [
        "nato",
        "blinkin",
        "oil",
        "OR",
        "AND",
        "-",
        "(",
        ")",
        '"',
        "author:",
        "*",
        "date:",
        "2024",
        ":",
    ]
)


def outcome(service: SearchService, text: str) -> ResultPage | QueryError:
    try:
        return service.search(Question(text=text, facets=(FacetRequest("author"),)))
    except QueryError as exc:
        return exc


def is_sound(found: ResultPage | QueryError, text: str) -> bool:
    """Whether an error points into the text, or a page holds together and can be written as JSON."""
    if isinstance(found, QueryError):
        return 0 <= found.start <= len(text)
    return len(found.hits) == found.total <= len(ARTICLES) and bool(json.dumps(page_as_json(found)))


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(st.lists(WORDS, max_size=8).map(" ".join), st.text(max_size=20)))
def test_any_text_is_answered_or_refused(text: str) -> None:
    engine = MemoryEngine()
    engine.add(ARTICLES)

    assert is_sound(outcome(SearchService(engine, now=lambda: NOW), text), text)
