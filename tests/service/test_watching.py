"""What the page of saved searches says of each: days, dates in the future, a search that takes too long."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from search.model.errors import QueryTimeout, RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.query.saved import SavedSearch
from search.service.service import SearchService
from search.service.watching import BAR_DAYS, Watched, saved_page, what_is_new
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine

_NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)


def of_day(article_id: str, day: date, title: str):
    published = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return document(article_id, title, published=published, published_precision="day")


_ARCHIVE = (
    of_day("a", date(2024, 3, 1), "Crane rests"),
    of_day("b", date(2024, 3, 2), "Ferry rests"),
    of_day("c", date(2024, 3, 2), "Crane and ferry"),
    of_day("d", date(2024, 3, 4), "Nothing else"),
)


def page_of(question: Question, *articles, zone: str = "UTC"):
    engine = MemoryEngine()
    engine.add(articles or _ARCHIVE)
    service = SearchService(engine, Settings(time_zone=zone), now=lambda: _NOW)
    search = SavedSearch("Night ferry", question)
    return saved_page(service, (search,), _NOW.astimezone(ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("crane"), {1: 1, 2: 1}),
        (Question("crane ferry", match="any"), {1: 1, 2: 2}),
        (Question("CRANE AND FERRY CRANE"), {2: 1}),
        (Question("crane", start="2024-03-02"), {2: 1}),
        (Question(start="2020", end="2024-03-02T10:00"), {1: 1, 2: 2}),
        (Question(start="2024-03-10"), {}),
        (Question(selections=(Selection("year", ("2023",)),)), {}),
    ],
    ids=["word", "any-word", "capitals", "from", "to", "no-day-of-these", "year"],
)
def test_bars_count_what_the_search_finds(question, expected):
    page = page_of(question)
    [row] = page.rows
    assert (page.first, page.last) == (date(2024, 2, 4), date(2024, 3, 4))
    assert row.error == ""
    assert {4 - len(row.bars) + at + 1: n for at, n in enumerate(row.bars) if n} == expected


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_a_day_is_that_day_in_every_zone(zone):
    page = page_of(Question(), zone=zone)
    assert page.last == date(2024, 3, 4)
    assert page.rows[0].bars[-4:] == (1, 2, 0, 1)


def test_a_date_in_the_future_does_not_hide_the_present():
    page = page_of(Question(), *_ARCHIVE, of_day("typo", date(2042, 3, 4), "Crane"))
    assert page.last == date(2024, 3, 4)


def test_days_begin_with_the_first_there_is():
    page = page_of(Question(), of_day("a", date(1, 1, 3), "Rome"))
    assert (page.first, page.last) == (date(1, 1, 1), date(1, 1, 3))
    assert page.rows[0].bars == (0, 0, 1)


def test_without_dates_the_bars_end_today():
    page = page_of(Question(), document("u", "Crane"))
    assert (page.last, set(page.rows[0].bars)) == (_NOW.date(), {0})
    assert len(page.rows[0].bars) == BAR_DAYS


def test_one_search_that_takes_too_long_leaves_the_others_answered():
    class SlowForFerries(MemoryEngine):
        def search(self, request):
            if "ferry" in str(request.tree):
                raise QueryTimeout("took too long")
            return super().search(request)

    engine = SlowForFerries()
    engine.add(_ARCHIVE)
    service = SearchService(engine, now=lambda: _NOW)
    searches = (SavedSearch("Slow", Question("ferry")), SavedSearch("Cranes", Question("crane")))
    page = saved_page(service, searches, _NOW)
    assert [(row.error, row.total) for row in page.rows] == [("took too long", 0), ("", 2)]
    assert [each.new for each in what_is_new(service, searches, _NOW)] == [None, 2]


def _share_a_host(first: str, second: str) -> bool:
    if "?" in first + second:
        raise RequestError("no index has such a name")
    return not set(first.split(",")).isdisjoint(second.split(","))


def test_an_index_under_another_of_its_names_is_watched_from_where_it_was(tmp_path: Path):
    searches = tmp_path / "searches.toml"
    first, later = _NOW, _NOW + timedelta(hours=1)
    Watched(searches, "a,b", _share_a_host).keep({"ferry": first, "crane": later})
    Watched(searches, "x", _share_a_host).keep({"ferry": first})
    # An earlier version kept each name apart.
    path = tmp_path / "searches.watched.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"b": {"ferry": later.isoformat()}, "?": {}}))

    watched = Watched(searches, "b,c", _share_a_host)
    assert watched.cursors() == {"ferry": later, "crane": later}
    watched.keep({"ferry": later + timedelta(hours=1)})
    assert json.loads(path.read_text()) == {
        "x": {"ferry": first.isoformat()},
        "?": {},
        "b,c": {"ferry": (later + timedelta(hours=1)).isoformat(), "crane": later.isoformat()},
    }
