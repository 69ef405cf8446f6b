"""The last days of an archive, and how many articles there are on each of some days."""

from __future__ import annotations

from datetime import date, timedelta, tzinfo

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.model.histogram import HistogramRequest, day_at, first_instant
from search.query.tree import Bound

_ONE_DAY = timedelta(days=1)


def bound_at(day: date, zone: tzinfo) -> Bound:
    """Return where *day* begins in *zone*."""
    return Bound(first_instant(day, zone), day)


def days_before(day: date, number: int) -> date:
    """Return the day *number* days before *day*, 1 January of year 1 at the earliest."""
    return date.fromordinal(max(1, day.toordinal() - number))


def last_day(engine: Searcher, base: SearchRequest, today: date, zone: tzinfo) -> date | None:
    """Return the day of the newest article of *base* up to *today*, None where none has a date.

    So a date in the future does not hide the present.
    """
    tomorrow = bound_at(today + _ONE_DAY, zone)
    end = base.end if base.end is not None and base.end < tomorrow else tomorrow
    found = engine.search(base._replace(end=end, sort="newest", limit=1)).hits
    article = found[0].article if found else None
    if article is None or article.published is None:
        return None
    if article.published_precision in ("minute", "second"):
        return day_at(article.published, zone)
    return article.published.date()


def counted_by_day(
    engine: Searcher, request: SearchRequest, first: date, last: date, zone: tzinfo
) -> tuple[int, ...]:
    """Return how many articles *request* finds on each day from *first* to *last*, within its own dates."""
    bounds = bound_at(first, zone), bound_at(last + _ONE_DAY, zone)
    start = max(bounds[0], request.start or bounds[0])
    end = min(bounds[1], request.end or bounds[1])
    counts: dict[date, int] = {}
    if start < end:
        wanted = HistogramRequest("day", zone)
        found = engine.search(
            request._replace(start=start, end=end, histogram=wanted, facets=(), limit=0, offset=0)
        ).histogram
        counts = {each.day: each.count for each in found.bins} if found else {}
    days = range(first.toordinal(), last.toordinal() + 1)
    return tuple([counts.get(date.fromordinal(day), 0) for day in days])
