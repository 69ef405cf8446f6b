"""Counting documents by date: one pass over a column of instants for all bins, another over days."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

import numpy as np

from search.engines.records import day_to_microseconds, from_microseconds, to_microseconds
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.format.stored import UNDATED
from search.model.histogram import (
    BinSpan,
    Histogram,
    HistogramRequest,
    bins_of,
    day_at,
    filled,
    span_between,
)
from search.query.tree import Bound
from search.text.arrays import Bools, Ints

_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)


def histogram(
    dates: Ints,
    known_to_day: Bools | None,
    wanted: HistogramRequest,
    start: Bound | None,
    end: Bound | None,
    limits: Limits,
    deadline: Deadline,
) -> Histogram:
    """Return the histogram of documents with *dates*, none outside the half-open bounds of the request.

    Those *known_to_day* are in that day, whatever the zone; None is none of them.
    """
    exact = dates != UNDATED
    undated = len(dates) - int(np.count_nonzero(exact))
    instants, days = dates, dates[:0]
    if known_to_day is not None:
        instants, days = dates[exact & ~known_to_day], dates[known_to_day]
    elif undated:
        instants = dates[exact]
    found = _ends(instants, days, wanted, start, end)
    if found is None:
        return Histogram(wanted.interval, (), undated)
    span = span_between(wanted, *found)
    bins, of_days, of_instants, has_time = _edges(span, wanted.zone)
    counts = _counts(days, of_days, limits.dates_at_once, deadline)
    counts[has_time] += _counts(instants, of_instants, limits.dates_at_once, deadline)
    return Histogram(span.interval, tuple(filled(bins, counts.tolist())), undated)


@lru_cache(64)  # most of what is found in an archive reaches from its first bin to its last
def _edges(span: BinSpan, zone: tzinfo) -> tuple[list[tuple[date, datetime]], Ints, Ints, Bools]:
    """Return the bins of *span*, the first day of each, the instants at which any time begins, and which bins these are of."""
    bins = bins_of(span, zone)
    of_instants = np.array([to_microseconds(start) for _, start in bins])
    of_days = np.array([day_to_microseconds(day) for day, _ in bins])
    # An instant is in the last of the bins that begin at the same one.
    has_time = np.append(np.diff(of_instants) > 0, True)
    return bins, of_days, of_instants[has_time], has_time


def _ends(
    instants: Ints, days: Ints, wanted: HistogramRequest, start: Bound | None, end: Bound | None
) -> tuple[date, date] | None:
    """Return the first and last day to be counted, None where there is none."""
    if start is not None and end is not None and start[:2] >= end[:2]:
        return None
    if not (len(instants) or len(days)) and (start is None or end is None):
        return None
    zone, firsts, lasts = wanted.zone, [], []
    if len(instants):
        firsts.append(day_at(from_microseconds(int(instants.min())), zone))
        lasts.append(day_at(from_microseconds(int(instants.max())), zone))
    if len(days):
        firsts.append(from_microseconds(int(days.min())).date())
        lasts.append(from_microseconds(int(days.max())).date())
    if start is not None:
        firsts = [day_at(start.instant, zone), start.day]
    if end is not None:
        lasts = [day_at(end.instant - _MICROSECOND, zone), end.day - _ONE_DAY]
    return min(firsts), max(lasts)


def _counts(dates: Ints, edges: Ints, at_once: int, deadline: Deadline) -> Ints:
    """Return how many of *dates* lie in each bin, the last without end; none lies before the first.

    The calendar is cut into cells no wider than the narrowest bin, so that at most one edge lies inside a
    cell: a table tells the bin that a cell begins in, and one comparison whether a date is in the
    next. That is a few passes, where bisecting takes a dozen steps for each date.
    """
    counts = np.zeros(len(edges), np.int64)
    if not len(dates):
        return counts
    narrowest = int(np.diff(edges).min(initial=1 << 62))
    shift = narrowest.bit_length() - 1
    number_of_cells = int((dates.max(initial=edges[0]) - edges[0]) >> shift) + 1
    beginnings = edges[0] + (np.arange(number_of_cells) << shift)
    bin_of_cell = edges.searchsorted(beginnings, side="right") - 1
    ends = np.append(edges[1:], np.iinfo(np.int64).max)
    for at in range(0, len(dates), at_once):
        deadline.check()
        block = dates[at : at + at_once]
        bins = bin_of_cell.take((block - edges[0]) >> shift)
        bins += block >= ends.take(bins)
        counts += np.bincount(bins, minlength=len(edges))
    return counts
