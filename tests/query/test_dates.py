"""Dates as typed: what they stand for in a time zone, and what is no date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.query.dates import bound_at, date_range, period, written, written_range
from search.query.tree import Bound

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, *map(ZoneInfo, ["UTC", "America/Havana", "Pacific/Apia", "America/New_York"])]
#: Wednesday; already the 14th in Tokyo.
NOW = datetime(2024, 11, 13, 16, 45, tzinfo=UTC)


def utc(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def instants(*bounds: Bound | None) -> tuple[datetime | None, ...]:
    return tuple(bound and bound.instant for bound in bounds)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01", "2025-01-01"),
        ("2024-11", "2024-11-01", "2024-12-01"),
        ("2024-12", "2024-12-01", "2025-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2024-11-13", "2024-11-13", "2024-11-14"),
        ("2024-12-31", "2024-12-31", "2025-01-01"),
        ("0001", "0001-01-01", "0002-01-01"),
        ("9998", "9998-01-01", "9999-01-01"),
        ("13 November 2024", "2024-11-13", "2024-11-14"),
        ("3. nov 2024", "2024-11-03", "2024-11-04"),
        ("November 13, 2024", "2024-11-13", "2024-11-14"),
        ("Sept. 2024", "2024-09-01", "2024-10-01"),
        ("today", "2024-11-13", "2024-11-14"),
        ("Yesterday", "2024-11-12", "2024-11-13"),
        (" today ", "2024-11-13", "2024-11-14"),
        ("P1D", "2024-11-13", "2024-11-14"),
        ("P7D", "2024-11-07", "2024-11-14"),
        ("p2w", "2024-10-31", "2024-11-14"),
        ("P3M", "2024-08-14", "2024-11-14"),
        ("P1Y", "2023-11-14", "2024-11-14"),
        ("P1Y2M3W4D", "2023-08-20", "2024-11-14"),
        ("2024-11-13T10:30", "2024-11-13T10:30", "2024-11-13T10:31"),
        ("2024-11-13 10:30", "2024-11-13T10:30", "2024-11-13T10:31"),
        ("2024-11-13T10:30:15", "2024-11-13T10:30:15", "2024-11-13T10:30:16"),
        ("2024-11-13T10:30:15.25z", "2024-11-13T10:30:15.25", "2024-11-13T10:30:15.250001"),
        ("2024-11-13T10:30+05:30", "2024-11-13T05:00", "2024-11-13T05:01"),
        ("2024-11-13T10:30-0500", "2024-11-13T15:30", "2024-11-13T15:31"),
    ],
    ids=lambda value: value.strip() if value[:1] not in "0129" else None,
)
def test_period(text: str, start: str, end: str) -> None:
    found = period(text, UTC, NOW)
    assert instants(found.start, found.end) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("2024-03-31", "Europe/Berlin", "2024-03-30T23:00", "2024-03-31T22:00"),
        ("2024-10-27", "Europe/Berlin", "2024-10-26T22:00", "2024-10-27T23:00"),
        ("2024-07", "Europe/Berlin", "2024-06-30T22:00", "2024-07-31T22:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00", "2018-11-05T02:00"),
        ("2018-11-03", "America/Sao_Paulo", "2018-11-03T03:00", "2018-11-04T03:00"),
        ("2024-11-03", "America/Havana", "2024-11-03T04:00", "2024-11-04T05:00"),
        ("2011-12-29", "Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00"),
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00", "2011-12-31T10:00"),
        ("today", "Asia/Tokyo", "2024-11-13T15:00", "2024-11-14T15:00"),
        ("P7D", "Asia/Tokyo", "2024-11-07T15:00", "2024-11-14T15:00"),
        ("2024-07-01T12:00", "Europe/Berlin", "2024-07-01T10:00", "2024-07-01T10:01"),
        ("2024-07-01T12:00Z", "Europe/Berlin", "2024-07-01T12:00", "2024-07-01T12:01"),
    ],
    ids=[
        "23-hour day",
        "25-hour day",
        "summer month",
        "midnight skipped",
        "day before skipped midnight",
        "midnight twice",
        "day before a skipped day",
        "day after a skipped day",
        "today is another day there",
        "so are the last seven",
        "local moment",
        "moment with its own zone",
    ],
)
def test_period_in_zone(text: str, zone: str, start: str, end: str) -> None:
    found = period(text, ZoneInfo(zone), NOW)
    assert instants(found.start, found.end) == (utc(start), utc(end))


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Tokyo", "Pacific/Apia"])
@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2024-11-13", date(2024, 11, 13), date(2024, 11, 14)),
        ("2024-11", date(2024, 11, 1), date(2024, 12, 1)),
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("2011-12-30", date(2011, 12, 30), date(2011, 12, 31)),
    ],
    ids=["day", "month", "year", "a day that Apia never had"],
)
def test_days_of_a_period_are_the_same_in_every_zone(
    text: str, first: date, after: date, zone: str
) -> None:
    found = period(text, ZoneInfo(zone), NOW)
    assert (found.start.day, found.end.day) == (first, after)
    assert found.start < found.end


@pytest.mark.parametrize(
    ("instant", "zone", "day", "begins_day"),
    [
        ("2024-11-13T05:00", "America/New_York", date(2024, 11, 13), True),
        ("2024-11-13T04:59", "America/New_York", date(2024, 11, 13), False),
        ("2024-11-13T05:01", "America/New_York", date(2024, 11, 14), False),
        ("2024-11-03T04:00", "America/Havana", date(2024, 11, 3), True),
        ("2024-11-03T05:00", "America/Havana", date(2024, 11, 4), False),
        ("2011-12-30T10:00", "Pacific/Apia", date(2011, 12, 31), True),
        ("0001-01-01T00:00", "UTC", date(1, 1, 1), True),
        ("0001-01-01T00:00", "Asia/Tokyo", date(1, 1, 2), False),
        ("9999-12-31T12:00", "UTC", date(9999, 12, 31), False),
        ("9999-12-31T23:00", "Asia/Tokyo", date(9999, 12, 31), False),
    ],
    ids=[
        "midnight", "before", "after", "first midnight", "second midnight", "after a skipped day",
        "first instant", "first instant elsewhere", "last day", "last hours",
    ],
)  # fmt: skip
def test_a_moment_has_the_first_day_that_begins_then_or_later(
    instant: str, zone: str, day: date, begins_day: bool
) -> None:
    found = bound_at(datetime.fromisoformat(instant).replace(tzinfo=UTC), ZoneInfo(zone))
    assert found == (utc(instant), day, begins_day)


@pytest.mark.parametrize(
    ("today", "start"),
    [("2024-03-31", "2024-03-01"), ("2023-03-30", "2023-03-01"), ("2024-10-31", "2024-10-01")],
)
def test_a_month_back_from_the_end_of_a_month_stays_in_it(today: str, start: str) -> None:
    now = datetime.fromisoformat(today + "T12:00").replace(tzinfo=UTC)
    assert period("P1M", UTC, now).start.instant == utc(start)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024-11-01..2024-11-13", "2024-11-01", "2024-11-14"),
        ("2023..2024-02", "2023-01-01", "2024-03-01"),
        ("2024-11..", "2024-11-01", ""),
        ("..2024-11", "", "2024-12-01"),
        ("P7D..yesterday", "2024-11-07", "2024-11-13"),
        ("2024-11-13T10:00..2024-11-13T12:00", "2024-11-13T10:00", "2024-11-13T12:00"),
        ("2024-11-13..2024-11-13T12:00", "2024-11-13", "2024-11-13T12:00"),
        ("2024-11-13", "2024-11-13", "2024-11-14"),
    ],
)
def test_range(text: str, start: str, end: str) -> None:
    assert instants(*date_range(text, UTC, NOW)) == (utc(start), utc(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "notadate",
        "99999999",
        "20241113",
        "2024-13",
        "2024-00-01",
        "2024-02-30",
        "2023-02-29",
        "2024-1-1",
        "0000",
        "9999",
        "13.11.2024",
        "2024/11/13",
        "٢٠٢٤",
        "P",
        "PT5H",
        "P0D",
        "P9999Y",
        "P999999M",
        "P9999999D",
        "P999999W",
        "2024-11-13T25:00",
        "2024-11-13T10:60",
        "2024-11-13T10",
        "2024-11-13T10:30+99:00",
        "0001-01-01T00:00+01:00",
        "9999-12-31T23:59:59Z",
        "2024-12..2024-11",
        "2024-11-13T10:00..2024-11-13T10:00",
        "2024..2025..2026",
        "tomorrow..today",
    ],
)
def test_what_is_no_date_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        date_range(text, BERLIN, NOW)


def test_a_day_that_a_zone_never_had_is_of_no_length() -> None:
    found = period("2011-12-30", ZoneInfo("Pacific/Apia"), NOW)
    assert found.start.instant == found.end.instant


@settings(deadline=None)
@given(
    st.datetimes(max_value=datetime(9999, 12, 31, 22, 58), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
)
def test_written_moments_are_read_back(instant: datetime, zone: ZoneInfo) -> None:
    bound = bound_at(instant, zone)
    assert period(written(bound), zone, NOW).start == bound


@settings(deadline=None)
@given(
    st.lists(
        st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 30), timezones=st.just(UTC))
        | st.dates(date(1, 1, 3), date(9999, 12, 30)),
        min_size=2,
        max_size=2,
    ),
    st.sampled_from(ZONES),
)
def test_written_ranges_are_read_back(ends: list[datetime | date], zone: ZoneInfo) -> None:
    bounds = [
        bound_at(end, zone) if isinstance(end, datetime) else period(f"{end}", zone, NOW).start
        for end in ends
    ]
    start, end = sorted(bounds)
    assume(start < end)
    assert date_range(written_range(start, end), zone, NOW) == (start, end)


@settings(deadline=None)
@given(st.dates(min_value=datetime(1800, 1, 1).date(), max_value=datetime(2100, 1, 1).date()))
def test_a_day_ends_where_the_next_begins(day: object) -> None:
    first = period(str(day), BERLIN, NOW)
    assert period(written(first.end), BERLIN, NOW).start == first.end
    assert first.end.day - first.start.day == timedelta(days=1)
    assert first.start < first.end


@settings(deadline=None)
@given(st.text(alphabet="0123456789-.PYMWDTZ:+ todayesr", max_size=24))
def test_random_text_is_a_range_or_refused(text: str) -> None:
    try:
        start, end = date_range(text, BERLIN, NOW)
    except ValueError:
        return
    assert start is None or end is None or start < end
