"""The date histogram: what is asked for, what comes back, and where its bins begin.

Imported only where one is asked for, so that other searches do not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple, get_args

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

    *zone* decides where a day begins; documents known to the day only are in that day in every zone. Where there would be more than *max_bins* the finest of the
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

    *day* is the first day of the bin in the zone asked for; from that on those are counted of which no more
    than the day is known, up to the day of the next bin.
    """

    day: date
    start: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Documents found, by date: the counts of *bins* and *undated* add up to their number.

    It counts what the hits are taken from, so no filter is left out. The bins are the days (weeks
    ...) without a gap from that of the first document with a date to that of the last; of the bounds
    of the request those that are given stand in for these. A day that the date line moved over is a bin only if
    documents known to that day are in it. None where there is no such document and
    a bound is open. *interval* is what a bin is, coarser than asked for where it had to be.
    """

    interval: Interval
    bins: tuple[HistogramBin, ...]
    undated: int


def bins_between(
    wanted: HistogramRequest, first: date, last: date
) -> tuple[Interval, list[tuple[date, datetime]]]:
    """Return the interval of the answer, and day and start of the bins that hold all days from *first* to *last*.

    A bin begins where the next does if the date line moved over it: no time lies in it.
    """
    span = span_between(wanted, first, last)
    return span.interval, bins_of(span, wanted.zone)


class BinSpan(NamedTuple):
    """Bins in a row, of one interval, by the numbers of the first and the last."""

    interval: Interval
    low: int
    high: int


def span_between(wanted: HistogramRequest, first: date, last: date) -> BinSpan:
    """Return which bins hold all days from *first* to *last*."""
    for interval in INTERVALS[INTERVALS.index(wanted.interval) :]:
        low, high = _number(interval, first), _number(interval, last)
        if high - low < wanted.max_bins:
            break
    return BinSpan(interval, low, high)


def bins_of(span: BinSpan, zone: tzinfo) -> list[tuple[date, datetime]]:
    """Return day and start of each bin of *span*."""
    days = [_first_day(span.interval, number) for number in range(span.low, span.high + 1)]
    return [(day, _start_of(day, zone)) for day in days]


def filled(bins: Sequence[tuple[date, datetime]], counts: Sequence[int]) -> Iterator[HistogramBin]:
    """Yield *bins* with their *counts*, without those in which neither time nor a document lies."""
    for at, ((day, start), count) in enumerate(zip(bins, counts, strict=True)):
        if count or at + 1 == len(bins) or start < bins[at + 1][1]:
            yield HistogramBin(day, start, count)


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


def day_at(instant: datetime, zone: tzinfo) -> date:
    """Return the day that *instant*, aware UTC, is in."""
    try:
        day = instant.astimezone(zone).date()
    except OverflowError:  # the first and last hours that a datetime can hold
        day = date.min if instant.year == 1 else date.max
    # Clocks that are put over midnight show a day before it begins, or after the next has begun: days
    # are those of `search.query.dates`, each from its midnight to the next.
    if _start_of(day, zone) > instant:
        return day - _ONE_DAY
    if day < date.max and _start_of(day + _ONE_DAY, zone) <= instant:
        return day + _ONE_DAY
    return day
