"""The date histogram: what is asked for, what comes back, and where its bins begin.

Imported only where one is asked for, so that other searches do not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal, get_args

from search.model.errors import RequestError

Interval = Literal["day", "week", "month", "year", "decade", "century"]

#: From fine to coarse. Weeks begin on Monday (ISO 8601), decades and centuries with a year that ends
#: in 0 and 00.
INTERVALS: tuple[Interval, ...] = get_args(Interval)

MAX_BINS = 1000

_ONE_DAY = timedelta(days=1)
_YEARS = {"year": 1, "decade": 10, "century": 100}


@dataclass(frozen=True, slots=True)
class HistogramRequest:
    """Ask how many of the documents found were published in each *interval*.

    *zone* decides where a day begins. Where there would be more than *max_bins* the finest of the
    coarser intervals is taken that has no more; only by century there may be more, at most 100.
    Raises `RequestError` for an unknown interval and for a number outside 1 to `MAX_BINS`.
    """

    interval: Interval = "month"
    zone: tzinfo = UTC
    max_bins: int = MAX_BINS

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS:
            raise RequestError(
                f"unknown interval {str(self.interval)[:40]!r}; choose one of {', '.join(INTERVALS)}"
            )
        if not 1 <= self.max_bins <= MAX_BINS:
            raise RequestError(f"{self.max_bins} bins: expected a number from 1 to {MAX_BINS:,}")


@dataclass(frozen=True, slots=True)
class HistogramBin:
    """How many documents there are from *start*, aware UTC, on: up to the start of the next bin.

    *day* is the first day of the bin in the zone asked for.
    """

    day: date
    start: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Documents found, by date: the counts of *bins* and *undated* add up to their number.

    It counts what the hits are taken from, so no filter is left out. The bins are the days (weeks
    ...) without a gap from that of the first document with a date to that of the last; of the bounds
    of the request those that are given stand in for these. None where there is no such document and
    a bound is open. *interval* is what a bin is, coarser than asked for where it had to be.
    """

    interval: Interval
    bins: tuple[HistogramBin, ...]
    undated: int


def bins_between(
    wanted: HistogramRequest, first: datetime, last: datetime
) -> tuple[Interval, list[tuple[date, datetime]]]:
    """Return the interval of the answer, and day and start of the bins that hold all from *first* to *last*.

    Both are aware UTC and belong to it; each bin begins later than the one before.
    """
    for interval in INTERVALS[INTERVALS.index(wanted.interval) :]:
        low, high = (_number_at(interval, instant, wanted.zone) for instant in (first, last))
        if high - low < wanted.max_bins:
            break
    days = [_first_day(interval, number) for number in range(low, high + 1)]
    bins = [(day, _start_of(day, wanted.zone)) for day in days]
    # No time lies in a day that the date line moved over.
    return interval, [each for each, after in pairwise(bins) if each[1] < after[1]] + bins[-1:]


def days_of(interval: Interval, day: date) -> tuple[str, str]:
    """Return the first and the last date of the bin that begins with *day*, as queries write dates."""
    if interval == "day":
        return f"{day}", f"{day}"
    if interval == "week":
        return f"{day}", f"{date.fromordinal(min(day.toordinal() + 6, date.max.toordinal()))}"
    if interval == "month":
        return f"{day}"[:7], f"{day}"[:7]
    years = _YEARS[interval]
    return f"{day.year:04}", f"{day.year - day.year % years + years - 1:04}"


def first_instant(day: date, zone: tzinfo) -> datetime:
    """Return midnight as UTC: the first of two, or where clocks skip it the instant they do (PEP 495)."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _number(interval: Interval, day: date) -> int:
    """Return the number of the bin that *day* is in; neighbouring bins have neighbouring numbers."""
    if interval == "day":
        return day.toordinal()
    if interval == "week":
        return (day.toordinal() - 1) // 7  # the first day of the calendar is a Monday
    if interval == "month":
        return day.year * 12 + day.month - 1
    return day.year // _YEARS[interval]


def _first_day(interval: Interval, number: int) -> date:
    if interval == "day":
        return date.fromordinal(number)
    if interval == "week":
        return date.fromordinal(number * 7 + 1)
    if interval == "month":
        return date(number // 12, number % 12 + 1, 1)
    return date(max(1, number * _YEARS[interval]), 1, 1)  # there is no year 0


def _start_of(day: date, zone: tzinfo) -> datetime:
    """Return the first instant of *day*; of the first day of the calendar, the first instant of a datetime."""
    return datetime.min.replace(tzinfo=UTC) if day == date.min else first_instant(day, zone)


def _number_at(interval: Interval, instant: datetime, zone: tzinfo) -> int:
    """Return the number of the bin that *instant* is in."""
    try:
        day = instant.astimezone(zone).date()
    except OverflowError:  # the first and last hours that a datetime can hold
        day = date.min if instant.year == 1 else date.max
    # Clocks that are put over midnight show a day before it begins, or after the next has begun: days
    # are those of `search.query.dates`, each from its midnight to the next.
    if _start_of(day, zone) > instant:
        day -= _ONE_DAY
    elif day < date.max and _start_of(day + _ONE_DAY, zone) <= instant:
        day += _ONE_DAY
    return _number(interval, day)
