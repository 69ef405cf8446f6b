"""Counting articles by date: the first and the last one found, then the bins between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.filters import has
from search.engines.records import to_microseconds
from search.model.histogram import Histogram, HistogramRequest, bins_between, day_at, filled
from search.query.tree import Bound

_ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ends() -> dict[str, Clause]:
    """Return what finds the first and last articles: of those known to the day, and of those with a time."""
    timed = {"bool": {"filter": [has("published")], "must_not": [has("day")]}}
    return {
        "undated": {"filter": {"bool": {"must_not": [has("published")]}}},
        "days": {"stats": {"field": "day"}},
        "timed": {"filter": timed, "aggs": {"seconds": {"stats": {"field": "published_s"}}}},
    }


class Bins:
    """The bins of one histogram, once its ends are known."""

    def __init__(
        self,
        wanted: HistogramRequest,
        start: Bound | None,
        end: Bound | None,
        found: Mapping[str, Any],
    ) -> None:
        """*found* is what `ends` found."""
        self._wanted = wanted
        self._undated: int = found["undated"]["doc_count"]
        self._bins: Sequence[tuple[date, datetime]] = ()
        self._interval = wanted.interval
        between = _ends(wanted, start, end, found)
        if between is not None:
            self._interval, self._bins = bins_between(wanted, *between)

    def aggregations(self) -> dict[str, Clause]:
        """Return what counts the bins; nothing where there are none."""
        if not self._bins:
            return {}
        days = [day.toordinal() for day, _ in self._bins]
        seconds = [to_microseconds(start) // 1_000_000 for _, start in self._bins]
        of_time = {"bool": {"must_not": [has("day")]}}
        instants = {"range": {"field": "published_s", "ranges": _ranges(seconds)}}
        return {
            "days": {"range": {"field": "day", "ranges": _ranges(days)}},
            "timed": {"filter": of_time, "aggs": {"instants": instants}},
        }

    def counted(self, found: Mapping[str, Any]) -> Histogram:
        """Return the histogram, given what `aggregations` counted."""
        if not self._bins:
            return Histogram(self._interval, (), self._undated)
        counts = [0] * len(self._bins)
        for buckets in (found["days"]["buckets"], found["timed"]["instants"]["buckets"]):
            for bucket in buckets:
                counts[int(bucket["key"])] += bucket["doc_count"]
        return Histogram(self._interval, tuple(filled(self._bins, counts)), self._undated)


def _ranges(edges: Sequence[int]) -> list[dict[str, Any]]:
    """Return the ranges from each of *edges* to the next, the last without end; nothing lies in an empty one."""
    found: list[dict[str, Any]] = []
    for number, (first, last) in enumerate(zip(edges, [*edges[1:], None], strict=True)):
        if last is None:
            found.append({"key": str(number), "from": first})
        elif first < last:
            found.append({"key": str(number), "from": first, "to": last})
    return found


def _ends(
    wanted: HistogramRequest, start: Bound | None, end: Bound | None, found: Mapping[str, Any]
) -> tuple[date, date] | None:
    """Return the first and last day to be counted, None where there is none."""
    if start is not None and end is not None and start[:2] >= end[:2]:
        return None
    zone, firsts, lasts = wanted.zone, [], []
    seconds, days = found["timed"]["seconds"], found["days"]
    if not (seconds["count"] or days["count"]) and (start is None or end is None):
        return None
    if seconds["count"]:
        firsts.append(day_at(_EPOCH + timedelta(seconds=int(seconds["min"])), zone))
        lasts.append(day_at(_EPOCH + timedelta(seconds=int(seconds["max"])), zone))
    if days["count"]:
        firsts.append(date.fromordinal(int(days["min"])))
        lasts.append(date.fromordinal(int(days["max"])))
    if start is not None:
        firsts = [day_at(start.instant, zone), start.day]
    if end is not None:
        lasts = [day_at(end.instant - _MICROSECOND, zone), end.day - _ONE_DAY]
    return min(firsts), max(lasts)
