"""The page of saved searches, and each of them as a page and as a feed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, abort, redirect, render_template

from search.model.errors import SettingError
from search.model.question import Question
from search.model.settings import Settings
from search.present.dates import KnownDate, known_date
from search.present.saved import asked
from search.query.saved import DEFAULT_FILE, SavedSearch, key_of, path_of
from search.service.service import SearchService
from search.service.watching import (
    SavedRow,
    WhatIsNew,
    saved_page,
    what_is_new,
    written,
    yesterday,
)
from web import links

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

#: What of a saved search there is beside its page: the end of the address, and what people call it.
FORMS = {"rss": "RSS", "atom": "Atom", "csv": "CSV"}
#: Searches that the start page says of what is new.
NEWS = 5


class Bar(NamedTuple):
    """A bar of the chart of days, in percent of its width and height."""

    x: float
    height: float


class Row(NamedTuple):
    """A saved search as the page shows it."""

    found: SavedRow
    asked: str
    url: str
    #: "" where nothing is new.
    new_url: str
    bars: tuple[Bar, ...]


class News(NamedTuple):
    """What the start page says of saved searches: of the first how much is new, and a link to that or to all it finds.

    ``number`` is how many there are, None where their file cannot be used.
    """

    number: int | None
    rows: tuple[tuple[WhatIsNew, str], ...] = ()


class Saved:
    """The routes of saved searches. They read the file anew for each request."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        #: What the start page says, and what this was the answer to.
        self._news: tuple[tuple[object, ...], News] | None = None

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/saved", "saved", self.page)
        app.add_url_rule("/saved/<name>", "saved_search", self.search)
        app.jinja_env.globals["saved_news"] = self.news

    def page(self) -> str:
        zone = self._settings.zone()
        found = saved_page(self._service, self._searches(), datetime.now(zone))
        return render_template(
            "saved.html",
            question=Question(),
            page=found,
            rows=[self._row(row, found.since) for row in found.rows],
            since=known_date(found.since, "minute", zone),
            days=(_day(found.first), _day(found.last)),
            file=self._settings.saved_searches.rpartition("/")[2] or DEFAULT_FILE,
            forms=FORMS,
        )

    def news(self) -> News:
        """Return what is new in the first saved searches; found once for an index, a file and a day."""
        if not path_of(self._settings):
            return News(0)
        try:
            searches = self._searches()
        except SettingError:  # the page of saved searches says why
            return News(None)
        since = yesterday(datetime.now(self._settings.zone()))
        key = (self._service.state(), since, searches)
        if self._news is None or self._news[0] != key:
            found = what_is_new(self._service, searches[:NEWS], since)
            rows = tuple((each, self._news_url(each, since)) for each in found)
            self._news = key, News(len(searches), rows)
        return self._news[1]

    @staticmethod
    def _news_url(found: WhatIsNew, since: datetime) -> str:
        question = found.search.question
        if found.new:
            question = question._replace(added_from=written(since), sort="newest")
        return links.search_url(question)

    def search(self, name: str) -> Response:
        """Lead to the search of a *name*, or to its feed where the name ends in that of a form."""
        searches = {search.key: search for search in self._searches()}
        if found := searches.get(key_of(name)):
            return redirect(links.search_url(found.question))
        name, _, form = name.rpartition(".")
        if form in FORMS and (found := searches.get(key_of(name))):
            # Who follows a feed wants to see what is new first.
            question = found.question._replace(sort="newest")
            path, mark, asked_for = links.search_url(question).partition("?")
            return redirect(f"{path}.{form}{mark}{asked_for}")
        abort(404, "No saved search has this name.")

    def _searches(self) -> tuple[SavedSearch, ...]:
        """Return the saved searches. Raises `SettingError`."""
        from search.query.saved_file import read_saved

        path = path_of(self._settings)
        return read_saved(path, self._service.fields) if path else ()

    def _row(self, row: SavedRow, since: datetime) -> Row:
        question = row.search.question
        new = question._replace(added_from=written(since), sort="newest")
        most = max(row.bars, default=0)
        bars = tuple(
            Bar(100 * n / len(row.bars), 100 * count / most)
            for n, count in enumerate(row.bars)
            if count
        )
        return Row(
            row,
            asked(row),
            links.search_url(question),
            links.search_url(new) if row.new else "",
            bars,
        )


def _day(day: date) -> KnownDate:
    return known_date(datetime.combine(day, time(), UTC), "day")
