"""Years as a facet: what each finds is what a range of dates finds in the person's zone, and is what it is counted as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.model.errors import RequestError
from search.model.question import FacetRequest, Question, Selection
from search.model.settings import Settings
from search.query.saved import text_of
from search.service.facet_values import FacetAsked
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine

YEARS = (FacetRequest("year"),)


def dated(article_id, *when, precision="day", **parts):
    published = datetime(*when, tzinfo=UTC)
    return document(
        article_id, "Crane", published=published, published_precision=precision, **parts
    )


ARCHIVE = (
    dated("1987", 1987, 3, 2, source="Post"),
    dated("1989", 1989, 12, 31, source="Wire"),
    dated("1989-1", 1989, 1, 1),
    dated("1990", 1990, 1, 1, source="Post"),
    dated("eve", 1991, 1, 1, 2, precision="second"),
    document("undated", "Crane", source="Post"),
)


def service(articles=ARCHIVE, zone="UTC"):
    engine = MemoryEngine()
    engine.add(articles)
    return SearchService(engine, Settings(time_zone=zone))


def years(*values):
    return (Selection("year", values),)


def found(question, **kind):
    hits = service(**kind).every(question).hits
    return {hit.article.article_id for hit in hits}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(selections=years("1989")), {"1989", "1989-1"}),
        (Question(selections=years("1987", "1990")), {"1987", "1990"}),
        (Question(selections=years("1989", "1990")), {"1989", "1989-1", "1990"}),
        (Question(excluded=years("1989")), {"1987", "1990", "eve", "undated"}),
        (Question(selections=years("1989", "1990"), excluded=years("1990")), {"1989", "1989-1"}),
        (Question(without=("year",)), {"undated"}),
        (Question(selections=years("1987", "1990"), without=("year",)), {"1987", "1990", "undated"}),
        (Question("crane OR ferry", selections=years("1987")), {"1987"}),
        (Question("crane ferry", match="any", selections=years("1987")), {"1987"}),
        (Question("crane ferry", match="most", selections=years("1987")), set()),
        (Question("crane", selections=(*years("1987", "1989"), Selection("source", ("Post",)))), {"1987"}),
        (Question(selections=years("1987"), start="1988"), set()),
        (Question(selections=years("1850")), set()),
    ],
    ids=[
        "one", "two apart", "two in a row", "left out", "both", "no date", "a year or no date", "either word",
        "any", "most", "another facet", "dates beside", "of no article",
    ],
)  # fmt: skip
def test_years_narrow_as_facets_do(question, expected):
    assert found(question) == expected


@pytest.mark.parametrize(
    ("zone", "expected"), [("UTC", {"1991": 1, "1990": 1}), ("America/New_York", {"1990": 2})]
)
def test_the_year_of_an_instant_is_that_of_the_zone(zone, expected):
    last = ARCHIVE[3:5]
    page = service(last, zone).search(Question(facets=YEARS))
    assert {value.value: value.count for value in page.facets["year"].values} == expected
    for year, count in expected.items():
        assert len(found(Question(selections=years(year)), articles=last, zone=zone)) == count


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)), max_size=6
    ),
    st.sampled_from(["UTC", "Pacific/Apia", "America/New_York"]),
    st.lists(st.sampled_from(["1987", "1989", "2024"]), max_size=2).map(tuple),
)
def test_each_year_finds_what_it_is_counted_as(instants, zone, chosen):
    articles = [
        document(f"{n}", published=when, published_precision="second")
        for n, when in enumerate(instants)
    ]
    asked = service([*ARCHIVE, *articles], zone)
    selections = years(*chosen) if chosen else ()
    counts = asked.search(Question(facets=(FacetRequest("year", 100),), selections=selections))
    facet = counts.facets["year"]
    assert {value.value for value in facet.values if value.selected} == set(chosen)
    for value in facet.values:
        assert asked.search(Question(selections=years(value.value))).total == value.count
    assert sum(value.count for value in facet.values) + facet.missing == len(articles) + 6


def test_a_facet_is_counted_without_its_own_selection_and_with_all_else():
    question = Question(facets=YEARS, selections=(*years("1987"), Selection("source", ("Post",))))
    facet = service().search(question).facets["year"]
    assert [tuple(value) for value in facet.values] == [("1987", 1, True), ("1990", 1, False)]
    assert (facet.missing, facet.other, facet.distinct) == (1, 0, 2)


def test_no_more_are_shown_than_asked_for_but_what_is_selected():
    question = Question(facets=(FacetRequest("year", 1),), selections=years("1850"))
    facet = service().search(question).facets["year"]
    assert [tuple(value) for value in facet.values] == [("1989", 2, False), ("1850", 0, True)]
    assert (facet.other, facet.distinct, facet.more) == (3, 4, 3)


def test_years_are_looked_for_by_how_they_begin():
    facet = service().search(Question(facets=(FacetRequest("year", 9, "199"),))).facets["year"]
    assert [value.value for value in facet.values] == ["1990", "1991"]


def test_a_page_of_all_years():
    asked = FacetAsked(by_name=True)
    page = service().facet_values(Question("crane", selections=years("1990")), "year", asked)
    assert [value.value for value in page.values] == ["1987", "1989", "1990", "1991"]
    assert (page.total, page.missing, page.distinct) == (1, 1, 4)


@pytest.mark.parametrize("value", ["87", "1987-03", "0000", "year", "１９８７"])
def test_what_is_no_year_is_refused(value):
    with pytest.raises(RequestError, match="expected a year in four digits, as in 1987"):
        service().search(Question(selections=years(value)))


def test_years_hold_for_trends():
    page = service().trends(["crane"], Question(selections=years("1987", "1990")), "year")
    assert dict(zip([day.year for day in page.days], page.articles, strict=True))[1989] == 0
    assert sum(page.trends[0].counts) == page.total == 2


def test_other_words_for_a_year_that_finds_nothing_are_tried():
    page = service().search(Question("crane", selections=years("1850")))
    assert ("without year 1850", 6) in [(way.text, way.total) for way in page.suggestions]


def test_in_another_search_a_year_is_a_date():
    question = Question(selections=years("1987", "1990"), excluded=years("1989"))
    assert text_of(question).filters == '(date:"1987" OR date:"1990") -date:"1989"'
