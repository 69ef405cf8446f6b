"""Where the bins of a date histogram begin, in every time zone and at both ends of the calendar."""

from __future__ import annotations

import zoneinfo
from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.records import day_to_microseconds, to_microseconds
from search.engines.whoosh_index.evaluate.histogram import histogram
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.format.stored import UNDATED
from search.model.errors import RequestError
from search.model.histogram import (
    INTERVALS,
    MAX_BINS,
    HistogramRequest,
    bins_between,
    day_at,
    days_of,
)
from search.query.dates import period

NEVER = Deadline(0)
NOW = datetime(2024, 11, 15, tzinfo=UTC)

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(ZoneInfo)
#: Mostly of the times in which clocks were changed.
INSTANTS = st.datetimes(timezones=st.just(UTC)) | st.datetimes(
    datetime(1840, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)
)
REQUESTS = st.builds(
    HistogramRequest, st.sampled_from(INTERVALS), ZONES, st.integers(1, 40) | st.just(MAX_BINS)
)


@given(wanted=REQUESTS, ends=st.tuples(INSTANTS, INSTANTS).map(sorted))
def test_bins_hold_all_between(wanted: HistogramRequest, ends: list[datetime]) -> None:
    interval, bins = bins_between(wanted, *(day_at(end, wanted.zone) for end in ends))
    starts = [start for _, start in bins]

    assert starts[0] <= ends[0]
    assert starts[-1] <= ends[1]
    assert all(a <= b for a, b in pairwise(starts))
    assert len(bins) <= (100 if interval == "century" else wanted.max_bins)
    assert INTERVALS.index(interval) >= INTERVALS.index(wanted.interval)


@given(
    wanted=REQUESTS,
    ends=st.tuples(INSTANTS, INSTANTS)
    .map(sorted)
    .filter(lambda ends: ends[0].year > 100 and ends[1].year < 9900),
)
def test_bins_are_what_their_dates_stand_for_in_a_query(
    wanted: HistogramRequest, ends: list[datetime]
) -> None:
    interval, bins = bins_between(wanted, *(day_at(end, wanted.zone) for end in ends))
    spans = [days_of(interval, day) for day, _ in bins]
    starts = [period(first, wanted.zone, NOW).start for first, _ in spans]

    assert [(start.day, start.instant) for start in starts] == bins
    assert [period(last, wanted.zone, NOW).end for _, last in spans[:-1]] == starts[1:]
    assert period(spans[-1][1], wanted.zone, NOW).end.instant > ends[1]


@given(
    wanted=REQUESTS, instants=st.lists(INSTANTS, min_size=1, max_size=60), undated=st.integers(0, 3)
)
def test_a_column_of_dates_is_counted_as_one_by_one(
    wanted: HistogramRequest, instants: list[datetime], undated: int
) -> None:
    dates = np.array([*map(to_microseconds, instants), *[UNDATED] * undated])
    counted = histogram(dates, None, wanted, None, None, Limits(), NEVER)
    starts = [each.start for each in counted.bins]
    expected = Counter(bisect_right(starts, instant) - 1 for instant in instants)

    assert [each.count for each in counted.bins] == [expected[n] for n in range(len(starts))]
    assert counted.undated == undated


@given(wanted=REQUESTS, days=st.lists(st.dates(), min_size=1, max_size=60))
def test_what_is_known_to_the_day_is_in_the_bin_of_that_day(
    wanted: HistogramRequest, days: list[date]
) -> None:
    dates = np.array([*map(day_to_microseconds, days)])
    counted = histogram(dates, dates != UNDATED, wanted, None, None, Limits(), NEVER)
    firsts = [each.day for each in counted.bins]
    expected = Counter(bisect_right(firsts, day) - 1 for day in days)

    assert [each.count for each in counted.bins] == [expected[n] for n in range(len(firsts))]


def test_a_day_that_a_zone_never_had_is_a_bin_where_an_article_is_known_to_it() -> None:
    apia = HistogramRequest("day", ZoneInfo("Pacific/Apia"))
    days = [date(2011, 12, 29), date(2011, 12, 30), date(2011, 12, 31)]
    dates = np.array([*map(day_to_microseconds, days)])
    known = np.array([True, True, True])
    bins = histogram(dates, known, apia, None, None, Limits(), NEVER).bins
    assert [(each.day.day, each.count) for each in bins] == [(29, 1), (30, 1), (31, 1)]
    bins = histogram(dates[[0, 2]], known[:2], apia, None, None, Limits(), NEVER).bins
    assert [(each.day.day, each.count) for each in bins] == [(29, 1), (31, 1)]


def test_every_block_of_a_long_column_is_counted() -> None:
    dates = np.arange(100_000) * 86_400_000_000
    counted = histogram(dates, None, HistogramRequest("year"), None, None, Limits(), NEVER)
    expected = Counter(int(year) for year in dates.astype("M8[us]").astype("M8[Y]").astype(int))

    assert [each.count for each in counted.bins] == [expected[n] for n in range(len(expected))]


@pytest.mark.parametrize(
    ("interval", "text", "expected"),
    [
        ("day", "2024-02-29", ("2024-02-29", "2024-02-29")),
        ("week", "2024-12-30", ("2024-12-30", "2025-01-05")),
        ("week", "9999-12-27", ("9999-12-27", "9999-12-31")),
        ("month", "0999-02-01", ("0999-02", "0999-02")),
        ("year", "0001-01-01", ("0001", "0001")),
        ("decade", "0001-01-01", ("0001", "0009")),
        ("decade", "1980-01-01", ("1980", "1989")),
        ("century", "1900-01-01", ("1900", "1999")),
    ],
)
def test_dates_of_a_bin(interval: str, text: str, expected: tuple[str, str]) -> None:
    day = datetime.fromisoformat(text).date()
    assert days_of(interval, day) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interval", "max_bins", "message"),
    [
        ("hour", 10, "unknown interval 'hour'; choose one of day, week, month"),
        ("", 10, "unknown interval ''"),
        ("x" * 1000, 10, "unknown interval 'x{40}'"),
        ("day", 0, "0 bins: expected a number from 1 to 1,000"),
        ("day", 1001, "1001 bins"),
    ],
)
def test_an_unknown_interval_or_bound_is_refused(
    interval: str, max_bins: int, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        HistogramRequest(interval, UTC, max_bins)  # type: ignore[arg-type]
