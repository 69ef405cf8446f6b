"""How many articles, and which share of all, queries find in each month or other interval: the attention they had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import NamedTuple, cast

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.model.histogram import MAX_BINS, Histogram, HistogramRequest, Interval
from search.model.question import AUTO, Question
from search.service.naming import coarser_interval


class Trend(NamedTuple):
    """What one query finds: the number of articles in each interval, of those without a date, and notices."""

    text: str
    counts: tuple[int, ...]
    undated: int
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Return how many articles with a date are found."""
        return sum(self.counts)


class TrendsPage(NamedTuple):
    """Queries beside all articles, over the intervals that begin with ``days``; all of it within the filters of ``question``.

    ``articles`` are all there are in each interval, and ``undated`` those in none. No days where no article has a date.
    """

    question: Question
    interval: Interval
    days: tuple[date, ...]
    articles: tuple[int, ...]
    undated: int
    trends: tuple[Trend, ...]
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Return how many articles with a date there are."""
        return sum(self.articles)

    def shares(self, trend: Trend) -> tuple[float | None, ...]:
        """Return of each interval which part of its articles a query finds, from 0 to 1; None of one without articles."""
        return tuple(
            [
                count / all_ if all_ else None
                for count, all_ in zip(trend.counts, self.articles, strict=True)
            ]
        )


def interval_wanted(interval: str, zone: tzinfo, auto_bins: int) -> HistogramRequest:
    """Return what is asked of the engine for *interval*, one of `INTERVALS` or `AUTO`: the finest that gives *auto_bins* at most."""
    if interval == AUTO:
        return HistogramRequest("day", zone, auto_bins)
    return HistogramRequest(cast(Interval, interval), zone)  # it checks


def trends_page(
    engine: Searcher,
    question: Question,
    base: SearchRequest,
    asked: Sequence[tuple[str, SearchRequest, tuple[str, ...]]],
    wanted: HistogramRequest,
) -> TrendsPage:
    """Return what each of *asked* finds, and all articles within the same filters, which *base* finds.

    Of each of *asked* its text, its request within these filters, and notices.
    """
    whole = _counted(engine, base, wanted)
    if whole is None or not whole.bins:
        return TrendsPage(question, wanted.interval, (), (), whole.undated if whole else 0, ())
    notices: tuple[str, ...] = ()
    if wanted.max_bins == MAX_BINS and whole.interval != wanted.interval:
        notices = (coarser_interval(wanted.interval, whole.interval),)
    same = HistogramRequest(whole.interval, wanted.zone)
    days = tuple([each.day for each in whole.bins])
    trends = []
    for text, request, said in asked:
        found = _counted(engine, request, same)
        counts = {each.day: each.count for each in found.bins} if found else {}
        trends.append(
            Trend(
                text,
                tuple([counts.get(day, 0) for day in days]),
                found.undated if found else 0,
                said,
            )
        )
    articles = tuple([each.count for each in whole.bins])
    return TrendsPage(
        question, whole.interval, days, articles, whole.undated, tuple(trends), notices
    )


def _counted(
    engine: Searcher, request: SearchRequest, wanted: HistogramRequest
) -> Histogram | None:
    return engine.search(
        request._replace(limit=0, offset=0, facets=(), counted=(), histogram=wanted, group=False)
    ).histogram
