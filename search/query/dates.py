"""Dates as typed in queries: days, months, durations and moments, in a time zone, to half-open ranges.

The forms are listed in docs/query-language.md. What cannot be read raises ValueError with a sentence
for the person who typed it; the parser adds the position.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from search.model.histogram import day_at, first_instant
from search.query.tree import Bound

#: The end of every message about a date that could not be read.
FORMS = (
    "write 2024, 2024-11, 2024-11-13, 13 November 2024, 2024-11-13T10:30, P7D, today or yesterday"
)

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
    r"(?P<seconds>:[0-9]{2}(?P<fraction>\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SPAN = re.compile(
    r"P(?=[0-9])(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?"
)
#: A day, a month or a year as it is written in words: "13 May 2026", "May 13, 2026", "May 2026".
_IN_WORDS = re.compile(
    r"(?:(?P<day>[0-9]{1,2})\.?\s+)?(?P<month>[A-Z]{3,9})\.?(?:\s+(?P<later>[0-9]{1,2}),)?\s+(?P<year>[0-9]{4})"
)
_MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
_ONE_DAY = timedelta(days=1)
_DAYS_AGO = {"TODAY": 0, "YESTERDAY": 1}


class Period(NamedTuple):
    """The time from ``start`` up to, not including, ``end``.

    ``is_moment``: typed with a time of day. It lasts its minute or second, but as the end of a
    range it is the instant at which the range stops.
    """

    start: Bound
    end: Bound
    is_moment: bool = False


def period(text: str, zone: tzinfo, now: datetime) -> Period:
    """Return the period that one date, duration or moment stands for.

    Days are those of *zone*; *now*, aware, decides what today is. Raises ValueError.
    """
    typed = text.strip().upper()
    try:
        if days := _days_named(typed):
            return _days(*days, zone)
        today = now.astimezone(zone).date()
        if typed in _DAYS_AGO:
            day = today - timedelta(days=_DAYS_AGO[typed])
            return _days(day, day + _ONE_DAY, zone)
        if match := _SPAN.fullmatch(typed):
            tomorrow = today + _ONE_DAY
            first = _back(today, *(int(number or 0) for number in match.groups()))
            if first < today:
                return _days(first + _ONE_DAY, tomorrow, zone)
        elif match := _MOMENT.fullmatch(typed):
            return _moment(typed, match, zone)
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"there is no such date; {FORMS}") from exc
    raise ValueError(f"not a date; {FORMS}")


def calendar_days(text: str) -> tuple[date, date] | None:
    """Return first and last day of the year, month or day that *text* names; None where it is anything else, or no date."""
    try:
        days = _days_named(text.strip().upper())
        return (days[0], days[1] - _ONE_DAY) if days else None
    except (ValueError, OverflowError):
        return None


def bound_at(instant: datetime, zone: tzinfo) -> Bound:
    """Return the bound of a range that begins or ends at *instant*, aware UTC, read in *zone*."""
    day = day_at(instant, zone)
    try:
        if first_instant(day, zone) == instant:
            return Bound(instant, day)
        return Bound(instant, day + _ONE_DAY, begins_day=False)
    except OverflowError:  # the first day and the last that a date can hold
        return Bound(instant, date.max if day == date.max else day + _ONE_DAY, begins_day=False)


def date_range(text: str, zone: tzinfo, now: datetime) -> tuple[Bound | None, Bound | None]:
    """Return start and end, None where open, of a period or of a range ``a..b``, ``a..``, ``..b``.

    A range goes from the start of its first to the end of its last. Raises ValueError.
    """
    first, dots, last = text.strip().partition("..")
    if not dots:
        whole = period(first, zone, now)
        return whole.start, whole.end
    if not first and not last:
        raise ValueError(f"a range needs a date on at least one side; {FORMS}")
    start = period(first, zone, now).start if first else None
    end = None
    if last:
        closing = period(last, zone, now)
        end = closing.start if closing.is_moment else closing.end
    if start is not None and end is not None and end <= start:
        raise ValueError("the range ends before it begins; write the earlier date first")
    return start, end


def written_range(start: Bound, end: Bound) -> str:
    """Return a range as a text that `date_range` reads as that range, in the zone that it was read in.

    Whole months and years are written as such.
    """
    if start.begins_day and end.begins_day:
        first, after = start.day, end.day
        is_of_months = first.day == after.day == 1
        is_of_years = is_of_months and first.month == after.month == 1
        chars = len("2024" if is_of_years else "2024-11" if is_of_months else "2024-11-13")
        days = [f"{day}"[:chars] for day in (first, after - _ONE_DAY)]
        return days[0] if days[0] == days[1] else "..".join(days)
    last = f"{end.day - _ONE_DAY}" if end.begins_day else written(end)
    return f"{written(start)}..{last}"


def written(bound: Bound) -> str:
    """Return *bound* as a text that `period` reads as that start: a day in its zone, or an instant in any."""
    if bound.begins_day:
        return f"{bound.day}"
    instant = bound.instant
    whole = "seconds" if instant.second else "minutes"
    timespec = "microseconds" if instant.microsecond else whole
    return instant.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def _days_named(typed: str) -> tuple[date, date] | None:
    """Return the first day of the year, month or day that *typed* names, and the first after it; None for other forms.

    Raises ValueError, OverflowError where there is no such day.
    """
    if match := _DAY.fullmatch(typed):
        return _calendar_period(*match.groups())
    if not (match := _IN_WORDS.fullmatch(typed)):
        return None
    named = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(match["month"])]
    day = match["day"] or match["later"]
    if len(named) != 1 or (match["day"] and match["later"]):
        return None
    return _calendar_period(match["year"], str(named[0]), day)


def _calendar_period(year: str, month: str | None, day: str | None) -> tuple[date, date]:
    """Return the first day of a year, month or day, and the first day after it."""
    first = date(int(year), int(month or 1), int(day or 1))
    if day is not None:
        return first, first + _ONE_DAY
    if month is not None:
        return first, first + timedelta(days=calendar.monthrange(first.year, first.month)[1])
    return first, date(first.year + 1, 1, 1)


def _back(day: date, years: int, months: int, weeks: int, days: int) -> date:
    """Return the day that is that much earlier than *day*; the 31st becomes the last of a short month."""
    year, month = divmod(day.year * 12 + day.month - 1 - years * 12 - months, 12)
    last = calendar.monthrange(year, month + 1)[1] if year > 0 else 1
    return date(year, month + 1, min(day.day, last)) - timedelta(days=weeks * 7 + days)


def _days(first: date, after: date, zone: tzinfo) -> Period:
    return Period(
        Bound(first_instant(first, zone), first), Bound(first_instant(after, zone), after)
    )


def _moment(typed: str, match: re.Match[str], zone: tzinfo) -> Period:
    instant = datetime.fromisoformat(typed)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    start = instant.astimezone(UTC)
    end = start + timedelta(minutes=1)  # overflows alike at every precision, so `written` is safe
    if match["fraction"]:
        end = start + timedelta(microseconds=1)
    elif match["seconds"]:
        end = start + timedelta(seconds=1)
    return Period(bound_at(start, zone), bound_at(end, zone), is_moment=True)
