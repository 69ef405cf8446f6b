"""How many articles queries find over time, and what the last days have more often than the year before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from search.model.article import Entities, Entity
from search.model.errors import RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine


def of_day(article_id, day, title="Quay", **values):
    published = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return document(article_id, title, published=published, published_precision="day", **values)


def service(articles, *, now=None, **settings):
    engine = MemoryEngine()
    engine.add(articles)
    return SearchService(engine, Settings(**settings), now=now)


#: Two articles in January, none in February, four in March, and one without a date.
_ARCHIVE = (
    of_day("j1", date(2024, 1, 3), "Crane rests"),
    of_day("j2", date(2024, 1, 30), "Ferry rests", source="Post"),
    of_day("m1", date(2024, 3, 1), "Crane moves"),
    *(of_day(f"m{n}", date(2024, 3, n), "Ferry moves") for n in (2, 3, 4)),
    document("u", "Crane sleeps"),
)


class TestTrends:
    def test_queries_are_counted_beside_all_articles(self):
        page = service(_ARCHIVE).trends(["crane", "ferry"], interval="month")
        assert page.days == (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
        assert (page.articles, page.total, page.undated) == ((2, 0, 4), 6, 1)
        assert [(t.text, t.counts, t.total, t.undated) for t in page.trends] == [
            ("crane", (1, 0, 1), 2, 1),
            ("ferry", (1, 0, 3), 4, 0),
        ]

    def test_a_share_is_of_the_articles_of_its_interval_and_of_none_there_is_none(self):
        page = service(_ARCHIVE).trends(["crane"], interval="month")
        assert page.shares(page.trends[0]) == (0.5, None, 0.25)

    def test_filters_narrow_all_articles_too(self):
        filters = Question(selections=(Selection("source", ("Post",)),))
        page = service(_ARCHIVE).trends(["crane", "ferry"], filters, "month")
        assert (page.days, page.articles) == ((date(2024, 1, 1),), (1,))
        assert [trend.counts for trend in page.trends] == [(0,), (1,)]

    def test_dates_bound_the_axis_though_nothing_is_there(self):
        page = service(_ARCHIVE).trends([], Question(start="2024-02", end="2024-04"), "month")
        assert page.articles == (0, 4, 0)

    def test_left_open_the_interval_is_the_finest_that_there_is_room_for(self):
        page = service(_ARCHIVE).trends(["crane"])
        assert (page.interval, len(page.days)) == ("day", 62)

    def test_too_many_intervals_are_made_coarser_and_it_is_said(self):
        long_ago = of_day("old", date(1900, 1, 1))
        page = service((*_ARCHIVE, long_ago)).trends([], interval="week")
        assert page.interval == "year" or page.interval == "month"
        assert "counted by" in page.notices[0]

    def test_an_archive_without_dates_has_no_axis(self):
        page = service([document("u", "Crane")]).trends(["crane"])
        assert (page.days, page.trends, page.undated) == ((), (), 1)

    @pytest.mark.parametrize(
        ("texts", "interval", "said"),
        [
            (["a"] * 5, "month", "at most 4"),
            (['"crane'], "month", "'\"crane' cannot be read"),
            (["a"], "minute", "unknown interval"),
        ],
        ids=["many", "malformed", "interval"],
    )
    def test_what_cannot_be_counted_is_refused(self, texts, interval, said):
        with pytest.raises(RequestError, match=said):
            service(_ARCHIVE).trends(texts, interval=interval)


def _year(last):
    """Yield an article a day in the year that ends with *last*, all on the ferry."""
    for number in range(372):
        yield of_day(f"d{number}", last - timedelta(days=number), "Ferry waits")


class TestRising:
    LAST = date(2024, 6, 30)

    def strike(self, number):
        people = (Entity("Ines Caldeira"),)
        return of_day(
            f"s{number}", self.LAST - timedelta(days=number), "Strike", entities=Entities(people)
        )

    def test_names_of_the_last_days_are_compared_with_the_year_before(self):
        early = of_day(
            "e", self.LAST - timedelta(days=99), entities=Entities((Entity("Ines Caldeira"),))
        )
        page = service([*_year(self.LAST), *map(self.strike, range(5)), early]).rising()
        assert (page.first, page.last) == (date(2024, 6, 24), self.LAST)
        assert (page.articles, page.articles_before) == (12, 366)
        (rising,) = page.names
        assert (rising.text, rising.field, rising.articles) == ("Ines Caldeira", "person", 5)
        assert (rising.usually, rising.is_new) == (pytest.approx(12 / 366), False)
        assert rising.times == pytest.approx(5 / (12 / 366))
        assert [(value.value, value.count) for value in page.most_named] == [("Ines Caldeira", 5)]

    def test_who_was_never_named_before_is_new(self):
        page = service([*_year(self.LAST), *map(self.strike, range(3))]).rising()
        assert [each.is_new for each in page.names] == [True]

    def test_few_articles_are_chance(self):
        assert service([*_year(self.LAST), *map(self.strike, range(2))]).rising().names == ()

    def test_a_date_in_the_future_does_not_hide_the_present(self):
        typo = of_day("t", date(2204, 6, 30))
        now = datetime(2024, 7, 2, tzinfo=UTC)
        page = service([*_year(self.LAST), typo], now=lambda: now).rising()
        assert page.last == self.LAST

    def test_another_week_is_asked_for_by_its_last_day(self):
        page = service([*_year(self.LAST)]).rising(Question(end="2024-05"))
        assert page.last == date(2024, 5, 31)

    def test_without_dates_nothing_rises(self):
        assert service([document("u", "Crane")]).rising() is None
        assert service([]).rising() is None

    def test_without_a_year_before_nothing_is_said_to_rise(self):
        page = service(map(self.strike, range(5))).rising()
        assert (page.articles_before, page.names, page.words) == (0, (), ())
