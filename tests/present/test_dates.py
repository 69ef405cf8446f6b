"""A date says as much as is known, in every form, and in the zone only where it has a clock time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from search.present.dates import KnownDate, known_date, known_day

INSTANT = datetime(2024, 11, 3, 0, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("precision", "zone", "expected"),
    [
        ("year", "UTC", ("2024", "2024", "2024")),
        ("month", "UTC", ("2024-11", "2024-11", "November 2024")),
        ("day", "America/New_York", ("2024-11-03", "2024-11-03", "3 November 2024")),
        ("minute", "UTC", ("2024-11-03T00:05Z", "2024-11-03 00:05 UTC", "3 November 2024, 00:05 UTC")),
        (
            "minute",
            "Europe/Berlin",
            ("2024-11-03T01:05+0100", "2024-11-03 01:05 CET", "3 November 2024, 01:05 CET"),
        ),
        (
            "second",
            "America/New_York",
            ("2024-11-02T20:05:09-0400", "2024-11-02 20:05:09 EDT", "2 November 2024, 20:05 EDT"),
        ),
    ],
    ids=["year", "month", "day-has-no-zone", "minute", "minute-in-zone", "second-in-zone"],
)  # fmt: skip
def test_date_is_as_exact_as_it_is_known(
    precision: str, zone: str, expected: tuple[str, str, str]
) -> None:
    assert known_date(INSTANT, precision, ZoneInfo(zone)) == KnownDate(*expected)


@pytest.mark.parametrize(
    ("precision", "zone", "expected"),
    [
        ("year", "America/New_York", "2024"),
        ("month", "America/New_York", "2024-11"),
        ("day", "America/New_York", "2024-11-03"),
        ("minute", "America/New_York", "2024-11-02"),
        ("second", "Asia/Tokyo", "2024-11-03"),
    ],
)
def test_only_the_day_of_a_time_is_that_of_the_zone(
    precision: str, zone: str, expected: str
) -> None:
    assert known_day(INSTANT, precision, ZoneInfo(zone)).iso == expected


def test_early_years_have_four_digits_for_programs() -> None:
    assert known_date(datetime(812, 5, 1, tzinfo=UTC), "day") == KnownDate(
        "0812-05-01", "0812-05-01", "1 May 812"
    )


@pytest.mark.parametrize("instant", [datetime.min, datetime.max], ids=["first", "last"])
@pytest.mark.parametrize("precision", ["year", "day", "second"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_ends_of_time_can_be_written(instant: datetime, precision: str, zone: str) -> None:
    assert all(known_date(instant.replace(tzinfo=UTC), precision, ZoneInfo(zone)))
