"""Dates as typed: what they stand for in a time zone, and what is no date."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.query.dates import date_range, period, written

BERLIN = ZoneInfo("Europe/Berlin")
#: Wednesday; already the 14th in Tokyo.
NOW = datetime(2024, 11, 13, 16, 45, tzinfo=UTC)


def utc(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


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
    assert (found.start, found.end) == (utc(start), utc(end))


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
    assert (found.start, found.end) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("today", "start"),
    [("2024-03-31", "2024-03-01"), ("2023-03-30", "2023-03-01"), ("2024-10-31", "2024-10-01")],
)
def test_a_month_back_from_the_end_of_a_month_stays_in_it(today: str, start: str) -> None:
    now = datetime.fromisoformat(today + "T12:00").replace(tzinfo=UTC)
    assert period("P1M", UTC, now).start == utc(start)


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
    assert date_range(text, UTC, NOW) == (utc(start), utc(end))


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


def test_a_day_that_a_zone_never_had_is_refused() -> None:
    with pytest.raises(ValueError, match="no such date"):
        period("2011-12-30", ZoneInfo("Pacific/Apia"), NOW)


@settings(deadline=None)
@given(st.datetimes(max_value=datetime(9999, 12, 31, 23, 58), timezones=st.just(UTC)))
def test_written_instants_are_read_back_in_any_zone(instant: datetime) -> None:
    found = period(written(instant), BERLIN, NOW)
    assert found.start == instant
    assert found.is_moment


@settings(deadline=None)
@given(st.dates(min_value=datetime(1800, 1, 1).date(), max_value=datetime(2100, 1, 1).date()))
def test_a_day_ends_where_the_next_begins(day: object) -> None:
    first = period(str(day), BERLIN, NOW)
    assert period(written(first.end), BERLIN, NOW).start == first.end
    assert first.start < first.end


@settings(deadline=None)
@given(st.text(alphabet="0123456789-.PYMWDTZ:+ todayesr", max_size=24))
def test_random_text_is_a_range_or_refused(text: str) -> None:
    try:
        start, end = date_range(text, BERLIN, NOW)
    except ValueError:
        return
    assert start is None or end is None or start < end
