"""What is new in saved searches: since a person last asked, and since yesterday."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from search.model.errors import QueryError, QueryTimeout, RequestError, SettingError
from search.model.whole_file import held, put_text
from search.query.saved import SavedSearch
from search.service.days import days_before

if TYPE_CHECKING:
    from search.model.question import Question
    from search.service.answer import Hit, HitStream
    from search.service.service import SearchService

#: Before every article.
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
#: Days that the bars of a saved search stand for.
BAR_DAYS = 30
#: Most searches that are listed with what they find.
MAX_LISTED = 200
_MICROSECOND = timedelta(microseconds=1)
_MAX_FILE_BYTES = 5_000_000


class Watched:
    """The file that keeps, for each index and saved search, up to which article it was printed.

    It lies beside the file of the searches: searches.watched.json beside searches.toml.
    """

    def __init__(
        self, searches: str | Path, index: str, is_same: Callable[[str, str], bool] = operator.eq
    ) -> None:
        """*index* is what tells the index from others, *is_same* whether two of these are one index after all."""
        path = Path(searches)
        self.path = path.with_name(path.stem + ".watched.json")
        self._index = index
        self._is_same = is_same

    def cursors(self) -> dict[str, datetime]:
        """Return by the key of each search when the newest article came that was printed for a person, aware UTC.

        Raises `SettingError` where the file cannot be used.
        """
        return self._own(self._read())

    def _own(self, everything: Mapping[str, Mapping[str, str]]) -> dict[str, datetime]:
        """Return the cursors of the index, the latest of each search where the index has had several names."""
        found: dict[str, datetime] = {}
        for index in filter(self._is_own, everything):
            for key, written in everything[index].items():
                try:
                    instant = datetime.fromisoformat(written)
                except (TypeError, ValueError) as exc:
                    raise self._damaged() from exc
                if instant.tzinfo is None:
                    raise self._damaged()
                found[key] = max(instant, found.get(key, instant))
        return found

    def _is_own(self, index: str) -> bool:
        try:
            return index == self._index or self._is_same(index, self._index)
        except RequestError:  # a name that no version of today writes
            return False

    def keep(self, cursors: Mapping[str, datetime]) -> None:
        """Keep *cursors* beside those of other searches and indexes. Raises `SettingError`."""
        try:
            with held(self.path.parent):
                everything = self._read()
                own = self._own(everything) | dict(cursors)
                everything = {
                    index: of_it for index, of_it in everything.items() if not self._is_own(index)
                }
                everything[self._index] = {key: instant.isoformat() for key, instant in own.items()}
                put_text(self.path, json.dumps(everything, ensure_ascii=False, indent=1) + "\n")
        except OSError as exc:
            raise SettingError(
                f"{self.path}: {exc.strerror}; what is new is printed again"
            ) from exc

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise SettingError(f"{self.path}: {exc.strerror}") from exc
        try:
            found = json.loads(content)
        except ValueError as exc:
            raise self._damaged() from exc
        if not isinstance(found, dict) or not all(isinstance(own, dict) for own in found.values()):
            raise self._damaged()
        return found

    def _damaged(self) -> SettingError:
        return SettingError(
            f"{self.path}: cannot be read; remove it, and newssearch watch begins anew"
        )


class SavedRow(NamedTuple):
    """What a saved search finds: in all, new since ``since``, the newest, and counts of days.

    ``error`` says why nothing of that is known.
    """

    search: SavedSearch
    total: int = 0
    new: int = 0
    newest: Hit | None = None
    #: How many articles of each day.
    bars: tuple[int, ...] = ()
    error: str = ""


class SavedPage(NamedTuple):
    """All saved searches, in the order of their file. ``since`` is aware; bars stand for the days from ``first`` to ``last``, that of the newest article up to today."""

    rows: tuple[SavedRow, ...]
    since: datetime
    first: date
    last: date
    #: How many searches the file has beyond those of ``rows``.
    more: int = 0

    @property
    def new(self) -> int:
        return sum(row.new for row in self.rows)

    @property
    def with_new(self) -> int:
        return sum(bool(row.new) for row in self.rows)


def what_came(
    service: SearchService, search: SavedSearch, after: datetime, until: datetime
) -> HitStream:
    """Return the articles that *search* finds and that came after *after*, and not after *until*; both are aware.

    The newest first, unless the search says otherwise. Raises as `SearchService.search`.
    """
    question = search.question
    if question.sort == "relevance":
        question = question._replace(sort="newest")
    first = "" if after == BEGINNING else written(after + _MICROSECOND)
    return service.every(question._replace(added_from=first, added_to=written(until)))


def written(instant: datetime) -> str:
    """Return an aware *instant* as a question takes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class WhatIsNew(NamedTuple):
    """How much is new in a saved search, None where it cannot be asked."""

    search: SavedSearch
    new: int | None


def yesterday(now: datetime) -> datetime:
    """Return when yesterday began in the zone of *now*."""
    return (now - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def what_is_new(
    service: SearchService, searches: tuple[SavedSearch, ...], since: datetime
) -> tuple[WhatIsNew, ...]:
    """Return how much came since *since*, aware, that each of *searches* finds: a question to the engine each."""
    return tuple(WhatIsNew(search, _new(service, search, since)) for search in searches)


def _new(service: SearchService, search: SavedSearch, since: datetime) -> int | None:
    try:
        return service.search(_plain(search)._replace(added_from=written(since))).total
    except (QueryError, QueryTimeout, RequestError, SettingError):
        return None


def _plain(search: SavedSearch) -> Question:
    return search.question._replace(sort="newest", group=False, page_size=1, diverse=False)


def saved_page(
    service: SearchService, searches: tuple[SavedSearch, ...], now: datetime
) -> SavedPage:
    """Return what each of *searches* finds; *now* is aware, in the zone in which yesterday is meant.

    Of a search that cannot be asked its row says why.
    """
    since = yesterday(now)
    last = service.last_day() or now.date()
    first = days_before(last, BAR_DAYS - 1)
    rows = tuple(_row(service, search, since, first, last) for search in searches[:MAX_LISTED])
    return SavedPage(rows, since, first, last, max(0, len(searches) - MAX_LISTED))


def _row(
    service: SearchService, search: SavedSearch, since: datetime, first: date, last: date
) -> SavedRow:
    plain = _plain(search)
    try:
        found = service.search(plain)
        new = service.search(plain._replace(added_from=written(since)))
        bars = service.by_day(plain, first, last)
    except QueryError as exc:
        return SavedRow(search, error=exc.message)
    except (QueryTimeout, RequestError, SettingError) as exc:
        return SavedRow(search, error=str(exc))
    return SavedRow(search, found.total, new.total, found.hits[0] if found.hits else None, bars)
